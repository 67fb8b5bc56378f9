"""Retention: old entries are removed from the chain's beginning, behind a signed note of where they ended."""

from __future__ import annotations

import datetime

from django.db import transaction

from apps.audit.models import ChainHead, ChainStart, Entry, search
from apps.audit.services.recording import record
from apps.core import clock
from apps.core.actor import Actor

BATCH = 1000


def retain(*, days: int, up_to: int | None = None) -> int:
    """Removes one batch of entries that are older than this, and returns how many: to be called until that is none.

    Only whole beginnings of the chain go: an entry that is young enough keeps what was sealed after it. Each batch is a
    short transaction with an entry of its own, so that nothing is locked for long and a crash leaves the chain provable.

    Args:
        days: how old an entry may become; 0 keeps everything.
        up_to: the last sequence that may go: what comes after is not forwarded yet.
    """
    if days <= 0:
        return 0
    before = clock.now() - datetime.timedelta(days=days)
    with transaction.atomic():
        ChainStart.objects.get_or_create(id=1)
        start = ChainStart.objects.select_for_update().get()
        if not start.is_genuine or not ChainHead.objects.exists():
            return 0  # `verifyaudit` says what is wrong; nothing is removed that would help to find out
        old = _beginning(before, up_to)
        if old:
            _cut(start, old)
            _record(days, start, old)
    return len(old)


def _beginning(before: datetime.datetime, up_to: int | None) -> list[Entry]:
    rows = Entry.objects.filter(sequence__isnull=False).order_by("sequence")
    if up_to is not None:
        rows = rows.filter(sequence__lte=up_to)
    old = []
    for entry in rows[:BATCH]:
        if entry.time >= before:
            break
        old.append(entry)
    return old


def _cut(start: ChainStart, old: list[Entry]) -> None:
    last = old[-1]
    unproved = sum(1 for entry in old if (entry.sequence or 0) <= start.sequence)
    Entry.objects.filter(sequence__lte=last.sequence).delete()
    search.remove_up_to(last.sequence or 0)
    if (last.sequence or 0) > start.sequence:
        start.sequence, start.hash = last.sequence or 0, last.hash
    start.unproved -= unproved
    start.removed += len(old)
    times = [entry.time for entry in old]
    start.first_time = min([*times, start.first_time]) if start.first_time else min(times)
    start.last_time = max([*times, start.last_time]) if start.last_time else max(times)
    start.cut_at = clock.now()
    start.sign()
    start.save()


def _record(days: int, start: ChainStart, old: list[Entry]) -> None:
    record(
        actor=Actor.system("audit retention"),
        operation="Audit Retention",
        target_kind="audit",
        target_name=f"entries {old[0].sequence} to {old[-1].sequence}",
        reason=f"entries older than {days} days are removed",
        detail={
            "removed": len(old),
            "first_time": clock.isoformat(old[0].time),
            "last_time": clock.isoformat(old[-1].time),
            "hash": start.hash,
        },
    )
