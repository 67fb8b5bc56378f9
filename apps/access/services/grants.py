from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, Literal

from django.db import transaction
from django.db.models import QuerySet

from apps.access.models import Collection, Grant, RegistryScope, Role
from apps.access.rules.repositories import repositories
from apps.access.selectors.delegation import Delegation, delegation_of, owner_of
from apps.access.selectors.grants import Subject, parse_subject, subject_of, subject_text
from apps.access.selectors.policy import store
from apps.access.services.registry_scopes import require_use_for, scope_of
from apps.access.types import Keep
from apps.accounts.models import Organization, Team, User
from apps.audit.services import record
from apps.configuration.services import bump
from apps.configuration.types import PolicyPart, Topic
from apps.core import clock
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.decision import Decision
from apps.core.errors import InvalidInput, NotFound, Refused
from apps.core.versions import ANY_VERSION, Expected

_SHOWN_MISSING = 5  # names in a sentence; the decision has all


@transaction.atomic
def create_grant(
    *,
    actor: Actor,
    subject: str,
    role: str,
    collection: str = "",
    registry: str = "",
    expires_at: datetime.datetime | None = None,
    comment: str = "",
) -> tuple[Grant, bool]:
    """Grants a role on a collection and all below it, or on repositories. The same grant again changes at most its end and
    comment.

    Administrators grant everything. Who administers an organisation grants to its teams and service accounts what they
    hold there themselves, and no longer than they hold it.

    Args:
        subject: "user:bob", "team:acme/payments", "organization:acme" or "service-account:acme/ci".
        role: its name.
        collection: its path; or
        registry: "acme/*" for a namespace, "acme/web" for one repository, which need not be there yet.
        expires_at: when it ends; None for never.

    Returns:
        The grant, and whether it is new.

    Raises:
        Refused: the actor may not grant to this subject, or not this role there; the sentence says what is missing.
        InvalidInput: the subject, the role, the collection or the namespace does not exist, the role has nothing to do with
            repositories, or the end is in the past.
    """
    delegation = _delegation_to(actor, subject)
    _require_future(expires_at)
    holder, given = _locked_subject(subject), _role(role)
    place = _place(actor, delegation, given, collection, registry, expires_at)
    grant, is_new = Grant.objects.select_for_update().get_or_create(
        **_subject_column(holder),
        role=given,
        **place,
        defaults={"expires_at": expires_at, "comment": comment, "created_by": actor.name},
    )
    if is_new:
        _record(actor, "Grant Create", grant)
        _bump([grant])
    else:
        _change(actor, grant, expires_at, comment or grant.comment)
    return grant, is_new


@transaction.atomic
def update_grant(
    *,
    actor: Actor,
    grant: Grant,
    expires_at: datetime.datetime | Literal[Keep.KEEP] | None = Keep.KEEP,
    comment: str | None = None,
    expected: Expected = ANY_VERSION,
) -> Grant:
    """Changes when a grant ends, or its comment. Who may make a grant may change it.

    Args:
        expires_at: None for never.
        comment: None: it stays.

    Raises:
        Refused: as for `create_grant`.
        InvalidInput: the new end is in the past.
        NotFound: it was removed.
        PreconditionFailed: somebody changed it meanwhile.
    """
    row = _locked(grant)
    end = row.expires_at if expires_at is Keep.KEEP else expires_at
    _require_may_change(actor, row, end, "Grant Update")
    expected.check(row)
    if end != row.expires_at:
        _require_future(end)
    _change(actor, row, end, row.comment if comment is None else comment)
    return row


@transaction.atomic
def delete_grant(*, actor: Actor, grant: Grant, expected: Expected = ANY_VERSION) -> None:
    """Takes the grant away; it counts nowhere any more within a second. Taking it away twice is no error.

    Raises:
        Refused: the actor may not make this grant.
        PreconditionFailed: somebody changed it meanwhile.
    """
    _require_may_change(actor, grant, grant.expires_at, "Grant Delete")
    row = Grant.objects.select_for_update().filter(id=grant.id).first()
    if row is not None:
        expected.check(row)
        remove_grants(actor, Grant.objects.filter(id=grant.id))


def remove_grants(actor: Actor, grants: QuerySet[Grant]) -> int:
    """Removes and records each, in the transaction of a caller who has authorised the actor. How many they were."""
    rows = list(Grant.objects.spelled_out().filter(id__in=grants.values("id")))
    for grant in rows:
        _record(actor, "Grant Delete", grant)
    Grant.objects.filter(id__in=[grant.id for grant in rows]).delete()
    if rows:
        _bump(rows)
    return len(rows)


def _delegation_to(actor: Actor, subject: str) -> Delegation:
    """Raises Refused where the actor may grant the subject nothing, before anything is looked up that may not exist."""
    delegation = delegation_of(actor)
    if delegation.is_administrator:
        return delegation
    if not delegation.organizations:
        require_administrator(actor, "create grants", operation="Grant Create")
    _, organization, _ = parse_subject(subject)
    if organization not in delegation.organizations.values():
        raise _outside(actor, delegation, subject, "Grant Create")
    return delegation


def _require_may_change(actor: Actor, grant: Grant, until: datetime.datetime | None, operation: str) -> None:
    delegation = delegation_of(actor)
    if not delegation.reaches(owner_of(grant)):
        if not delegation.organizations:
            require_administrator(actor, f"{'remove' if operation == 'Grant Delete' else 'change'} grants", operation=operation)
        raise _outside(actor, delegation, subject_text(grant), operation)
    _require_held(actor, delegation, grant.role, grant.path, until, operation)


def _outside(actor: Actor, delegation: Delegation, subject: str, operation: str) -> Refused:
    own = " and ".join(sorted(delegation.organizations.values()))
    sentence = f"{actor.name} may not grant to {subject}: only to teams and service accounts of {own}"
    return Refused(sentence, decision=Decision(False, operation, "/", ("Administrator",), subject=actor.name))


def _require_held(
    actor: Actor, delegation: Delegation, role: Role, path: str, until: datetime.datetime | None, operation: str
) -> None:
    missing = delegation.missing(role.operations, path, until)
    if not missing:
        return
    shown = ", ".join(missing[:_SHOWN_MISSING])
    more = f" and {len(missing) - _SHOWN_MISSING} more" if len(missing) > _SHOWN_MISSING else ""
    sentence = (
        f"{actor.name} may not grant {role.name} on {path[:512]}: one grants what one holds there for as long, "
        f"and {actor.name} lacks {shown}{more}"
    )
    raise Refused(sentence, decision=Decision(False, operation, path[:512], missing, subject=actor.name))


def _require_future(end: datetime.datetime | None) -> None:
    if end is not None and end <= clock.now():
        raise InvalidInput.field("expires_at", "is in the past")


def _locked(grant: Grant) -> Grant:
    row = Grant.objects.select_for_update(of=("self",)).spelled_out().filter(id=grant.id).first()
    if row is None:
        raise NotFound("the grant was removed")
    return row


def _change(actor: Actor, grant: Grant, end: datetime.datetime | None, comment: str) -> None:
    former_end, former_comment = grant.expires_at, grant.comment
    if (former_end, former_comment) == (end, comment):
        return
    grant.expires_at, grant.comment = end, comment
    grant.save(update_fields=["expires_at", "comment", "updated_at"])
    former = clock.isoformat(former_end) if former_end else None
    _record(actor, "Grant Update", grant, {"former_expires_at": former, "former_comment": former_comment})
    _bump([grant])


def _bump(grants: Iterable[Grant]) -> None:
    bump(Topic.POLICY, *(PolicyPart.GRANTS.of(grant.subject_id) for grant in grants))


def _subject_column(subject: Subject) -> dict[str, User | Team | Organization]:
    match subject:
        case User():
            return {"user": subject}
        case Team():
            return {"team": subject}
        case Organization():
            return {"organization": subject}


def _locked_subject(text: str) -> Subject:
    """Locked against being removed: where the database looks for it only at the end, as it does for foreign keys, who
    removes it may wait for us by then."""
    holder = subject_of(text)
    rows: QuerySet[Any] = type(holder)._default_manager.select_for_update(no_key=True)
    if not rows.filter(pk=holder.pk).exists():
        raise InvalidInput.field("subject", f"there is no {text}")
    return holder


def _role(name: str) -> Role:
    """Locked as the subject is."""
    role = Role.objects.select_for_update(no_key=True).filter(name=name).first()
    if role is None:
        raise InvalidInput.field("role", f"there is no role {name[:64]!r}")
    return role


def _place(
    actor: Actor, delegation: Delegation, role: Role, path: str, registry: str, until: datetime.datetime | None
) -> dict[str, Collection | RegistryScope]:
    """The column of what the grant is on. Whoever may not grant there does not learn from us what is there."""
    if not registry:
        collection = _collection_at(actor, path)
        _require_held(actor, delegation, role, path, until, "Grant Create")
        return {"collection": collection}
    wanted = repositories(registry, field="resource")
    require_use_for(role, wanted)
    _require_held(actor, delegation, role, wanted.path, until, "Grant Create")
    return {"registry_scope": scope_of(wanted)}


def _collection_at(actor: Actor, path: str) -> Collection:
    """Locked against being removed before the grant is written. One that the actor may not see does not exist."""
    collection = Collection.objects.select_for_update().filter(path=path).first()
    if collection is None or not (actor.is_administrator or store.current.is_visible(actor, collection.id)):
        raise InvalidInput.field("resource", f"there is no collection {path[:512]!r}")
    return collection


def _record(actor: Actor, operation: str, grant: Grant, changed: dict[str, Any] | None = None) -> None:
    record(
        actor=actor,
        operation=operation,
        target_kind="grant",
        target_id=str(grant.id),
        target_name=f"{subject_text(grant)} has {grant.role.name} on {grant.path}",
        collection=grant.path,
        detail={
            "subject": subject_text(grant),
            "role": grant.role.name,
            "expires_at": clock.isoformat(grant.expires_at) if grant.expires_at else None,
            "comment": grant.comment,
            **(changed or {}),
        },
    )
