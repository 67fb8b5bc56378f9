"""Passwords of people. Argon2 works outside of any transaction."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import initial_password
from apps.accounts.services.sessions import end_sessions
from apps.accounts.services.throttling import Attempt
from apps.accounts.services.users import emit, locked, record
from apps.accounts.services.validation import check_password_rules
from apps.accounts.types import Source
from apps.audit.types import Outcome
from apps.core import lifecycle
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import Conflict, InvalidInput


def set_password(*, actor: Actor, user: User, new_password: str, old_password: str | None = None) -> None:
    """Changes a password, and ends every session of the user but the actor's own.

    Args:
        old_password: needed from whoever changes the own password, so that an unattended browser is not enough.

    Raises:
        Refused: the actor is neither an administrator nor this user.
        InvalidInput: the old password is missing or wrong, or the new one is too weak.
        Throttled: the old password was guessed at too often.
        Conflict: the password is kept elsewhere, in a directory, or the account is a service account, which has none.
    """
    is_own = actor.id == user.id
    if not is_own:
        require_administrator(actor, f"set the password of {user.username}", operation="Password Set")
    if user.is_service_account:
        raise Conflict(f"{user.username} is a service account and has no password")
    if user.source != Source.LOCAL:
        raise Conflict(f"the password of {user.username} is kept elsewhere ({user.source})")
    if is_own:
        _require_old_password(actor, user, old_password)
    check_password_rules(new_password, user, field="new_password")
    hashed = make_password(new_password)
    with transaction.atomic():
        store_password(actor, user, hashed)


def store_password(actor: Actor, user: User, hashed: str) -> None:
    """Writes a password in the transaction of a caller who has authorised the actor and checked the password."""
    user = locked(user)
    if initial_password.is_of(user):
        transaction.on_commit(initial_password.remove)
    user.password, user.password_is_initial = hashed, False
    user.save(update_fields=["password", "password_is_initial", "updated_at"])
    end_sessions(user, except_credential=actor.credential if actor.id == user.id else "")
    record(actor, "Password Set", user, {})
    emit(lifecycle.Event.USER_UPDATED, actor, user)


def _require_old_password(actor: Actor, user: User, old_password: str | None) -> None:
    if old_password is None:
        raise InvalidInput.field("old_password", "is needed to change your own password")
    attempt = Attempt(user.username, actor.address)
    attempt.refuse_if_too_many()
    if check_password(old_password, user.password):
        return
    with transaction.atomic():
        attempt.count_failure()
        record(actor, "Password Set", user, {}, outcome=Outcome.REFUSED, reason="the old password is wrong")
    raise InvalidInput.field("old_password", "is wrong")
