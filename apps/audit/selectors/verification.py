"""Checking the chain: every hash anew, between its two signed ends; and that the index finds what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from apps.audit.clients import anchor
from apps.audit.errors import ChainBroken
from apps.audit.models import ChainHead, ChainStart, Entry, content_of, search
from apps.audit.rules import chain
from apps.audit.rules.search import tokens
from apps.audit.types import Link

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking the chain found.

    Args:
        sealed: entries whose hash is right, from the first on.
        unsealed: entries the sealer has not reached yet.
        problem: what is wrong with the first entry that is not right; "" where the chain is whole.
        removed: entries that retention removed before the first.
        unproved: entries of before a broken chain was begun anew.
        index_problem: what is wrong first with the search index, by which the entries are found; "" where nothing is.
    """

    sealed: int
    unsealed: int
    problem: str = ""
    removed: int = 0
    unproved: int = 0
    index_problem: str = ""


class IndexWatch:
    """Compares entries that go by with their rows in the search index, which is no part of the chain.

    Args:
        problem: the first that is known; "" where nothing is.
    """

    def __init__(self, problem: str = "") -> None:
        self.problem = problem

    def over(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Args: entries: of `with_index`."""
        for entry in entries:
            row: str | None = getattr(entry, _ROW, None)
            if not self.problem and not search.is_row_of(row, tokens(content_of(entry, entry.sequence))):
                self.problem = f"the row of entry {entry.sequence} ({entry.id}) in the search index was changed or removed"
            yield entry


_ROW = "row_in_index"


def with_index(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """The entries with their rows in the index, by the same query: neither is sealed or removed between.

    Where the index cannot be read, no entry has one.
    """
    return entries.annotate(**{_ROW: search.row_of_entry()}) if search.is_readable() else entries


def problem_with_rows(start: ChainStart, head: ChainHead) -> str:
    """What is wrong with rows of the search index that are of no entry, and that no entry going by would show."""
    if not search.is_readable():
        return "the search index cannot be read"
    stray = search.stray(up_to=start.sequence, above=head.sequence)
    return "" if stray is None else f"the search index has a row of entry {stray}, which does not exist"


def verify_chain() -> Verification:
    """Recomputes every hash, in the order of the sequence, and what it is found by. May run while entries are sealed."""
    start, head = ChainStart.objects.first() or ChainStart(), ChainHead.objects.first() or ChainHead()
    problem = problem_with_ends(start, head) or _problem_outside(start, head)
    place, watch = start.link, IndexWatch(problem_with_rows(start, head))
    if not problem:
        known = with_index(Entry.objects.filter(sequence__lte=head.sequence).order_by("sequence"))
        entries = watch.over(known.iterator(CHUNK))
        proved = (entry for entry in entries if (entry.sequence or 0) > start.sequence)
        place, problem = check_links(place, proved)
    if not problem and place != head.link:
        problem = f"the end is missing: {head.sequence} entries were sealed, {place.sequence} are there"
    return Verification(
        sealed=place.sequence - start.sequence,
        unsealed=Entry.objects.filter(sequence__isnull=True).count(),
        problem=problem,
        removed=start.removed,
        unproved=start.unproved,
        index_problem=watch.problem or _problem_beside_rows(),
    )


def _problem_beside_rows() -> str:
    return "the search index does not find what its rows say" if search.contradicts_its_rows() else ""


def check_links(after: Link, entries: Iterable[Entry]) -> tuple[Link, str]:
    """The last place that is right, and what is wrong with the next; "" where all are right.

    Args:
        after: the place before the first of the entries.
        entries: in the order of their sequence.
    """
    for entry in entries:
        number = after.sequence + 1
        if entry.sequence != number:
            return after, f"entry {number} is missing: the next has the number {entry.sequence}"
        if entry.previous_hash != after.hash or entry.hash != chain.chain_hash(after.hash, content_of(entry, number)):
            return after, f"entry {number} ({entry.id}) was changed after it was sealed"
        after = Link(number, entry.hash)
    return after, ""


def problem_with_ends(start: ChainStart, head: ChainHead) -> str:
    """What is wrong with the signatures of both ends, or with the end that this machine noted; "" where nothing is."""
    if not start.is_genuine:
        return "the start of the chain was changed: its signature does not fit"
    if not head.is_genuine:
        return "the end of the chain was changed: its signature does not fit"
    return _problem_with_note(start, head)


def _problem_outside(start: ChainStart, head: ChainHead) -> str:
    if Entry.objects.filter(sequence__lte=start.sequence).count() != start.unproved:
        return f"entries before number {start.sequence + 1} were added or removed, where the chain begins"
    last = Entry.objects.order_by("-sequence").filter(sequence__gt=head.sequence).values_list("sequence", flat=True).first()
    if last and ChainHead.objects.filter(sequence__lt=last).exists():
        return f"entries stand behind the end of the chain, number {head.sequence}"
    return ""


def _problem_with_note(start: ChainStart, head: ChainHead) -> str:
    try:
        noted = anchor.read()
    except ChainBroken as broken:
        return str(broken)
    if noted is None or noted == head.link or noted.sequence < start.sequence:
        return ""
    # A note is written after its entries, which may have been sealed since the head was read.
    if noted.sequence > head.sequence and not ChainHead.objects.filter(sequence__gte=noted.sequence).exists():
        return f"the end is missing: {noted.sequence} entries were sealed, {head.sequence} are there"
    kept = start.hash if noted.sequence == start.sequence else _hash_of(noted.sequence)
    return "" if kept == noted.hash else f"entry {noted.sequence} is not the one that was sealed"


def _hash_of(sequence: int) -> str | None:
    return Entry.objects.filter(sequence=sequence).values_list("hash", flat=True).first()
