"""Users: made, changed, renamed, deleted."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import initial_password, namespace
from apps.accounts.services.sessions import end_sessions
from apps.accounts.services.validation import check_fields, check_password_rules
from apps.audit import services as audit
from apps.audit.types import Outcome
from apps.configuration import services as configuration
from apps.configuration.types import PolicyPart, Topic
from apps.core import lifecycle, names, versions
from apps.core.actor import Actor, account_kind
from apps.core.authorization import require_administrator
from apps.core.errors import Conflict, NotFound


def create_user(
    *,
    actor: Actor,
    username: str,
    password: str | None = None,
    full_name: str = "",
    email: str = "",
    is_admin: bool = False,
    is_active: bool = True,
    password_is_initial: bool = False,
) -> User:
    """Makes a local user; without a password one who can only sign in by a client certificate.

    Raises:
        Refused: the actor is no administrator.
        InvalidInput: names each field.
        Conflict: a user or an organisation has the name.
    """
    require_administrator(actor, "create users", operation="User Create")
    user = User(
        username=names.account_name(username, field="username"),
        full_name=full_name,
        email=email,
        is_admin=is_admin,
        is_active=is_active,
        password_is_initial=password_is_initial,
    )
    check_fields(user, "full_name", "email")
    if password is not None:
        check_password_rules(password, user)
    user.password = make_password(password)
    with transaction.atomic():
        insert_user(actor, user)
    return user


def insert_user(actor: Actor, user: User) -> None:
    """Writes a new user in the transaction of a caller who has authorised the actor and checked the fields.

    Raises:
        InvalidInput: the name is reserved.
        Conflict: a user or an organisation has the name.
    """
    namespace.claim(user.username, user_id=user.id)
    user.save(force_insert=True)
    record(actor, "User Create", user, {"is_admin": user.is_admin, "is_active": user.is_active})
    emit(lifecycle.Event.USER_CREATED, actor, user)


def update_user(
    *,
    actor: Actor,
    user: User,
    username: str | None = None,
    full_name: str | None = None,
    email: str | None = None,
    is_admin: bool | None = None,
    is_active: bool | None = None,
    expected: versions.Expected = versions.ANY_VERSION,
) -> User:
    """Changes what is given and leaves what is None. A person may change the own full name and address.

    Args:
        username: another name. Nobody signs in by the former one any more; sessions and bundles go on.

    Raises:
        Refused: the actor is neither an administrator nor this user, or changes more than the own full name and address.
        InvalidInput: names each field.
        Conflict: the name is taken, or nobody would administer the installation any more.
        PreconditionFailed: the user has another version than expected.
    """
    changes: dict[str, Any] = {"full_name": full_name, "email": email, "is_admin": is_admin, "is_active": is_active}
    if username is not None:
        changes["username"] = names.account_name(username, field="username")
    changes = {name: value for name, value in changes.items() if value is not None}
    if actor.id != user.id or _ADMINISTRATORS_FIELDS & set(changes):
        require_administrator(actor, f"change the user {user.username}", operation="User Update")
    with transaction.atomic():
        administrators = lock_administrators() if is_admin is False or is_active is False else []
        user = locked(user)
        expected.check(user)
        former = {name: getattr(user, name) for name, value in changes.items() if getattr(user, name) != value}
        if not former:
            return user
        if administrators == [user.id]:
            raise Conflict(f"{user.username} is the last active administrator")
        for name in former:
            setattr(user, name, changes[name])
        check_fields(user, *(former.keys() - {"username"}))
        _write_changes(actor, user, former)
    return user


_ADMINISTRATORS_FIELDS = frozenset({"username", "is_admin", "is_active"})


def _write_changes(actor: Actor, user: User, former: dict[str, Any]) -> None:
    """Writes the fields that differ from what they were, each of which is followed by what depends on it."""
    if "username" in former:
        namespace.change(former["username"], user.username, field="username")
    user.save(update_fields=[*former, "updated_at"])
    if "is_active" in former:
        follow_activity(user)
    detail = {name: [value, getattr(user, name)] for name, value in former.items()}
    if "username" in former:
        record(actor, "User Rename", user, {"username": detail.pop("username")})
        emit_renamed(actor, user, former["username"])
    if detail:
        record(actor, "User Update", user, detail)
        emit(lifecycle.Event.USER_UPDATED, actor, user)


def follow_activity(user: User) -> None:
    """Sessions end with the account. Its bundles stop to sign in, and hold again when the account is active again."""
    if not user.is_active:
        end_sessions(user)
    else:
        configuration.bump(Topic.CREDENTIALS)


def delete_user(*, actor: Actor, user: User, heir: User | None = None) -> None:
    """Removes a user with the memberships and sessions; grants and bundles follow.

    Args:
        heir: takes over what the user owned, and what is in the private collection.

    Raises:
        Refused: the actor is no administrator.
        Conflict: nobody would administer the installation any more, or a higher app still needs the user.
    """
    require_administrator(actor, f"delete the user {user.username}", operation="User Delete")
    with transaction.atomic():
        administrators = lock_administrators()
        user, heir = locked_with_heir(user, heir)
        if administrators == [user.id]:
            raise Conflict(f"{user.username} is the last active administrator")
        record(actor, "User Delete", user, {"inherited_by": heir.username} if heir else {})
        emit(lifecycle.Event.USER_DELETED, actor, user, heir)
        configuration.bump(Topic.CREDENTIALS)
        if initial_password.is_of(user):
            transaction.on_commit(initial_password.remove)
        user.delete()


def lock_administrators() -> list[uuid.UUID]:
    """Locks every active administrator, so that two of them cannot remove each other at the same time. Their ids.

    Comes before the lock of the user in question, and in the order of ids: two who lock each other first would wait for
    ever.
    """
    administrators = User.objects.select_for_update().filter(is_admin=True, is_active=True).order_by("id")
    return list(administrators.values_list("id", flat=True))


def locked(user: User) -> User:
    """The account as it is now, locked. Raises NotFound where it was deleted meanwhile."""
    row = User.objects.select_for_update().filter(id=user.id).first()
    if row is None:
        raise NotFound(f"the account {user.username} is gone")
    return row


def locked_with_heir(user: User, heir: User | None) -> tuple[User, User | None]:
    """Both as they are now, locked in the order of ids: two who inherit from each other would wait for ever.

    Raises:
        NotFound: one of them was deleted meanwhile.
        Conflict: the heir is not active any more.
    """
    wanted = [user] if heir is None else [user, heir]
    rows = {row.id: locked(row) for row in sorted(wanted, key=lambda account: account.id)}
    if heir is not None and not rows[heir.id].is_active:
        raise Conflict(f"{heir.username} is not active any more, and inherits nothing")
    return rows[user.id], rows[heir.id] if heir else None


def record(
    actor: Actor,
    operation: str,
    user: User,
    detail: dict[str, Any],
    *,
    outcome: Outcome = Outcome.ALLOWED,
    reason: str = "",
) -> None:
    """The audit entry of something done to an account; a service account is a target of its own kind."""
    audit.record(
        actor=actor,
        operation=operation,
        target_kind=account_kind(user.username).value,
        target_id=str(user.id),
        target_name=user.username,
        outcome=outcome,
        reason=reason,
        detail=detail,
    )


def emit(event: lifecycle.Event, actor: Actor, user: User, heir: User | None = None) -> None:
    inherits = lifecycle.Heir(heir.id, heir.username) if heir else None
    lifecycle.emit(lifecycle.Change(event, actor, user.id, user.username, heir=inherits))
    _bump(user)


def emit_renamed(actor: Actor, user: User, old_name: str) -> None:
    lifecycle.emit(lifecycle.Change(lifecycle.Event.RENAMED, actor, user.id, user.username, old_name=old_name))
    _bump(user)


def _bump(user: User) -> None:
    configuration.bump(Topic.POLICY, PolicyPart.USER.of(user.id), PolicyPart.GRANTS.of(user.id))
