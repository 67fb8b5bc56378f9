"""Writing the audit log."""

from __future__ import annotations

from typing import Any

from apps.audit.models import Entry
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
        actor_name=actor.name,
        address=actor.address,
        credential=actor.credential,
        request_id=actor.request_id,
        operation=operation,
        target_kind=target_kind,
        target_id=target_id,
        target_name=target_name[:600],
        collection=collection,
        outcome=outcome.value,
        reason=reason,
        detail=detail or {},
    )
