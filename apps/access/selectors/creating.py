from __future__ import annotations

import dataclasses
import uuid

from apps.access.rules.policy import Policy
from apps.access.types import ACCESS_LABEL, PRIVATE_PATH
from apps.core import names
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, Refused


def collection_for_create(
    policy: Policy, actor: Actor, label: str | None, operation: str, options: tuple[str, ...] = ()
) -> uuid.UUID:
    """The collection that a new object goes to.

    Args:
        label: the path the caller asked for (the access label); None or "": the caller's default collection.
        operation: for instance "Service Create".
        options: the danger options that the object needs.

    Raises:
        Refused: naming the path and the operation, in the same words whether the collection is absent, invisible, or only
            closed to the caller.
        InvalidInput: the label is no path, or somebody who may see all there is named a collection that is absent.
    """
    if label:
        names.collection_path(label, field=ACCESS_LABEL)
        collection_id, path = policy.by_path(label), label
    else:
        collection_id = policy.default_collection(actor.id) if actor.id else policy.root_id
        path = policy.path_of(collection_id) if collection_id else f"{PRIVATE_PATH}/{actor.name}"
    if collection_id is None:
        if policy.is_unrestricted(actor):
            raise InvalidInput(f"there is no collection {path}")
        raise Refused(decision=policy.refuse(actor, operation, path, options))
    decision = policy.decide(actor, operation, collection_id, options)
    if not decision.allowed:
        # The caller's own spelling: a former path must not tell the new one.
        raise Refused(decision=dataclasses.replace(decision, resource=path))
    return collection_id
