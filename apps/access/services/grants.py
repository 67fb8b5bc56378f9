from __future__ import annotations

import datetime

from django.db import transaction

from apps.access.models import Collection, Grant, Role
from apps.access.selectors import subject_of, subject_text
from apps.access.selectors.grants import Subject
from apps.accounts.models import Organization, Team, User
from apps.audit.services import record
from apps.configuration.services import bump
from apps.configuration.types import Topic
from apps.core import clock
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import InvalidInput


@transaction.atomic
def create_grant(
    *,
    actor: Actor,
    subject: str,
    role: str,
    collection: str,
    expires_at: datetime.datetime | None = None,
    comment: str = "",
) -> tuple[Grant, bool]:
    """Grants a role on a collection and all below it. The same grant again changes at most its end and comment.

    Args:
        subject: "user:bob", "team:acme/payments" or "organization:acme".
        role: its name.
        collection: its path.
        expires_at: when it ends; None for never.

    Returns:
        The grant, and whether it is new.

    Raises:
        Refused: the actor is not an administrator.
        InvalidInput: the subject, the role or the collection does not exist, or the end is in the past.
    """
    require_administrator(actor, "create grants", operation="Grant Create")
    if expires_at is not None and expires_at <= clock.now():
        raise InvalidInput.field("expires_at", "is in the past")
    holder = subject_of(subject)
    place = _collection_at(collection)
    grant, is_new = Grant.objects.select_for_update().get_or_create(
        **_subject_column(holder),
        role=_role(role),
        collection=place,
        defaults={"expires_at": expires_at, "comment": comment, "created_by": actor.name},
    )
    former_end, comment = grant.expires_at, comment or grant.comment
    if is_new:
        _record(actor, "Grant Create", grant)
    elif (former_end, grant.comment) != (expires_at, comment):
        grant.expires_at, grant.comment = expires_at, comment
        grant.save(update_fields=["expires_at", "comment"])
        _record(actor, "Grant Update", grant, former_end=former_end)
    return grant, is_new


@transaction.atomic
def delete_grant(*, actor: Actor, grant: Grant) -> None:
    """Takes the grant away; it counts nowhere any more within a second. Taking it away twice is no error.

    Raises:
        Refused: the actor is not an administrator.
    """
    require_administrator(actor, "remove grants", operation="Grant Delete")
    removed, _ = Grant.objects.filter(id=grant.id).delete()
    if removed:
        _record(actor, "Grant Delete", grant)


def _subject_column(subject: Subject) -> dict[str, User | Team | Organization]:
    match subject:
        case User():
            return {"user": subject}
        case Team():
            return {"team": subject}
        case Organization():
            return {"organization": subject}


def _role(name: str) -> Role:
    role = Role.objects.filter(name=name).first()
    if role is None:
        raise InvalidInput.field("role", f"there is no role {name[:64]!r}")
    return role


def _collection_at(path: str) -> Collection:
    """Locked against being removed before the grant is written."""
    collection = Collection.objects.select_for_update().filter(path=path).first()
    if collection is None:
        raise InvalidInput.field("resource", f"there is no collection {path[:512]!r}")
    return collection


def _record(actor: Actor, operation: str, grant: Grant, *, former_end: datetime.datetime | None = None) -> None:
    detail: dict[str, object] = {
        "subject": subject_text(grant),
        "role": grant.role.name,
        "expires_at": clock.isoformat(grant.expires_at) if grant.expires_at else None,
        "comment": grant.comment,
    }
    if former_end is not None:
        detail["former_expires_at"] = clock.isoformat(former_end)
    record(
        actor=actor,
        operation=operation,
        target_kind="grant",
        target_id=str(grant.id),
        target_name=f"{subject_text(grant)} has {grant.role.name} on {grant.collection.path}",
        collection=grant.collection.path,
        detail=detail,
    )
    bump(Topic.POLICY)
