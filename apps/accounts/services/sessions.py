"""Signing in and out.

Argon2 works outside of any transaction: on SQLite an open one would keep every other writer waiting. An unknown name
costs the same work as a wrong password and gets the same answer.
"""

from __future__ import annotations

import datetime
import secrets

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from apps.accounts import rules
from apps.accounts.models import Session, SignInFailure, User
from apps.accounts.services.throttling import Attempt
from apps.audit import services as audit
from apps.audit.types import Outcome
from apps.configuration import services as configuration
from apps.configuration.types import Topic
from apps.core import clock, crypto, names
from apps.core.actor import Actor, account_kind
from apps.core.errors import Conflict, InvalidInput, NotSignedIn

TOKEN_PREFIX = "qds_"  # noqa: S105 - names the kind of token, so that secret scanners find a leaked one
WRONG = "the name or the password is wrong"


def sign_in(*, username: str, password: str, address: str, user_agent: str, request_id: str) -> tuple[Session, str]:
    """Opens a session for the right password, and returns it with its token, which is not kept.

    Raises:
        NotSignedIn: unknown name, wrong password, no local password, or the account is not active; one sentence for all.
        Throttled: too many failures of this name or from this address, of late.
    """
    attempt = Attempt(_account_name_or_nothing(username), address)
    attempt.refuse_if_too_many()
    user = User.objects.filter(username=attempt.name).first() if attempt.name else None
    problem = _problem_of(user, password)
    if user is None or problem:
        _record_failure(attempt, request_id, user, problem)
        raise NotSignedIn(WRONG)
    return _open_session(attempt, request_id, user, user_agent)


def _account_name_or_nothing(text: str) -> str:
    try:
        return names.account_name(text)
    except InvalidInput:
        return ""


def _problem_of(user: User | None, password: str) -> str:
    """Why this is no sign-in, for the audit log; "" for the right password. Always hashes once."""
    if user is None:
        make_password(password)
        return "there is no account of that name"
    if not check_password(password, user.password):
        return "the password is wrong"
    return "" if user.is_active else "the account is not active"


@transaction.atomic
def _record_failure(attempt: Attempt, request_id: str, user: User | None, problem: str) -> None:
    attempt.count_failure()
    audit.record(
        actor=Actor.anonymous(address=attempt.address, request_id=request_id),
        operation="Sign In",
        target_kind="user",
        target_id=str(user.id) if user else "",
        # What no account can be called may be a password, typed in the wrong place.
        target_name=attempt.name or "(not a name)",
        outcome=Outcome.REFUSED,
        reason=problem,
    )


@transaction.atomic
def _open_session(attempt: Attempt, request_id: str, user: User, user_agent: str) -> tuple[Session, str]:
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    now = clock.now()
    # Again and under a lock: the account may have been changed while the password was hashed.
    unchanged = User.objects.select_for_update().filter(id=user.id, is_active=True, password=user.password).first()
    if unchanged is None:
        raise NotSignedIn(WRONG)
    session = Session.objects.create(
        user=user,
        token_sha256=crypto.fingerprint(token.encode()),
        address=attempt.address[:64],
        user_agent=user_agent[:300],
        expires_at=now + datetime.timedelta(seconds=settings.SESSION_LIFETIME_SECONDS),
    )
    User.objects.filter(id=user.id).update(last_login=now)
    user.last_login = now
    attempt.forget_name()
    actor = actor_of_user(user, address=attempt.address, request_id=request_id, credential=credential_of(session))
    audit.record(actor=actor, operation="Sign In", target_kind="user", target_id=str(user.id), target_name=user.username)
    return session, token


def sign_out(*, actor: Actor) -> None:
    """Ends the session the actor signed in by.

    Raises:
        Conflict: it was a client certificate, which has no session to end.
    """
    kind, _, session_id = actor.credential.partition(":")
    if kind != "session":
        raise Conflict("you are signed in by a client certificate, which has no session to end")
    with transaction.atomic():
        if Session.objects.filter(id=session_id).delete()[0]:
            audit.record(actor=actor, operation="Sign Out", target_kind="user", target_id=str(actor.id), target_name=actor.name)
            configuration.bump(Topic.CREDENTIALS)


def end_sessions(user: User, *, except_credential: str = "") -> None:
    """Ends the user's sessions, in the caller's transaction.

    Args:
        except_credential: of the caller, whose own session stays.
    """
    sessions = Session.objects.filter(user=user)
    if except_credential.startswith("session:"):
        sessions = sessions.exclude(id=except_credential.removeprefix("session:"))
    sessions.delete()
    configuration.bump(Topic.CREDENTIALS)


def actor_of_user(user: User, *, address: str, request_id: str, credential: str) -> Actor:
    """The actor of whoever signed in as this user, with the user's flags of now."""
    return Actor(
        account_kind(user.username),
        user.id,
        user.username,
        is_administrator=user.is_admin and user.is_active,
        address=address,
        request_id=request_id,
        credential=credential,
    )


def credential_of(session: Session) -> str:
    return f"session:{session.id}"


def purge() -> None:
    """Removes sessions that ran out and failures that no longer count."""
    now = clock.now()
    Session.objects.filter(expires_at__lte=now).delete()
    SignInFailure.objects.filter(last_at__lt=now - rules.FORGET_AFTER).delete()
