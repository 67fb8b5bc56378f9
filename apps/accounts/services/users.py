"""Users and their passwords."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from apps.accounts.models import AccountName, User
from apps.accounts.services import initial_password
from apps.accounts.services.sessions import end_sessions
from apps.accounts.services.throttling import Attempt
from apps.accounts.services.validation import check_fields, check_password_rules
from apps.accounts.types import INITIAL_ADMINISTRATOR, Source
from apps.audit import services as audit
from apps.audit.types import Outcome
from apps.configuration import services as configuration
from apps.configuration.types import Topic
from apps.core import lifecycle, names, versions
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import Conflict, InvalidInput


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
        if AccountName.objects.filter(name=user.username).exists():
            raise Conflict(f"the name {user.username} is taken: users and organisations share their names")
        user.save(force_insert=True)
        AccountName.objects.create(name=user.username, user=user)
        _record(actor, "User Create", user, {"is_admin": is_admin, "is_active": is_active})
        _emit(lifecycle.Event.USER_CREATED, actor, user)
    return user


def update_user(
    *,
    actor: Actor,
    user: User,
    full_name: str | None = None,
    email: str | None = None,
    is_admin: bool | None = None,
    is_active: bool | None = None,
    expected: versions.Expected = versions.ANY_VERSION,
) -> User:
    """Changes what is given and leaves what is None. A person may change the own name and address.

    Raises:
        Refused: the actor is neither an administrator nor this user, or changes a flag without being an administrator.
        InvalidInput: names each field.
        Conflict: nobody would administer the installation any more.
        PreconditionFailed: the user has another version than expected.
    """
    changes = {"full_name": full_name, "email": email, "is_admin": is_admin, "is_active": is_active}
    changes = {name: value for name, value in changes.items() if value is not None}
    if actor.id != user.id or {"is_admin", "is_active"} & set(changes):
        require_administrator(actor, f"change the user {user.username}", operation="User Update")
    with transaction.atomic():
        administrators = _lock_administrators() if is_admin is False or is_active is False else []
        user = User.objects.select_for_update().get(id=user.id)
        expected.check(user)
        detail = {name: [getattr(user, name), value] for name, value in changes.items() if getattr(user, name) != value}
        if not detail:
            return user
        if administrators == [user.id]:
            raise Conflict(f"{user.username} is the last active administrator")
        for name in detail:
            setattr(user, name, changes[name])
        check_fields(user, *detail)
        user.save(update_fields=[*detail, "updated_at"])
        if is_active is False:
            end_sessions(user)
        elif "is_active" in detail:
            configuration.bump(Topic.CREDENTIALS)  # bundles that had ended with the account hold again
        _record(actor, "User Update", user, detail)
        _emit(lifecycle.Event.USER_UPDATED, actor, user)
    return user


def set_password(*, actor: Actor, user: User, new_password: str, old_password: str | None = None) -> None:
    """Changes a password, and ends every session of the user but the actor's own.

    Args:
        old_password: needed from whoever changes the own password, so that an unattended browser is not enough.

    Raises:
        Refused: the actor is neither an administrator nor this user.
        InvalidInput: the old password is missing or wrong, or the new one is too weak.
        Throttled: the old password was guessed at too often.
        Conflict: the password is kept elsewhere, in a directory.
    """
    is_own = actor.id == user.id
    if not is_own:
        require_administrator(actor, f"set the password of {user.username}", operation="Password Set")
    if user.source != Source.LOCAL:
        raise Conflict(f"the password of {user.username} is kept elsewhere ({user.source})")
    if is_own:
        _require_old_password(actor, user, old_password)
    check_password_rules(new_password, user, field="new_password")
    hashed = make_password(new_password)
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user.id)
        was_initial = user.password_is_initial and user.username == INITIAL_ADMINISTRATOR
        user.password, user.password_is_initial = hashed, False
        user.save(update_fields=["password", "password_is_initial", "updated_at"])
        end_sessions(user, except_credential=actor.credential if is_own else "")
        _record(actor, "Password Set", user, {})
        _emit(lifecycle.Event.USER_UPDATED, actor, user)
        if was_initial:
            transaction.on_commit(initial_password.remove)


def _require_old_password(actor: Actor, user: User, old_password: str | None) -> None:
    if old_password is None:
        raise InvalidInput.field("old_password", "is needed to change your own password")
    attempt = Attempt(user.username, actor.address)
    attempt.refuse_if_too_many()
    if check_password(old_password, user.password):
        return
    with transaction.atomic():
        attempt.count_failure()
        _record(actor, "Password Set", user, {}, outcome=Outcome.REFUSED, reason="the old password is wrong")
    raise InvalidInput.field("old_password", "is wrong")


def delete_user(*, actor: Actor, user: User) -> None:
    """Removes a user with the memberships and sessions; grants and bundles follow.

    Raises:
        Refused: the actor is no administrator.
        Conflict: nobody would administer the installation any more, or a higher app still needs the user.
    """
    require_administrator(actor, f"delete the user {user.username}", operation="User Delete")
    with transaction.atomic():
        administrators = _lock_administrators()
        user = User.objects.select_for_update().get(id=user.id)
        if administrators == [user.id]:
            raise Conflict(f"{user.username} is the last active administrator")
        _record(actor, "User Delete", user, {})
        _emit(lifecycle.Event.USER_DELETED, actor, user)
        configuration.bump(Topic.CREDENTIALS)
        if user.username == INITIAL_ADMINISTRATOR:
            transaction.on_commit(initial_password.remove)
        user.delete()


def _lock_administrators() -> list[uuid.UUID]:
    """Locks every active administrator, so that two of them cannot remove each other at the same time. Their ids.

    Comes before the lock of the user in question, and in the order of ids: two who lock each other first would wait for
    ever.
    """
    administrators = User.objects.select_for_update().filter(is_admin=True, is_active=True).order_by("id")
    return list(administrators.values_list("id", flat=True))


def _record(
    actor: Actor,
    operation: str,
    user: User,
    detail: dict[str, Any],
    *,
    outcome: Outcome = Outcome.ALLOWED,
    reason: str = "",
) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        target_kind="user",
        target_id=str(user.id),
        target_name=user.username,
        outcome=outcome,
        reason=reason,
        detail=detail,
    )


def _emit(event: lifecycle.Event, actor: Actor, user: User) -> None:
    lifecycle.emit(lifecycle.Change(event, actor, user.id, user.username))
    configuration.bump(Topic.POLICY)
