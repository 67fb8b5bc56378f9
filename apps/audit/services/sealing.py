"""Sealing: each committed entry gets its place in the chain, its hash, and its tokens in the index."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from apps.audit.clients import anchor
from apps.audit.errors import ChainBroken
from apps.audit.models import ChainHead, ChainStart, Entry, content_of, search
from apps.audit.rules import chain
from apps.audit.rules.search import tokens
from apps.audit.selectors import problem_with_ends
from apps.audit.services.recording import record
from apps.audit.types import Link
from apps.core import clock, notices
from apps.core.actor import Actor

logger = logging.getLogger(__name__)

SEAL_BATCH = 500
TOPIC = "objects"
"""Of the notices by which browsers hear of changes."""


def seal() -> int:
    """Gives every committed entry its place in the chain, and returns how many. Safe to run in several processes at once.

    One short transaction a batch: the head's row is locked, so a second sealer waits (SQLite) or finds it taken and
    leaves (PostgreSQL). The sequence has no gaps, because a number is given only in the transaction that writes it.

    Raises:
        ChainBroken: the end of the chain is not the one that was sealed last. Going on would make it look genuine.
    """
    total = 0
    while _waiting().exists():
        end, sealed = _seal_batch()
        if end is None:
            break
        total += sealed
        _note(end)
    if total:
        notices.publish(TOPIC, kind="audit", id="", action="update", version=0, collection_id=None)
    return total


def _waiting() -> QuerySet[Entry]:
    settled = Q(settles_at__isnull=True) | Q(settles_at__lt=clock.now())
    return Entry.objects.filter(settled, sequence__isnull=True)


@transaction.atomic
def _seal_batch() -> tuple[Link | None, int]:
    """Where the chain ends then, None where another process seals; and how many entries were sealed."""
    ChainHead.objects.get_or_create(id=1)
    head = ChainHead.objects.select_for_update(skip_locked=True).filter(id=1).first()
    if head is None:
        return None, 0
    _refuse_broken(head)
    entries = list(_waiting().order_by("time", "id")[:SEAL_BATCH])
    head.lateness_seconds = max(head.lateness_seconds, _lateness((entry.time for entry in entries), _newest_time()))
    indexed = []
    for entry in entries:
        previous, number = head.hash, head.sequence + 1
        content = content_of(entry, number)
        digest = chain.chain_hash(previous, content)
        Entry.objects.filter(id=entry.id).update(sequence=number, previous_hash=previous, hash=digest)
        indexed.append((number, tokens(content)))
        head.sequence, head.hash = number, digest
    search.add(indexed)
    head.sign()
    head.save()
    return head.link, len(entries)


def _newest_time() -> datetime.datetime | None:
    return _sealed().order_by("-time").values_list("time", flat=True).first()


def _sealed() -> QuerySet[Entry]:
    return Entry.objects.filter(sequence__isnull=False)


def _lateness(times: Iterable[datetime.datetime], newest: datetime.datetime | None = None) -> float:
    """The most seconds by which one of the times, in the order of the chain, comes after a later one.

    Args:
        newest: of what is sealed before them.
    """
    lateness = 0.0
    for time in times:
        newest = max(newest or time, time)
        lateness = max(lateness, (newest - time).total_seconds())
    return lateness


def _refuse_broken(head: ChainHead) -> None:
    """Raises ChainBroken where the end was changed, or is older than the one this machine noted."""
    problem = problem_with_ends(ChainStart.objects.first() or ChainStart(), head)
    if problem:
        raise ChainBroken(problem)


def _note(end: Link) -> None:
    try:
        anchor.write(end)
    except OSError as error:
        logger.warning("the end of the audit log's chain cannot be noted beside the database: %s", error)


def begin_anew(*, actor: Actor, problem: str) -> Link:
    """Begins a chain behind one that is broken, or behind that of a restored database; nothing that is there is touched.

    What stood before stays readable, and is counted as not proved. An entry, the first of the new chain, says so.

    Args:
        problem: what was found wrong, for that entry.
    """
    with transaction.atomic():
        ChainHead.objects.get_or_create(id=1)
        ChainStart.objects.get_or_create(id=1)
        head, start = ChainHead.objects.select_for_update().get(), ChainStart.objects.select_for_update().get()
        last = Entry.objects.aggregate(last=Max("sequence"))["last"] or 0
        noted = _noted_sequence()
        # Above every number that was ever given out, so that none means two things.
        begin = Link(max(head.sequence, last, noted) + 1, chain.chain_hash(chain.FIRST_HASH, {"problem": problem}))
        start.unproved = _sealed().count()
        head.lateness_seconds = _lateness(_sealed().order_by("sequence").values_list("time", flat=True).iterator())
        for end in (head, start):
            end.sequence, end.hash = begin.sequence, begin.hash
            end.sign()
            end.save()
        record(
            actor=actor,
            operation="Audit Chain Begin",
            target_kind="audit",
            target_name=f"entry {begin.sequence + 1}",
            reason=problem,
            detail={"unproved": start.unproved},
        )
    anchor.write(begin)
    seal()
    return begin


def _noted_sequence() -> int:
    try:
        noted = anchor.read()
    except ChainBroken:
        return 0
    return noted.sequence if noted else 0
