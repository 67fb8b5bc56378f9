"""Moving objects from one collection to another. Who may is decided before; here it is done and recorded."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.access.models import Collection, Placement
from apps.access.types import ANY_NODE, ObjectKind, ObjectRef
from apps.audit.services import record
from apps.audit.types import Outcome
from apps.configuration.services import bump
from apps.configuration.types import Topic
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import Conflict


@dataclass(frozen=True, slots=True)
class Moved:
    """What `undo_move` needs: where the objects were, and which label they had been asked for with."""

    cluster_id: uuid.UUID
    cluster_name: str
    target_id: uuid.UUID
    former: tuple[tuple[ObjectRef, uuid.UUID, str], ...]


@transaction.atomic
def move_objects(
    *,
    actor: Actor,
    cluster_id: uuid.UUID,
    cluster_name: str,
    objects: Sequence[ObjectRef],
    collection_id: uuid.UUID,
    label: str | None = None,
    reason: str = "",
) -> Moved:
    """Puts the objects in the collection: all of them, or none.

    Args:
        label: the access label that the caller sent; None where the collection was named otherwise, which leaves the one
            sent last in force as such.
        reason: why the actor may, for the audit log.

    Raises:
        Conflict: the collection was removed meanwhile.
    """
    # Against its removal, like every placement that refers to it.
    target = Collection.objects.select_for_update(no_key=True).filter(id=collection_id).first()
    if target is None:
        raise Conflict("the collection was removed meanwhile")
    former = []
    for each in objects:
        row = _locked(cluster_id, each)
        former.append((each, row.collection_id, row.label))
        detail = {"cluster": cluster_name, "from": row.collection.path, "to": target.path}
        row.collection, row.updated_at = target, clock.now()
        row.label = row.label if label is None else label
        row.save(update_fields=["collection", "label", "updated_at"])
        _take_along(cluster_id, each, former[-1][1], target.id)
        _record(actor, each, target.path, detail, reason)
    bump(Topic.PLACEMENTS)
    return Moved(cluster_id, cluster_name, collection_id, tuple(former))


@transaction.atomic
def undo_move(*, actor: Actor, moved: Moved, reason: str) -> None:
    """The engine refused what belonged to the move: the objects go back, unless somebody has moved them on.

    Args: reason: the engine's.
    """
    for each, collection_id, label in moved.former:
        row = _locked(moved.cluster_id, each)
        if row.collection_id != moved.target_id:
            continue
        Placement.objects.filter(id=row.id).update(collection_id=collection_id, label=label, updated_at=clock.now())
        _take_along(moved.cluster_id, each, moved.target_id, collection_id)
        _record(actor, each, row.collection.path, {"cluster": moved.cluster_name}, reason, Outcome.FAILED)
    bump(Topic.PLACEMENTS)


def _take_along(cluster_id: uuid.UUID, ref: ObjectRef, former_id: uuid.UUID, target_id: uuid.UUID) -> None:
    """With a volume, what services named by its name on other nodes."""
    if ref.kind is ObjectKind.VOLUME and ref.node_id != ANY_NODE:
        anywhere = Placement.objects.filter(cluster_id=cluster_id, kind=ref.kind, object_id=ref.object_id, node_id=ANY_NODE)
        anywhere.filter(collection_id=former_id).update(collection_id=target_id, updated_at=clock.now())


def note_label(*, cluster_id: uuid.UUID, ref: ObjectRef, label: str) -> None:
    """The caller named the collection where the object is, by another of its paths: sent again, it still means no change."""
    Placement.objects.filter(cluster_id=cluster_id, kind=ref.kind, object_id=ref.object_id, node_id=ref.node_id).update(
        label=label
    )


def _locked(cluster_id: uuid.UUID, ref: ObjectRef) -> Placement:
    """The object's placement; one in `/` where it had none yet."""
    identity = {"cluster_id": cluster_id, "node_id": ref.node_id, "kind": ref.kind.value, "object_id": ref.object_id}
    root = Collection.objects.get(path="/")
    Placement.objects.get_or_create(**identity, defaults={"collection": root, "name": ref.name[:255]})
    return Placement.objects.select_for_update(of=("self",)).select_related("collection").get(**identity)


def _record(
    actor: Actor, ref: ObjectRef, path: str, detail: dict[str, str], reason: str, outcome: Outcome = Outcome.ALLOWED
) -> None:
    record(
        actor=actor,
        operation=f"{ref.kind.value.title()} Move",
        target_kind=ref.kind.value,
        target_id=ref.object_id,
        target_name=ref.name,
        collection=path,
        outcome=outcome,
        reason=reason,
        detail=detail,
    )
