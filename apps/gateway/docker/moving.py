"""Moving objects to another collection: by the access label of an update, or by name over our internal socket.

A move needs the operation that updates or removes the object where it is, and the one that creates it where it goes, with the
options that its body would need there. Our placement is the truth and changes first; the label that the engine keeps is a
copy and follows. Where the engine refuses, the object goes back.

What a label means: absent, equal to the one on the object, equal to the one last sent for it, or a path of the collection
where the object is: no change. So a stack file that is deployed again moves nothing back.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from apps.access.rules.moving import ENTER
from apps.access.selectors import collection_for_create, label_last_sent
from apps.access.services import Moved, move_objects, note_label, undo_move
from apps.access.types import ACCESS_LABEL, ObjectRef
from apps.core import names
from apps.core.decision import Decision
from apps.gateway.docker import database
from apps.gateway.docker.call import Call
from apps.gateway.docker.objects import Kind
from apps.gateway.docker.targets import Found

LABELLED = frozenset({Kind.SERVICE, Kind.SECRET, Kind.CONFIG, Kind.NODE})
"""Kinds whose label the engine can change."""

NODE_BOUND = frozenset({Kind.CONTAINER, Kind.VOLUME})
"""Kinds whose names repeat per node: their placements say which node."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an object goes. Args: label: as the caller sent it; None where the collection was named otherwise."""

    collection_id: uuid.UUID
    label: str | None = None


async def by_label(call: Call, found: Found, wanted: str | None, options: tuple[str, ...] = ()) -> Destination | None:
    """Where the label of an update asks the object to go; None for no change.

    Args:
        options: the danger options that the object needs.

    Raises:
        InvalidInput: the label is no path.
        Refused: the caller may not create such an object there, or there is nothing of that path for the caller.
    """
    if not wanted or wanted == found.object.label:
        return None
    names.collection_path(wanted, field=ACCESS_LABEL)
    ref = ref_of(call, found)
    if call.policy.by_path(wanted) == (found.collection_id or call.policy.root_id):
        await database.run(note_label, cluster_id=call.cluster.id, ref=ref, label=wanted)
        return None
    if wanted == await database.run(label_last_sent, call.cluster.id, ref):
        return None
    return Destination(collection_named(call, found.object.kind, wanted, options), wanted)


def by_name(call: Call, found: Found, path: str, options: tuple[str, ...] = ()) -> Destination | None:
    """The same for a collection that was named explicitly: the object goes there, whatever was sent before."""
    collection_id = collection_named(call, found.object.kind, path, options)
    return None if collection_id == (found.collection_id or call.policy.root_id) else Destination(collection_id)


def collection_named(call: Call, kind: Kind, path: str, options: tuple[str, ...] = ()) -> uuid.UUID:
    """Raises Refused, InvalidInput: see `collection_for_create`."""
    return collection_for_create(call.policy, call.actor, path, ENTER[kind.placed_as], options)


def ref_of(call: Call, found: Found) -> ObjectRef:
    each = found.object
    node_id = call.facts.node_id if each.kind in NODE_BOUND else ""
    return ObjectRef(each.kind.placed_as, each.id, each.name, node_id)


async def place(call: Call, found: Found, destination: Destination, decision: Decision) -> Moved:
    """Puts it there in our database. Raises Conflict where the collection was removed meanwhile."""
    return await place_ref(call, ref_of(call, found), destination, decision)


async def place_ref(call: Call, ref: ObjectRef, destination: Destination, decision: Decision) -> Moved:
    moved = await database.run(
        move_objects,
        actor=call.actor,
        cluster_id=call.cluster.id,
        cluster_name=call.cluster.name,
        objects=[ref],
        collection_id=destination.collection_id,
        label=destination.label,
        reason=decision.sentence,
    )
    call.memory.placements.forget()
    return moved


async def put_back(call: Call, moved: Moved, reason: str) -> None:
    """The engine refused. Args: reason: in its words."""
    await database.run(undo_move, actor=call.actor, moved=moved, reason=reason)
    call.memory.placements.forget()
