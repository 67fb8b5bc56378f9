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
    policy = store.current
    decision = policy.decide(actor, operation, collection_id)
    is_known = collection_id is None or decision.resource == known_path or policy.is_visible(actor, collection_id)
    return decision if decision.allowed or is_known else dataclasses.replace(decision, resource=ELSEWHERE)
