from __future__ import annotations

import dataclasses
import uuid

from apps.access.selectors.policy import store
from apps.core.actor import Actor
from apps.core.decision import Decision

ELSEWHERE = "the collection where it is now"
"""Stands in a refusal for a collection that the actor may not know."""


def decide_on_held(actor: Actor, operation: str, collection_id: uuid.UUID | None, *, known_path: str) -> Decision:
    """The decision on an object that somebody holds on to, a log or a terminal, and that may have been moved since.

    Args:
        collection_id: where it is now; None for `/`.
        known_path: of the collection where it was when they took hold of it.
    """
    decision = store.current.decide(actor, operation, collection_id)
    return decision if decision.resource == known_path else as_told(actor, decision, collection_id)


def as_told(actor: Actor, decision: Decision, collection_id: uuid.UUID | None) -> Decision:
    """A refusal names no collection that does not exist for the actor: somebody may know an object and not where it is, as
    with the node that their tasks run on.

    Args:
        collection_id: that was decided on; None for `/`.
    """
    is_known = collection_id is None or store.current.is_visible(actor, collection_id)
    return decision if decision.allowed or is_known else dataclasses.replace(decision, resource=ELSEWHERE)
