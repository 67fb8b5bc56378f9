"""Reading the audit log and checking its chain."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from apps.audit import rules
from apps.audit.models import ChainHead, Entry
from apps.core import authorization, clock
from apps.core.actor import Actor

SEALED_FIELDS = (
    "actor_kind",
    "actor_name",
    "address",
    "credential",
    "request_id",
    "operation",
    "target_kind",
    "target_id",
    "target_name",
    "collection",
    "outcome",
    "reason",
    "detail",
    "sequence",
)


def entries_visible_to(
    actor: Actor,
    *,
    actor_name: str = "",
    operation: str = "",
    target: str = "",
    outcome: str = "",
    search: str = "",
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
) -> QuerySet[Entry]:
    """The entries that fit every filter given, newest first.

    Args:
        target: the target's id, or a part of its name.
        search: a part of the actor's or target's name, the operation, the collection or the reason.
        since, until: from this time on, and before this one.

    Raises:
        Refused: the actor is no administrator and lacks Audit View.
    """
    if not actor.is_administrator:
        authorization.authorize(actor, "Audit View")
    wanted = Q()
    if actor_name:
        wanted &= Q(actor_name=actor_name.lower())
    if operation:
        wanted &= Q(operation=operation)
    if outcome:
        wanted &= Q(outcome=outcome)
    if target:
        wanted &= Q(target_id=target) | Q(target_name__icontains=target)
    if search:
        words = ("actor_name", "operation", "target_name", "collection", "reason")
        wanted &= Q(*((f"{field}__icontains", search) for field in words), _connector=Q.OR)
    if since:
        wanted &= Q(time__gte=since)
    if until:
        wanted &= Q(time__lt=until)
    return Entry.objects.filter(wanted)


def sealed_fields(entry: Entry, sequence: int) -> dict[str, Any]:
    """What of the entry goes into its hash: everything but the hashes themselves."""
    fields = {name: getattr(entry, name) for name in SEALED_FIELDS}
    return fields | {
        "id": str(entry.id),
        "time": clock.isoformat(entry.time),
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "sequence": sequence,
    }


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking the chain found.

    Args:
        sealed: entries whose hash is right, from the first on.
        unsealed: entries the sealer has not reached yet.
        problem: what is wrong with the first entry that is not right; "" where the chain is whole.
    """

    sealed: int
    unsealed: int
    problem: str = ""


def verify_chain() -> Verification:
    """Recomputes every hash, in the order of the sequence."""
    unsealed = Entry.objects.filter(sequence__isnull=True).count()
    head = ChainHead.objects.first() or ChainHead()
    previous, number = rules.FIRST_HASH, 0
    for entry in Entry.objects.filter(sequence__isnull=False).order_by("sequence").iterator(chunk_size=1000):
        if entry.sequence != number + 1:
            return Verification(number, unsealed, f"entry {number + 1} is missing: the next has the number {entry.sequence}")
        if entry.previous_hash != previous or entry.hash != rules.chain_hash(previous, sealed_fields(entry, number + 1)):
            return Verification(number, unsealed, f"entry {number + 1} ({entry.id}) was changed after it was sealed")
        previous, number = entry.hash, number + 1
    if head.sequence > number or (head.sequence == number and head.hash != previous):
        return Verification(number, unsealed, f"the end is missing: {head.sequence} entries were sealed, {number} are there")
    return Verification(number, unsealed)
