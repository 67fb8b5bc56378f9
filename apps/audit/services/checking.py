"""The log is checked all the time, a little at a time, so that the console can say up to where it is right."""

from __future__ import annotations

import datetime

from apps.audit.models import ChainHead, ChainStart, Check, Entry
from apps.audit.selectors import IndexWatch, check_links, problem_with_ends, problem_with_rows, with_index
from apps.audit.types import Link
from apps.core import clock

BATCH = 1000
ROUND = datetime.timedelta(hours=1)
"""How often everything is checked anew; between that what is new is."""


def check_some() -> bool:
    """Checks one batch of entries. Whether there are more to check at once."""
    check, _ = Check.objects.get_or_create(id=1)
    start, head = ChainStart.objects.first() or ChainStart(), ChainHead.objects.first() or ChainHead()
    now = clock.now()
    if check.round_started_at is None or now - check.round_started_at >= ROUND or check.sequence < start.sequence:
        check.round_started_at, check.sequence, check.hash = now, start.sequence, start.hash
    at = Link(check.sequence, check.hash)
    problem = problem_with_ends(start, head)
    if not problem:
        at, problem = _check_batch(at, start, head)
    _note(check, at, problem, now)
    return not problem and at.sequence < head.sequence


def _check_batch(at: Link, start: ChainStart, head: ChainHead) -> tuple[Link, str]:
    """How far all is right, and what is wrong behind it. Where it is the search index, that is before the whole batch."""
    watch = IndexWatch(problem_with_rows(start, head) if at.sequence == start.sequence else "")
    entries = Entry.objects.filter(sequence__gt=at.sequence, sequence__lte=head.sequence).order_by("sequence")
    batch = list(with_index(entries)[:BATCH])
    place, problem = check_links(at, watch.over(batch))
    if not problem and len(batch) < BATCH and place != head.link:
        problem = f"the end is missing: {head.sequence} entries were sealed, {place.sequence} are there"
    return (at, watch.problem) if watch.problem and not problem else (place, problem)


def _note(check: Check, at: Link, problem: str, now: datetime.datetime) -> None:
    """Written only where it says something new: the console needs the time to the minute."""
    is_old = check.verified_at is None or now - check.verified_at >= datetime.timedelta(seconds=30)
    if (at.sequence, problem) == (check.sequence, check.problem) and not is_old:
        return
    check.sequence, check.hash, check.problem = at.sequence, at.hash, problem
    if not problem:
        check.verified_sequence, check.verified_at = max(at.sequence, check.verified_sequence), now
    check.save()
