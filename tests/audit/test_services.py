from __future__ import annotations

import io
import threading

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from apps.audit import selectors, services
from apps.audit.models import ChainHead, Entry
from apps.audit.rules import chain
from apps.audit.services import sealing
from apps.core.actor import Actor

ACTOR = Actor.system("tests")


def record(count: int = 1, **fields: object) -> list[Entry]:
    values = {"operation": "Test", "target_kind": "test", "target_name": "x", "detail": {"number": 1.5, "text": "ü"}, **fields}
    return [services.record(actor=ACTOR, **values) for _ in range(count)]  # type: ignore[arg-type]


def test_entries_get_a_sequence_without_gaps_and_a_chain() -> None:
    record(3)
    services.seal()
    record(2)
    assert services.seal() == 2
    entries = list(Entry.objects.order_by("sequence"))
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[0].previous_hash == chain.FIRST_HASH
    assert [entry.previous_hash for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert ChainHead.objects.get().hash == entries[-1].hash
    assert selectors.verify_chain() == selectors.Verification(5, 0)


def test_a_backlog_is_sealed_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "SEAL_BATCH", 10)
    record(25)
    assert services.seal() == 25
    assert selectors.verify_chain().sealed == 25


def test_nothing_to_seal_writes_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert services.seal() == 0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"reason": "other"}, "entry 3 ("),
        ({"actor_name": "other"}, "entry 3 ("),
        ({"detail": {}}, "entry 3 ("),
        ({"hash": "0" * 64}, "entry 3 ("),
    ],
)
def test_a_changed_entry_is_found(change: dict, problem: str) -> None:
    record(5)
    services.seal()
    Entry.objects.filter(sequence=3).update(**change)
    found = selectors.verify_chain()
    assert found.sealed == 2
    assert found.problem.startswith(problem)
    with pytest.raises(CommandError, match="The audit log is broken: entry 3"):
        call_command("verifyaudit")


@pytest.mark.parametrize(
    ("sequence", "problem"), [(3, "entry 3 is missing"), (1, "entry 1 is missing"), (5, "the end is missing")]
)
def test_a_removed_entry_is_found(sequence: int, problem: str) -> None:
    record(5)
    services.seal()
    Entry.objects.filter(sequence=sequence).delete()
    assert selectors.verify_chain().problem.startswith(problem)


def test_verifyaudit_says_that_the_log_is_whole() -> None:
    record(2)
    services.seal()
    record(1)
    output = io.StringIO()
    call_command("verifyaudit", stdout=output)
    assert output.getvalue() == "The audit log is whole: 2 entries sealed, 1 not sealed yet.\n"


def test_what_a_database_cannot_store_is_recorded_all_the_same() -> None:
    name = "a\x00b\ud800" + "c" * 1000
    (entry,) = record(target_name=name, target_id=name, reason=name, collection=name, detail={name: [name]})
    entry.refresh_from_db()
    assert entry.target_name.startswith("a\ufffdb\ufffdccc")
    assert (len(entry.target_name), len(entry.target_id)) == (600, 200)
    services.seal()
    assert selectors.verify_chain().problem == ""


def test_an_entry_goes_with_the_change_it_records() -> None:
    def change() -> None:
        with transaction.atomic():
            record()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert not Entry.objects.exists()


@pytest.mark.usefixtures("empty_index")
@pytest.mark.django_db(transaction=True)
def test_several_sealers_at_once_make_one_chain() -> None:
    record(40)
    barrier = threading.Barrier(4)

    def seal() -> None:
        barrier.wait()
        services.seal()
        connection.close()

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    services.seal()
    assert selectors.verify_chain() == selectors.Verification(40, 0)
