"""Writing the audit log, and sealing it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.audit import rules
from apps.audit.models import ChainHead, Entry
from apps.audit.selectors import sealed_fields
from apps.audit.types import Outcome
from apps.core import clock
from apps.core.actor import Actor

SEAL_BATCH = 500


def record(
    *,
    actor: Actor,
    operation: str,
    target_kind: str,
    target_id: str = "",
    target_name: str = "",
    collection: str = "",
    outcome: Outcome = Outcome.ALLOWED,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> Entry:
    """Writes one entry in the caller's transaction: the change and its record are committed together or not at all.

    Refusals are recorded after the rollback of what they refused, in a transaction of their own.

    Args:
        operation: "Service Create", "Grant Create", "Sign In".
        target_kind: "service", "grant", "user", …
        target_name: what a person calls it.
        collection: its path, "" where it has none.
        reason: why it was allowed or refused, as a sentence.
        detail: JSON values worth keeping (what changed, from what to what); never a secret.
    """
    return Entry.objects.create(
        time=clock.now(),
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        outcome=outcome.value,
        reason=rules.storable(reason),
        detail=rules.storable(detail or {}),
        **_fitting(
            actor_name=actor.name,
            address=actor.address,
            credential=actor.credential,
            request_id=actor.request_id,
            operation=operation,
            target_kind=target_kind,
            target_id=target_id,
            target_name=target_name,
            collection=collection,
        ),
    )


def _fitting(**texts: str) -> dict[str, str]:
    """The texts cut to what their columns hold: what happened is recorded even where a caller sent an endless name."""
    return {
        name: rules.storable(text)[: getattr(Entry._meta.get_field(name), "max_length", None)] for name, text in texts.items()
    }


def seal() -> int:
    """Gives every committed entry its place in the chain, and returns how many. Safe to run in several processes at once.

    One short transaction a batch: the head's row is locked, so a second sealer waits (SQLite) or finds it taken and
    leaves (PostgreSQL). The sequence has no gaps, because a number is given only in the transaction that writes it.
    """
    total = 0
    while Entry.objects.filter(sequence__isnull=True).exists():
        sealed = _seal_batch()
        if sealed == 0:
            break
        total += sealed
    return total


@transaction.atomic
def _seal_batch() -> int:
    ChainHead.objects.get_or_create(id=1)
    head = ChainHead.objects.select_for_update(skip_locked=True).filter(id=1).first()
    if head is None:
        return 0
    entries = list(Entry.objects.filter(sequence__isnull=True).order_by("time", "id")[:SEAL_BATCH])
    for entry in entries:
        previous, number = head.hash, head.sequence + 1
        digest = rules.chain_hash(previous, sealed_fields(entry, number))
        Entry.objects.filter(id=entry.id).update(sequence=number, previous_hash=previous, hash=digest)
        head.sequence, head.hash = number, digest
    head.save(update_fields=["sequence", "hash"])
    return len(entries)
