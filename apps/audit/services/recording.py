"""Recording: one entry beside each change, in its transaction."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from apps.audit.models import SETTLE_SECONDS, Entry
from apps.audit.rules import chain
from apps.audit.types import Outcome
from apps.core import clock
from apps.core.actor import Actor


def record(
    *,
    actor: Actor,
    operation: str,
    target_kind: str,
    target_id: str = "",
    target_name: str = "",
    collection: str = "",
    cluster: str = "",
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
        cluster: the name of the cluster it is in, "" where it is in none.
        reason: why it was allowed or refused, as a sentence.
        detail: JSON values worth keeping (what changed, from what to what); never a secret.
    """
    entry = draft(
        actor=actor,
        operation=operation,
        target_kind=target_kind,
        target_id=target_id,
        target_name=target_name,
        collection=collection,
        cluster=cluster,
        outcome=outcome,
        reason=reason,
        detail=detail,
    )
    entry.save(force_insert=True)
    return entry


def draft(
    *,
    actor: Actor,
    operation: str,
    target_kind: str,
    target_id: str = "",
    target_name: str = "",
    collection: str = "",
    cluster: str = "",
    outcome: Outcome = Outcome.ALLOWED,
    reason: str = "",
    detail: dict[str, Any] | None = None,
    awaits_id: bool = False,
) -> Entry:
    """An entry that is not written yet; see `record` for its arguments, and `write`.

    Args:
        awaits_id: of a create: the sealer leaves it alone until `settle` says what was made, or 10 s are over.
    """
    now = clock.now()
    return Entry(
        time=now,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        outcome=outcome.value,
        reason=chain.storable(reason),
        detail=chain.storable(detail or {}),
        settles_at=now + datetime.timedelta(seconds=SETTLE_SECONDS) if awaits_id else None,
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
            cluster=cluster,
        ),
    )


def write(entries: Sequence[Entry]) -> None:
    """Writes drafts, all or none. Those that are there already stay as they are: safe to repeat after a doubt."""
    with transaction.atomic():
        Entry.objects.bulk_create(entries, ignore_conflicts=True)


def settle(entry_id: uuid.UUID, target_id: str = "") -> bool:
    """Says what a create has made, or, without an id, that there will be none. False where the entry is sealed by now."""
    changes = {"settles_at": None, **({"target_id": target_id[:200]} if target_id else {})}
    return bool(Entry.objects.filter(id=entry_id, sequence__isnull=True).update(**changes))


def _fitting(**texts: str) -> dict[str, str]:
    """The texts cut to what their columns hold: what happened is recorded even where a caller sent an endless name."""
    return {
        name: chain.storable(text)[: getattr(Entry._meta.get_field(name), "max_length", None)] for name, text in texts.items()
    }
