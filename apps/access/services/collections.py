from __future__ import annotations

from django.db import transaction

from apps.access.models import Collection
from apps.access.services import tree
from apps.audit.services import record
from apps.configuration.services import bump
from apps.configuration.types import Topic
from apps.core import names
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import Conflict
from apps.core.versions import ANY_VERSION, Expected


@transaction.atomic
def create_collection(*, actor: Actor, path: str) -> Collection:
    """A new, empty collection below one that exists.

    Raises:
        Refused: the actor is not an administrator.
        InvalidInput: the path is malformed, or there is no collection above it.
        Conflict: it exists already.
    """
    require_administrator(actor, "create collections", operation="Collection Create")
    path = names.collection_path(path)
    tree.lock_tree()
    collection = tree.insert(path, tree.parent_of(path))
    _record_change(actor, "Collection Create", collection)
    return collection


@transaction.atomic
def move_collection(*, actor: Actor, collection: Collection, path: str, expected: Expected = ANY_VERSION) -> Collection:
    """Renames or moves a collection. What is in it, the grants on it and all below it come along.

    Args:
        path: its whole new path; the collection above must exist.
        expected: the version the caller has seen.

    Raises:
        Refused: the actor is not an administrator.
        InvalidInput: the path is malformed, there is no collection above it, or it is inside the collection itself.
        Conflict: the path is taken, or the collection is built in.
        PreconditionFailed: somebody changed it meanwhile.
    """
    require_administrator(actor, "rename or move collections", operation="Collection Update")
    path = names.collection_path(path)
    tree.lock_tree()
    row = tree.locked(collection)
    expected.check(row)
    _require_custom(row)
    former = row.path
    tree.relocate(row, path, tree.parent_of(path))
    _record_change(actor, "Collection Update", row, {"path": {"from": former, "to": path}})
    return row


@transaction.atomic
def delete_collection(*, actor: Actor, collection: Collection, expected: Expected = ANY_VERSION) -> None:
    """Removes an empty collection.

    Raises:
        Refused: the actor is not an administrator.
        Conflict: it is built in, or objects, collections or grants are in it; the sentence counts them.
        PreconditionFailed: somebody changed it meanwhile.
    """
    require_administrator(actor, "remove collections", operation="Collection Delete")
    tree.lock_tree()
    row = tree.locked(collection)
    expected.check(row)
    _require_custom(row)
    if contents := contents_of(row):
        raise Conflict(f"{row.path} is not empty: it has {contents}; move or remove them first")
    _record_change(actor, "Collection Delete", row)
    row.delete()


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
    bump(Topic.POLICY)
