"""Whoever can write to the database can change anything in it, and none of it goes unseen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from rest_framework.test import APIClient

from apps.audit import selectors, services
from apps.audit.clients import anchor
from apps.audit.errors import ChainBroken
from apps.audit.models import ChainHead, ChainStart, Entry, content_of, search
from apps.audit.rules import chain
from apps.audit.types import Link
from apps.core.actor import Actor

ACTOR = Actor.system("tests")


def record(count: int = 1) -> None:
    for number in range(count):
        services.record(actor=ACTOR, operation="Test", target_kind="test", target_name=str(number))


def swap() -> None:
    """Two entries change places, hashes stay where they are."""
    Entry.objects.filter(sequence=2).update(sequence=100)
    Entry.objects.filter(sequence=3).update(sequence=2)
    Entry.objects.filter(sequence=100).update(sequence=3)


def rehash(*, update_head: bool) -> None:
    """Changes an entry and makes every hash from it on anew, as somebody would who knows how the chain is made."""
    Entry.objects.filter(sequence=3).update(reason="nothing to see")
    head = ChainHead.objects.get()
    previous = chain.FIRST_HASH
    for entry in Entry.objects.order_by("sequence"):
        digest = chain.chain_hash(previous, content_of(entry, entry.sequence))
        Entry.objects.filter(id=entry.id).update(previous_hash=previous, hash=digest)
        previous = digest
    if update_head:
        ChainHead.objects.update(sequence=head.sequence, hash=previous)


def cut_tail_and_head() -> None:
    Entry.objects.filter(sequence=5).delete()
    ChainHead.objects.update(sequence=4, hash=Entry.objects.get(sequence=4).hash)


def cut_front_as_retention_would() -> None:
    last = Entry.objects.get(sequence=2)
    Entry.objects.filter(sequence__lte=2).delete()
    ChainStart.objects.update_or_create(id=1, defaults={"sequence": 2, "hash": last.hash, "removed": 2})


def append() -> None:
    last = Entry.objects.get(sequence=5)
    forged = services.draft(actor=ACTOR, operation="Forged", target_kind="test")
    forged.sequence, forged.previous_hash = 6, last.hash
    forged.hash = chain.chain_hash(last.hash, content_of(forged, 6))
    forged.save(force_insert=True)


TAMPERINGS: dict[str, tuple[Callable[[], object], str]] = {
    "a reason": (lambda: Entry.objects.filter(sequence=3).update(reason="x"), "entry 3 ("),
    "a cluster where there was none": (lambda: Entry.objects.filter(sequence=3).update(cluster="x"), "entry 3 ("),
    "a time": (lambda: Entry.objects.filter(sequence=3).update(time="2020-01-01T00:00:00Z"), "entry 3 ("),
    "a hash": (lambda: Entry.objects.filter(sequence=3).update(hash="0" * 64), "entry 3 ("),
    "a row in the middle": (lambda: Entry.objects.filter(sequence=3).delete(), "entry 3 is missing"),
    "the first row": (lambda: Entry.objects.filter(sequence=1).delete(), "entry 1 is missing"),
    "the last rows": (lambda: Entry.objects.filter(sequence__gte=4).delete(), "the end is missing"),
    "the order": (swap, "entry 2 ("),
    "an entry and every later hash": (lambda: rehash(update_head=False), "the end is missing"),
    "an entry, every later hash and the end": (lambda: rehash(update_head=True), "the end of the chain was changed"),
    "the last row and the end": (cut_tail_and_head, "the end of the chain was changed"),
    "everything": (lambda: (Entry.objects.all().delete(), ChainHead.objects.all().delete()), "the end is missing: 5"),
    "the first rows, as if retention had": (cut_front_as_retention_would, "the start of the chain was changed"),
    "one row more": (append, "entries stand behind the end"),
    "an entry taken out of the chain": (lambda: Entry.objects.filter(sequence=5).update(sequence=None), "the end is missing"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_found(what: str) -> None:
    tamper, problem = TAMPERINGS[what]
    record(5)
    services.seal()
    assert selectors.verify_chain().problem == ""
    tamper()
    found = selectors.verify_chain()
    assert found.problem.startswith(problem)
    with pytest.raises(CommandError, match="The audit log is broken"):
        call_command("verifyaudit")


def test_an_older_state_put_back_whole_is_found_by_the_note_beside_the_database() -> None:
    record(3)
    services.seal()
    older = ChainHead.objects.get()
    record(2)
    services.seal()
    Entry.objects.filter(sequence__gt=3).delete()
    older.save()
    assert selectors.verify_chain().problem == "the end is missing: 5 entries were sealed, 3 are there"
    Entry.objects.filter(sequence__isnull=True).delete()
    record(2)
    with pytest.raises(ChainBroken, match="5 entries were sealed"):
        services.seal()  # which would make it look genuine
    assert Entry.objects.filter(sequence__isnull=True).count() == 2


def test_a_changed_end_is_not_sealed_over() -> None:
    record(3)
    services.seal()
    rehash(update_head=True)
    record()
    with pytest.raises(ChainBroken, match="signature does not fit"):
        services.seal()
    assert Entry.objects.filter(sequence__isnull=True).count() == 1


def test_the_note_cannot_be_written_by_somebody_else(audit_dir: Path) -> None:
    record(3)
    services.seal()
    note = audit_dir / "chain-end"
    note.write_text(note.read_text().replace('"sequence":3', '"sequence":2'))
    assert "was changed" in selectors.verify_chain().problem


def test_a_lost_note_is_written_again_with_the_next_entry(audit_dir: Path) -> None:
    record(3)
    services.seal()
    (audit_dir / "chain-end").unlink()
    record()
    services.seal()
    assert selectors.verify_chain() == selectors.Verification(4, 0)
    assert (audit_dir / "chain-end").exists()


def test_after_a_break_a_new_chain_begins_behind_it_and_says_so() -> None:
    record(5)
    services.seal()
    Entry.objects.filter(sequence=3).delete()
    call_command("verifyaudit", "--begin-anew")
    begun = selectors.verify_chain()
    assert (begun.sealed, begun.unproved, begun.problem) == (1, 4, "")
    first = Entry.objects.get(operation="Audit Chain Begin")
    assert first.reason == "entry 3 is missing: the next has the number 4"
    record()
    services.seal()
    assert selectors.verify_chain().sealed == 2
    Entry.objects.filter(sequence=4).delete()
    assert "where the chain begins" in selectors.verify_chain().problem


def test_a_new_chain_is_found_by_an_index_made_anew_with_it() -> None:
    record(5)
    services.seal()
    Entry.objects.filter(sequence=3).delete()
    call_command("verifyaudit", "--begin-anew", "--rebuild-index")
    services.seal()
    assert selectors.verify_chain() == selectors.Verification(2, 0, unproved=4)


def test_a_log_that_is_whole_does_not_begin_anew() -> None:
    record(2)
    services.seal()
    call_command("verifyaudit", "--begin-anew")
    assert not ChainStart.objects.exists()


def write(statement: str, *values: int) -> None:
    """What somebody does who writes to the database past us. `{key}` is the name of the index's key there."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(key="rowid" if connection.vendor == "sqlite" else "sequence"), values)


def add_row(sequence: int) -> None:
    search.add([(sequence, ["forged"])])


def change_row() -> None:
    write("DELETE FROM audit_search WHERE {key} = 3")
    add_row(3)


def swap_rows() -> None:
    for new, old in ((9, 2), (2, 3), (3, 9)):
        write("UPDATE audit_search SET {key} = %s WHERE {key} = %s", new, old)


INDEX_TAMPERINGS: dict[str, tuple[Callable[[], object], str]] = {
    "a row removed": (lambda: write("DELETE FROM audit_search WHERE {key} = 3"), "the row of entry 3 ("),
    "the last row removed": (lambda: write("DELETE FROM audit_search WHERE {key} = 5"), "the row of entry 5 ("),
    "a row changed": (change_row, "the row of entry 3 ("),
    "every row removed": (lambda: write("DELETE FROM audit_search"), "the row of entry 1 ("),
    "two rows swapped": (swap_rows, "the row of entry 2 ("),
    "a row more behind the end": (lambda: add_row(6), "the search index has a row of entry 6, which does not exist"),
    "a row more before the start": (lambda: add_row(0), "the search index has a row of entry 0, which does not exist"),
}


@pytest.mark.parametrize("what", INDEX_TAMPERINGS)
def test_tampering_with_the_search_index_is_found_and_repaired(what: str, as_root: APIClient) -> None:
    Entry.objects.all().delete()
    record(5)
    services.seal()
    tamper, problem = INDEX_TAMPERINGS[what]
    tamper()
    found = selectors.verify_chain()
    assert (found.problem, found.sealed) == ("", 5)  # the chain itself is right
    assert found.index_problem.startswith(problem)
    with pytest.raises(CommandError, match="not all of it is found: the "):
        call_command("verifyaudit")
    for _ in range(2):  # and it is not forgotten the next time
        assert not services.check_some()
        assert selectors.problem().startswith(problem)

    call_command("verifyaudit", "--rebuild-index")
    services.seal()
    assert selectors.verify_chain() == selectors.Verification(6, 0)
    services.check_some()
    assert selectors.problem() == ""
    assert len(as_root.get("/api/v1/audit/?actor=tests&operation=Test").json()["results"]) == 5
    (rebuilt,) = as_root.get("/api/v1/audit/?operation=Audit Index Rebuild").json()["results"]
    assert (rebuilt["actor"], rebuilt["actor_kind"]) == ("verifyaudit", "system")
    assert rebuilt["reason"].startswith(problem)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the tables in which FTS5 keeps what it finds rows by")
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_search_data WHERE id > 10",
        "UPDATE audit_search_data SET block = zeroblob(20) WHERE id > 10",
        "UPDATE audit_search_content SET c0 = 'forged' WHERE id = 3",
        "DELETE FROM audit_search_content WHERE id = 3",
        "DROP TABLE audit_search",
        "DROP TABLE audit_search_idx",
    ],
)
def test_tampering_below_the_search_index_is_found_and_repaired(statement: str) -> None:
    record(5)
    services.seal()
    write(statement)
    with pytest.raises(CommandError, match="search index"):
        call_command("verifyaudit")
    call_command("verifyaudit", "--rebuild-index")
    services.seal()
    assert selectors.verify_chain() == selectors.Verification(6, 0)


def test_what_is_sealed_between_looking_at_the_end_and_at_its_note_is_no_break(monkeypatch: pytest.MonkeyPatch) -> None:
    record(3)
    services.seal()
    read = anchor.read

    def read_later() -> Link | None:
        monkeypatch.setattr(anchor, "read", read)
        record(2)
        services.seal()
        return read()

    monkeypatch.setattr(anchor, "read", read_later)
    assert selectors.verify_chain() == selectors.Verification(3, 0)
    assert selectors.verify_chain() == selectors.Verification(5, 0)


@pytest.mark.usefixtures("empty_index")
@pytest.mark.django_db(transaction=True)
def test_a_log_that_is_sealed_meanwhile_is_whole() -> None:
    sealed = threading.Event()

    def seal() -> None:
        for _ in range(20):
            record(50)
            services.seal()
        sealed.set()
        connection.close()

    record(5)
    services.seal()
    sealing = threading.Thread(target=seal)
    sealing.start()
    times = 0
    while not sealed.is_set() or not times:
        found = selectors.verify_chain()
        assert (found.problem, found.index_problem) == ("", "")
        times += 1
    sealing.join()
    assert selectors.verify_chain().sealed == 1005


def test_the_search_index_is_not_made_anew_where_it_is_right_or_the_chain_is_not() -> None:
    record(3)
    services.seal()
    call_command("verifyaudit", "--rebuild-index")
    Entry.objects.filter(sequence=2).update(reason="x")
    write("DELETE FROM audit_search WHERE {key} = 3")
    with pytest.raises(CommandError, match="The audit log is broken: entry 2"):
        call_command("verifyaudit", "--rebuild-index")
    assert not Entry.objects.filter(operation="Audit Index Rebuild").exists()


LATENESSES = ["'Infinity'", "-5", "12345678901", *(["1e999", "'junk'", "x'00ff'"] if connection.vendor == "sqlite" else [])]


@pytest.mark.parametrize("value", LATENESSES)
def test_a_changed_lateness_is_found_and_breaks_no_answer(value: str, as_root: APIClient) -> None:
    record(3)
    services.seal()
    write(f"UPDATE audit_chainhead SET lateness_seconds = {value}")
    for query in ("", "&operation=Test", "&ordering=time"):
        answer = as_root.get(f"/api/v1/audit/?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z{query}")
        assert answer.status_code == 200
        assert sum(entry["operation"] == "Test" for entry in answer.json()["results"]) == 3
    assert as_root.get("/api/v1/audit/state").status_code == 200
    assert selectors.verify_chain().problem == "the end of the chain was changed: its signature does not fit"
    services.check_some()
    assert "its signature does not fit" in selectors.problem()
    call_command("verifyaudit", "--begin-anew")
    assert selectors.verify_chain().problem == ""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="one database's plan")
def test_looking_for_the_unsealed_reads_nothing_else() -> None:
    plan = connection.cursor().execute("EXPLAIN QUERY PLAN SELECT 1 FROM audit_entry WHERE sequence IS NULL").fetchall()
    assert "USING" in str(plan)
    assert "INDEX" in str(plan)
