"""How the log itself is: whether it is whole, what waits, and whether the receiver gets it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from apps.audit.clients import spool
from apps.audit.models import ChainHead, ChainStart, Check, Entry, Forwarding
from apps.audit.selectors.listing import authorize
from apps.core.actor import Actor


@dataclass(frozen=True, slots=True)
class ForwardingState:
    """Args: destination: "" where nothing is forwarded. waiting: sealed entries that the receiver may not have yet."""

    destination: str
    is_connected: bool
    error: str
    sequence: int
    waiting: int
    changed_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """Args: head: the last sealed entry's number. first: the first that is still there."""

    head: int
    head_hash: str
    first: int
    removed: int
    unproved: int
    removed_until: datetime.datetime | None
    unsealed: int
    verified_sequence: int
    verified_at: datetime.datetime | None
    problem: str
    spooled: int
    spooled_bytes: int
    spool_limit_bytes: int
    forwarding: ForwardingState


def spool_length() -> spool.Length:
    """What waits on this machine's disk. Asks no database."""
    return spool.length(Path(settings.AUDIT_DIR) / "spool")


def problem() -> str:
    """What the running check has found wrong with the chain; "" where nothing."""
    return Check.objects.values_list("problem", flat=True).first() or ""


def state_visible_to(actor: Actor) -> State:
    """Raises Refused where the actor is no administrator and lacks Audit View."""
    authorize(actor)
    head, start = ChainHead.objects.first() or ChainHead(), ChainStart.objects.first() or ChainStart()
    check, waiting = Check.objects.first() or Check(), spool_length()
    return State(
        head=head.sequence,
        head_hash=head.hash,
        first=start.sequence + 1,
        removed=start.removed,
        unproved=start.unproved,
        removed_until=start.last_time,
        unsealed=Entry.objects.filter(sequence__isnull=True).count(),
        verified_sequence=check.verified_sequence,
        verified_at=check.verified_at,
        problem=check.problem,
        spooled=waiting.entries,
        spooled_bytes=waiting.size_bytes,
        spool_limit_bytes=settings.AUDIT_SPOOL_BYTES,
        forwarding=_forwarding(head),
    )


def _forwarding(head: ChainHead) -> ForwardingState:
    row = Forwarding.objects.first() or Forwarding()
    if not row.lease_holder:
        return ForwardingState("", is_connected=False, error="", sequence=0, waiting=0, changed_at=None)
    return ForwardingState(
        destination=row.destination,
        is_connected=row.is_connected,
        error=row.error,
        sequence=row.sequence,
        waiting=max(0, head.sequence - row.sequence),
        changed_at=row.changed_at,
    )
