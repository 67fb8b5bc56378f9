"""Where a user's objects go that name no collection."""

from __future__ import annotations

from django.db import transaction

from apps.access.models import Collection, DefaultCollection
from apps.access.selectors.default_collections import may_choose_default_collection
from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.audit.services import record
from apps.configuration.services import bump
from apps.configuration.types import PolicyPart, Topic
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import InvalidInput


@transaction.atomic
def set_default_collection(*, actor: Actor, user: User, path: str) -> None:
    """Users choose their own, administrators anybody's, those of an organisation its service accounts'.

    It gives no right: who may not create there is told so.

    Raises:
        Refused: it is not the actor's to choose.
        InvalidInput: there is no such collection for the actor.
    """
    _require_may_choose(actor, user)
    collection = Collection.objects.select_for_update(no_key=True).filter(path=path).first()
    if collection is None or not (actor.is_administrator or store.current.is_visible(actor, collection.id)):
        raise InvalidInput.field("collection", f"there is no collection {path[:512]!r}, or you may not see it")
    DefaultCollection.objects.update_or_create(user=user, defaults={"collection": collection})
    _record_change(actor, user, collection.path)


@transaction.atomic
def reset_default_collection(*, actor: Actor, user: User) -> None:
    """From now on it is the private collection, for a service account `/Shared`. Raises Refused as above."""
    _require_may_choose(actor, user)
    if DefaultCollection.objects.filter(user=user).delete()[0]:
        _record_change(actor, user, None)


def _require_may_choose(actor: Actor, user: User) -> None:
    if not may_choose_default_collection(actor, user):
        require_administrator(actor, "choose the default collection of others", operation="Default Collection Set")


def _record_change(actor: Actor, user: User, path: str | None) -> None:
    record(
        actor=actor,
        operation="Default Collection Set",
        target_kind="user",
        target_id=str(user.id),
        target_name=user.username,
        collection=path or "",
        detail={"collection": path},
    )
    bump(Topic.POLICY, PolicyPart.USER.of(user.id))
