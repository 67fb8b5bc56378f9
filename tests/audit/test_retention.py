from __future__ import annotations

import datetime
import io

import pytest
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from apps.audit import selectors, services
from apps.audit.models import ChainStart, Entry
from apps.audit.services import retention
from apps.core import clock
from apps.core.actor import Actor

ACTOR = Actor.system("tests")


def record(*ages_days: int) -> None:
    """Sealed one after the other, each as old as it says."""
    for age in ages_days:
        entry = services.record(actor=ACTOR, operation="Test", target_kind="test", target_name=str(age))
        Entry.objects.filter(id=entry.id).update(time=clock.now() - datetime.timedelta(days=age))
        services.seal()


def ages() -> list[int]:
    return [
        int(name) for name in Entry.objects.filter(operation="Test").order_by("sequence").values_list("target_name", flat=True)
    ]


def retain_all(days: int, **options: int) -> int:
    total = 0
    while removed := services.retain(days=days, **options):
        total += removed
    services.seal()
    return total


def test_nothing_is_removed_unless_somebody_says_so() -> None:
    record(10_000, 5)
    assert services.retain(days=0) == 0
    assert ages() == [10_000, 5]


def test_old_entries_go_behind_a_signed_start_that_proves_the_rest() -> None:
    record(400, 100, 95, 50, 1)
    hash_of_last = Entry.objects.get(sequence=3).hash
    assert retain_all(90) == 3
    assert ages() == [50, 1]
    start = ChainStart.objects.get()
    assert (start.sequence, start.hash, start.removed) == (3, hash_of_last, 3)
    assert start.first_time is not None
    assert start.last_time is not None
    assert (start.last_time - start.first_time).days == 305
    assert selectors.verify_chain() == selectors.Verification(3, 0, removed=3)
    output = io.StringIO()
    call_command("verifyaudit", stdout=output)
    assert (
        output.getvalue() == "The audit log is whole: 3 entries sealed, 3 removed by retention before them, 0 not sealed yet.\n"
    )


def test_the_removal_is_in_the_log() -> None:
    record(400, 100, 1)
    retain_all(90)
    entry = Entry.objects.get(operation="Audit Retention")
    assert (entry.actor_kind, entry.target_name, entry.reason) == (
        "system",
        "entries 1 to 2",
        "entries older than 90 days are removed",
    )
    assert entry.detail["removed"] == 2
    assert entry.detail["hash"] == ChainStart.objects.get().hash


def test_what_was_sealed_behind_a_young_entry_stays_until_that_one_goes() -> None:
    """An old entry that came late, from a spool: the chain is only ever cut at its beginning."""
    record(100, 5, 95)
    assert retain_all(90) == 1
    assert ages() == [5, 95]
    assert selectors.verify_chain().problem == ""


def test_it_goes_on_batch_by_batch_and_each_leaves_a_whole_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    record(100, 99, 98, 97, 96)
    assert [services.retain(days=90), services.retain(days=90)] == [2, 2]
    services.seal()
    assert selectors.verify_chain().problem == ""
    assert services.retain(days=90) == 1
    assert services.retain(days=90) == 0
    services.seal()
    assert selectors.verify_chain() == selectors.Verification(3, 0, removed=5)
    assert Entry.objects.filter(operation="Audit Retention").count() == 3


def test_what_is_not_forwarded_yet_stays() -> None:
    record(100, 99, 98)
    assert retain_all(90, up_to=1) == 1
    assert ages() == [99, 98]


def test_what_was_removed_is_not_found_and_the_rest_is(as_root: APIClient) -> None:
    Entry.objects.all().delete()
    record(400, 100, 1)
    retain_all(90)
    assert [entry["target_name"] for entry in as_root.get("/api/v1/audit/?operation=Test").json()["results"]] == ["1"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_search")
        assert cursor.fetchone()[0] == Entry.objects.filter(sequence__isnull=False).count()


def test_a_cut_that_retention_did_not_make_is_found() -> None:
    record(400, 100, 95, 1)
    retain_all(90)
    Entry.objects.filter(sequence=4).delete()
    assert selectors.verify_chain().problem.startswith("entry 4 is missing")


@pytest.mark.parametrize("field", ["removed", "hash", "last_time", "sequence"])
def test_the_note_of_what_was_removed_cannot_be_changed(field: str) -> None:
    record(400, 100, 1)
    retain_all(90)
    values = {"removed": 1, "hash": "0" * 64, "last_time": clock.now(), "sequence": 1}
    ChainStart.objects.update(**{field: values[field]})
    assert selectors.verify_chain().problem == "the start of the chain was changed: its signature does not fit"
    assert services.retain(days=1) == 0


def test_nothing_is_removed_from_a_chain_whose_start_was_changed() -> None:
    record(400, 100, 1)
    retain_all(200)
    ChainStart.objects.update(removed=0)
    assert services.retain(days=90) == 0
    assert ages() == [100, 1]
