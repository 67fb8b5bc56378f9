"""Collections and grants follow the accounts, in the transaction that changes the account.

A user gets a private collection with Restricted Control on it. When the user goes, the grants go with the row; the private
collection goes where it is empty. Where it is not, it goes to the heir, or is set aside under another name, so that the next
user of that name does not inherit what is in it (`succession`).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models.functions import Lower

from apps.access.models import Collection, DefaultCollection, Grant, Role
from apps.access.rules.roles import RESTRICTED_CONTROL
from apps.access.services import registry_scopes, succession, tree
from apps.access.services.succession import private_path
from apps.access.types import PRIVATE_PATH
from apps.accounts.models import User
from apps.audit.services import record
from apps.configuration.services import bump
from apps.configuration.types import PolicyPart, Topic
from apps.core import lifecycle
from apps.core.lifecycle import Change, Event


def register() -> None:
    """Called once, from `access.apps`."""
    lifecycle.on(Event.USER_CREATED, make_private_collection)
    lifecycle.on(Event.USER_DELETED, remove_private_collection)
    lifecycle.on(Event.RENAMED, rename_private_collection)
    lifecycle.on(Event.RENAMED, succession.rename_owner)
    for deletion in (Event.USER_DELETED, Event.SERVICE_ACCOUNT_DELETED):
        lifecycle.on(deletion, succession.hand_over_objects)
    for event in (Event.RENAMED, Event.USER_DELETED, Event.ORGANIZATION_DELETED):
        lifecycle.on(event, registry_scopes.follow_owner)
    lifecycle.on_departure(succession.forecast)
    lifecycle.on_new_names(names_without_room)


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
    if succession.is_of_use_to_nobody_else(collection, change.subject_id):
        _record(change, "Collection Delete", collection)
        collection.delete()
    else:
        former = collection.path
        succession.lay_to_rest(collection, change.name, change.heir)
        _record(change, "Collection Update", collection, {"path": {"from": former, "to": collection.path}})


def rename_private_collection(change: Change) -> None:
    """Of a person; organisations and service accounts have none."""
    if not User.objects.people().filter(id=change.subject_id).exists():
        return
    tree.lock_tree()
    former, path = private_path(change.old_name), private_path(change.name)
    collection = Collection.objects.filter(path=former).first()
    if collection is not None:
        tree.relocate(collection, path, tree.parent_of(path))
        _record(change, "Collection Update", collection, {"path": {"from": former, "to": path}})


def names_without_room(names: Sequence[str]) -> dict[str, str]:
    """The names of users to be whose private collection's path is somebody else's."""
    private = Collection.objects.filter(parent__path=PRIVATE_PATH).annotate(in_lower_case=Lower("path"))
    paths = {private_path(name).lower(): name for name in names}
    taken = private.filter(in_lower_case__in=paths).values_list("in_lower_case", "path")
    return {paths[lower]: f"cannot have a private collection: {path} exists already" for lower, path in taken}


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
    bump(Topic.POLICY, PolicyPart.PLACE.of(collection.id))
