from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from apps.access.models import Collection, Placement
from apps.access.rules.constraints import LabelConstraint, check
from apps.access.services import evictions, tree
from apps.access.services.grants import remove_grants
from apps.audit.services import record
from apps.configuration.services import bump
from apps.configuration.types import PolicyPart, Topic
from apps.core import names
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import Conflict, InvalidInput
from apps.core.versions import ANY_VERSION, Expected


@transaction.atomic
def create_collection(*, actor: Actor, path: str, label_constraints: Sequence[LabelConstraint] = ()) -> Collection:
    """A new, empty collection below one that exists.

    Args:
        label_constraints: what workloads created there must carry.

    Raises:
        Refused: the actor is not an administrator.
        InvalidInput: the path is malformed, there is no collection above it, or no workload can meet the constraints.
        Conflict: it exists already, or one whose path differs in capitals only.
    """
    require_administrator(actor, "create collections", operation="Collection Create")
    path = names.collection_path(path)
    check(label_constraints)
    tree.lock_tree()
    collection = tree.insert(path, tree.parent_of(path))
    if label_constraints:
        collection.label_constraints = [each.to_json() for each in label_constraints]
        collection.save(update_fields=["label_constraints", "updated_at"])
    _record_change(actor, "Collection Create", collection)
    return collection


def update_collection(
    *,
    actor: Actor,
    collection: Collection,
    path: str | None = None,
    label_constraints: Sequence[LabelConstraint] | None = None,
    confirm: str = "",
    expected: Expected = ANY_VERSION,
) -> Collection:
    """Renames or moves a collection, or changes what workloads must carry there. What is None stays.

    What is in it, the grants on it and all below it come along.

    Args:
        path: its whole new path; the collection above must exist.
        confirm: what a NeedsConfirmation before carried.
        expected: the version the caller has seen.

    Raises:
        Refused: the actor is not an administrator.
        NeedsConfirmation: nodes in it would leave collections, and running tasks their nodes.
        InvalidInput: the path is malformed, there is no collection above it, it is inside the collection itself, or no
            workload can meet the constraints.
        Conflict: the path is taken, or a built-in collection was to be moved.
        PreconditionFailed: somebody changed it meanwhile.
    """
    require_administrator(actor, "change collections", operation="Collection Update")
    if path is not None:
        evictions.require_confirmed_move(collection, names.collection_path(path), confirm)
    return _update(actor, collection, path, label_constraints, expected)


@transaction.atomic
def _update(
    actor: Actor,
    collection: Collection,
    path: str | None,
    label_constraints: Sequence[LabelConstraint] | None,
    expected: Expected,
) -> Collection:
    tree.lock_tree()
    row = tree.locked(collection)
    expected.check(row)
    detail: dict[str, object] = {}
    if path is not None:
        detail["path"] = _move(row, names.collection_path(path))
    if label_constraints is not None:
        check(label_constraints)
        former, row.label_constraints = row.label_constraints, [each.to_json() for each in label_constraints]
        row.save(update_fields=["label_constraints", "updated_at"])
        detail["label_constraints"] = {"from": former, "to": row.label_constraints}
    if detail:
        _record_change(actor, "Collection Update", row, detail)
    return row


def _move(row: Collection, path: str) -> dict[str, str]:
    _require_custom(row)
    former = row.path
    tree.relocate(row, path, tree.parent_of(path))
    return {"from": former, "to": path}


def delete_collection(
    *,
    actor: Actor,
    collection: Collection,
    move_to: str | None = None,
    with_grants: bool = False,
    confirm: str = "",
    expected: Expected = ANY_VERSION,
) -> None:
    """Removes a collection: an empty one, or one whose contents have somewhere to go.

    Grants on it do not follow the contents: they would give rights on everything else that is there.

    Args:
        move_to: the path of the collection that takes its objects and the collections below it.
        with_grants: grants on it are removed, too.
        confirm: what a NeedsConfirmation before carried.

    Raises:
        Refused: the actor is not an administrator.
        NeedsConfirmation: nodes in it would leave it, and running tasks their nodes.
        InvalidInput: there is no collection `move_to`, or it is inside the collection.
        Conflict: it is built in, objects, collections or grants are in it (the sentence counts them), or a collection of a
            name is in both.
        PreconditionFailed: somebody changed it meanwhile.
    """
    require_administrator(actor, "remove collections", operation="Collection Delete")
    if move_to is not None:
        evictions.require_confirmed_removal(collection, move_to, confirm)
    _delete(actor, collection, move_to, with_grants, expected)


@transaction.atomic
def _delete(actor: Actor, collection: Collection, move_to: str | None, with_grants: bool, expected: Expected) -> None:
    tree.lock_tree()
    row = tree.locked(collection)
    expected.check(row)
    _require_custom(row)
    detail: dict[str, object] = {}
    if move_to is not None:
        detail = _empty_into(row, _target(row, move_to))
    if with_grants:
        detail["grants"] = remove_grants(actor, row.grants.all())
    if contents := contents_of(row):
        raise Conflict(f"{row.path} is not empty: it has {contents}; move or remove them first")
    _record_change(actor, "Collection Delete", row, detail)
    row.delete()


def _target(row: Collection, path: str) -> Collection:
    target = Collection.objects.select_for_update(no_key=True).filter(path=path).first()
    if target is None:
        raise InvalidInput.field("move_to", f"there is no collection {path[:512]!r}")
    if target.id == row.id or target.path.startswith(f"{row.path}/"):
        raise InvalidInput.field("move_to", "the contents cannot go into the collection that is removed")
    return target


def _empty_into(row: Collection, target: Collection) -> dict[str, object]:
    for child in Collection.objects.filter(parent=row).order_by("path"):
        name = child.path.rpartition("/")[2]
        tree.relocate(child, f"{target.path.rstrip('/')}/{name}", target)
    moved = Placement.objects.filter(collection=row).update(collection=target)
    if moved:
        bump(Topic.PLACEMENTS)
    return {"move_to": target.path, "objects": moved}


def contents_of(collection: Collection) -> str:
    """What keeps a collection from being removed, in words: "2 objects and 1 grant"; "" where nothing does."""
    counts = {
        "object": collection.placements.count(),
        "collection": collection.children.count(),
        "grant": collection.grants.count(),
    }
    return " and ".join(f"{count} {noun}{'s' if count > 1 else ''}" for noun, count in counts.items() if count)


def _require_custom(collection: Collection) -> None:
    if collection.is_builtin:
        raise Conflict(f"{collection.path} is built in and stays as it is")


def _record_change(actor: Actor, operation: str, collection: Collection, detail: dict[str, object] | None = None) -> None:
    record(
        actor=actor,
        operation=operation,
        target_kind="collection",
        target_id=str(collection.id),
        target_name=collection.path,
        collection=collection.path,
        detail=detail,
    )
    bump(Topic.POLICY, PolicyPart.PLACE.of(collection.id))
