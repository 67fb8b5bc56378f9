"""Collections and grants follow the accounts, in the transaction that changes the account.

A user gets a private collection with Restricted Control on it. When the user goes, the grants go with the row; the private
collection goes where it is empty, and is set aside under another name where it is not, so that the next user of that name
does not inherit what is in it.
"""

from __future__ import annotations

from apps.access.models import Collection, DefaultCollection, Grant, Role
from apps.access.rules.roles import RESTRICTED_CONTROL
from apps.access.services import tree
from apps.access.services.collections import contents_of
from apps.access.types import PRIVATE_PATH
from apps.accounts.models import User
from apps.audit.services import record
from apps.configuration.services import bump
from apps.configuration.types import Topic
from apps.core import lifecycle
from apps.core.lifecycle import Change, Event


def register() -> None:
    """Called once, from `access.apps`."""
    lifecycle.on(Event.USER_CREATED, make_private_collection)
    lifecycle.on(Event.USER_DELETED, remove_private_collection)
    lifecycle.on(Event.RENAMED, rename_private_collection)
    for event in Event:
        lifecycle.on(event, reload_policy)


def reload_policy(change: Change) -> None:
    """Flags, memberships and names are part of every process's policy."""
    bump(Topic.POLICY)


def make_private_collection(change: Change) -> None:
    """Raises Conflict where the path is taken: what is in there is somebody else's."""
    path = private_path(change.name)
    tree.lock_tree()
    collection = tree.insert(path, tree.parent_of(path))
    role = Role.objects.get(name=RESTRICTED_CONTROL)
    Grant.objects.create(
        user_id=change.subject_id, role=role, collection=collection, created_by=change.actor.name, comment="Private collection."
    )
    DefaultCollection.objects.create(user_id=change.subject_id, collection=collection)
    _record(change, "Collection Create", collection)


def remove_private_collection(change: Change) -> None:
    """Runs before or after the user's row is deleted."""
    tree.lock_tree()
    Grant.objects.filter(user_id=change.subject_id).delete()
    DefaultCollection.objects.filter(user_id=change.subject_id).delete()
    collection = Collection.objects.filter(path=private_path(change.name)).first()
    if collection is None:
        return
    if contents_of(collection):
        former = collection.path
        tree.relocate(collection, _free_path(f"{PRIVATE_PATH}/Formerly {change.name[:50]}"), tree.parent_of(former))
        _record(change, "Collection Update", collection, {"path": {"from": former, "to": collection.path}})
    else:
        _record(change, "Collection Delete", collection)
        collection.delete()


def rename_private_collection(change: Change) -> None:
    """Of a user; an organisation has none."""
    if not User.objects.filter(id=change.subject_id).exists():
        return
    tree.lock_tree()
    former, path = private_path(change.old_name), private_path(change.name)
    collection = Collection.objects.filter(path=former).first()
    if collection is not None:
        tree.relocate(collection, path, tree.parent_of(path))
        _record(change, "Collection Update", collection, {"path": {"from": former, "to": path}})


def private_path(username: str) -> str:
    return f"{PRIVATE_PATH}/{username}"


def _free_path(path: str) -> str:
    """The path, or the first of "path 2", "path 3" … that is free. Names with a space are nobody's user name."""
    candidate, number = path, 1
    while Collection.objects.filter(path=candidate).exists():
        number += 1
        candidate = f"{path} {number}"
    return candidate


def _record(change: Change, operation: str, collection: Collection, detail: dict[str, object] | None = None) -> None:
    record(
        actor=change.actor,
        operation=operation,
        target_kind="collection",
        target_id=str(collection.id),
        target_name=collection.path,
        collection=collection.path,
        reason=f"follows the account {change.name}",
        detail=detail,
    )
