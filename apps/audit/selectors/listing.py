"""Reading entries, as they fit filters, page by page.

Pages are cut by cursor: a place in the log, not a number of entries, so that page a thousand costs what the first does and
what arrives meanwhile moves nothing. The order is that of the chain: newest first, before it what is not sealed yet.
"""

from __future__ import annotations

import base64
import datetime
import heapq
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from apps.audit.models import ChainHead, ChainStart, Entry, content_of, search
from apps.audit.rules.search import Clause, clauses, fits, is_exact, tokens
from apps.audit.types import Filters
from apps.core import authorization, clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput

END = 2**62
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page begins.

    Args:
        head: where the chain ended when the first page was read: what was sealed since counts as not sealed.
        sequence: entries before this one, or behind it where the oldest come first.
        time, id: of the last entry shown of those that were not sealed; None: those are all shown.
    """

    head: int
    sequence: int
    time: datetime.datetime | None = None
    id: uuid.UUID | None = None

    def __str__(self) -> str:
        parts = [self.head, self.sequence, self.time and clock.isoformat(self.time), self.id and str(self.id)]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Raises InvalidInput where it is none of ours."""
        try:
            return cls._read(text)
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise InvalidInput.field("cursor", "is none of ours; take it from `next`") from error

    @classmethod
    def _read(cls, text: str) -> Cursor:
        """Raises whatever comes of a text that `str` does not spell just so."""
        head, sequence, time, id_ = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.datetime.fromisoformat(time) if time else None
        cursor = cls(int(head), int(sequence), moment, uuid.UUID(id_) if id_ else None)
        if str(cursor) != text or not cursor._is_possible:
            raise ValueError(text)
        return cursor

    @property
    def _is_possible(self) -> bool:
        """Numbers that the database knows, and a time with an id, or neither."""
        return 0 <= self.head <= END and 0 <= self.sequence <= END and (self.time is None) == (self.id is None)


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Args: count: of all entries, where no filter is set; counting what fits would read it all."""

    entries: list[Entry]
    next: Cursor | None
    count: int | None


def authorize(actor: Actor) -> None:
    """Raises Refused: the actor is no administrator and lacks Audit View."""
    if not actor.is_administrator:
        authorization.authorize(actor, "Audit View")


def entries_visible_to(
    actor: Actor, filters: Filters, *, limit: int, offset: int = 0, cursor: Cursor | None = None, is_newest_first: bool = True
) -> EntryPage:
    """One page of the entries that fit, in a constant number of queries.

    Args:
        offset: entries to leave out, beginning at the cursor.
        is_newest_first: otherwise in the order in which they were sealed, and only what is.

    Raises:
        Refused: see `authorize`.
    """
    authorize(actor)
    wanted = clauses(filters)
    count = None if wanted or filters.since or filters.until else _count()
    if is_newest_first:
        found, next_ = _newest(wanted, filters, cursor or _top(), offset + limit)
    else:
        found, next_ = _oldest(wanted, filters, cursor.sequence if cursor else 0, offset + limit)
    return EntryPage(_exactly(found[offset:], wanted), next_, count)


def sealed_after(wanted: Sequence[Clause], filters: Filters, sequence: int, limit: int) -> list[Entry]:
    """The entries that fit and are sealed, in the chain's order, from behind a sequence on."""
    return _sealed(wanted, filters, above=sequence, below=END, limit=limit, is_newest_first=False)


def every_entry(filters: Filters) -> Iterator[Entry]:
    """All entries that fit, oldest first, in little memory and without a transaction: of any number of queries.

    What is sealed while it runs comes as well; what is not sealed comes last.
    """
    wanted, sequence = clauses(filters), 0
    while chunk := sealed_after(wanted, filters, sequence, _CHUNK):
        yield from _exactly(chunk, wanted)
        sequence = chunk[-1].sequence or 0
    unsealed = _in_time(Entry.objects.filter(sequence__isnull=True), filters).order_by("time", "id")
    yield from (entry for entry in unsealed.iterator(_CHUNK) if _fits(entry, wanted))


def _top() -> Cursor:
    head = ChainHead.objects.values_list("sequence", flat=True).first() or 0
    return Cursor(head, head + 1, datetime.datetime.max.replace(tzinfo=datetime.UTC), uuid.UUID(int=2**128 - 1))


def _count() -> int:
    """From the ends of the chain: without looking at what is between them."""
    head, start = ChainHead.objects.first() or ChainHead(), ChainStart.objects.first() or ChainStart()
    return head.sequence - start.sequence + start.unproved + Entry.objects.filter(sequence__isnull=True).count()


def _newest(wanted: Sequence[Clause], filters: Filters, at: Cursor, limit: int) -> tuple[list[Entry], Cursor | None]:
    fresh = _fresh(wanted, filters, at, limit + 1) if at.time else []
    if len(fresh) > limit:
        last = fresh[limit - 1]
        return fresh[:limit], Cursor(at.head, at.sequence, last.time, last.id)
    room = limit - len(fresh)
    sealed = _sealed(wanted, filters, above=0, below=at.sequence, limit=room + 1, is_newest_first=True)
    if len(sealed) <= room:
        return fresh + sealed, None
    last_shown = sealed[room - 1].sequence if room else at.sequence
    return fresh + sealed[:room], Cursor(at.head, last_shown or 0)


def _oldest(wanted: Sequence[Clause], filters: Filters, after: int, limit: int) -> tuple[list[Entry], Cursor | None]:
    found = sealed_after(wanted, filters, after, limit + 1)
    more = found[limit - 1].sequence if len(found) > limit else None
    return found[:limit], Cursor(0, more) if more else None


def _fresh(wanted: Sequence[Clause], filters: Filters, at: Cursor, limit: int) -> list[Entry]:
    """What was not sealed when the first page was read: the work of a second, unless the sealer rests."""
    behind = Q(time__lt=at.time) | Q(time=at.time, id__lt=at.id)
    waiting = _in_time(Entry.objects.filter(behind, sequence__isnull=True), filters).order_by("-time", "-id")
    sealed = _in_time_by_sequence(Entry.objects.filter(sequence__gt=at.head), filters).order_by()
    since_sealed = sorted((entry for entry in sealed if _age(entry) < (at.time, at.id)), key=_age, reverse=True)
    newest_first = heapq.merge(waiting.iterator(_CHUNK), since_sealed, key=_age, reverse=True)
    return list(islice((entry for entry in newest_first if _fits(entry, wanted)), limit))


def _age(entry: Entry) -> tuple[datetime.datetime, uuid.UUID]:
    return entry.time, entry.id


def _exactly(entries: list[Entry], wanted: Sequence[Clause]) -> list[Entry]:
    """Without those whose long words only begin like the ones looked for: a page may be a few entries short."""
    return entries if is_exact(wanted) else [entry for entry in entries if _fits(entry, wanted)]


def _fits(entry: Entry, wanted: Sequence[Clause]) -> bool:
    return not wanted or fits(tokens(content_of(entry, entry.sequence)), wanted)


def _in_time(rows: QuerySet[Entry], filters: Filters, *, field: str = "time") -> QuerySet[Entry]:
    if filters.since:
        rows = rows.filter(**{f"{field}__gte": filters.since})
    if filters.until:
        rows = rows.filter(**{f"{field}__lt": filters.until})
    return rows


def _in_time_by_sequence(rows: QuerySet[Entry], filters: Filters) -> QuerySet[Entry]:
    """Not by the index of times, which would have all that are in time read: the rows are narrowed by sequence already."""
    return _in_time(rows.annotate(moment=Coalesce("time", "time")), filters, field="moment")


def _sealed(
    wanted: Sequence[Clause], filters: Filters, *, above: int, below: int, limit: int, is_newest_first: bool
) -> list[Entry]:
    if filters.since or filters.until:
        above, below = _narrowed(filters, above, below)
    order = "-sequence" if is_newest_first else "sequence"
    rows = Entry.objects.order_by(order)
    if not wanted:
        return list(_in_time_by_sequence(rows.filter(sequence__gt=above, sequence__lt=below), filters)[:limit])
    sequences = search.find(
        wanted,
        above=above,
        below=below,
        since=filters.since,
        until=filters.until,
        limit=limit,
        is_newest_first=is_newest_first,
    )
    return list(rows.filter(sequence__in=sequences))


def _narrowed(filters: Filters, above: int, below: int) -> tuple[int, int]:
    """The part of the chain in which the entries of these times are, so that nothing outside it is read.

    Times rise along the chain but for entries that came late, from a spool. None came later than the head says, so the
    first and the last place are those of an entry within that of the first and the last time. Where the head is not as we
    signed it nothing is left out.
    """
    head = ChainHead.objects.first()
    if head is None or not head.is_signed:
        return above, below
    inside = _in_time(Entry.objects.filter(sequence__isnull=False), filters)
    first = inside.order_by("time").values_list("time", flat=True).first()
    last = inside.order_by("-time").values_list("time", flat=True).first()
    if first is None or last is None:
        return 0, 0
    lateness = datetime.timedelta(seconds=head.lateness_seconds + 1)
    ends: dict[str, Any] = {
        **inside.filter(time__lte=first + lateness).aggregate(low=Min("sequence")),
        **inside.filter(time__gte=last - lateness).aggregate(high=Max("sequence")),
    }
    return max(above, ends["low"] - 1), min(below, ends["high"] + 1)
