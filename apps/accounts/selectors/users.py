from __future__ import annotations

import uuid
from collections import defaultdict

from django.db.models import Q, QuerySet

from apps.accounts.models import Session, User
from apps.accounts.selectors.lookup import NOT_FOUND, id_of, one
from apps.accounts.types import Membership, TeamMembership
from apps.core import authorization, clock, crypto
from apps.core.actor import Actor
from apps.core.errors import NotFound


def session_by_token(token: str) -> Session | None:
    """The session of a token, with its user; None where it is unknown, ended, or of an inactive user."""
    return (
        Session.objects.select_related("user")
        .filter(token_sha256=crypto.fingerprint(token.encode()), expires_at__gt=clock.now(), user__is_active=True)
        .first()
    )


def active_user(user_id: uuid.UUID) -> User | None:
    """The active account of an id, a service account included."""
    return User.objects.filter(id=user_id, is_active=True).first()


def account_of(actor: Actor) -> User:
    """The caller's own account, a service account included. Raises NotFound where it is gone."""
    account = User.objects.filter(id=id_of(actor)).first()
    if account is None:
        raise NotFound(NOT_FOUND)
    return account


def user_named(username: str) -> User:
    """For those who have every right: management commands, and organisation administrators who add a member.

    Raises:
        NotFound: no user has that name.
    """
    user = User.objects.people().filter(username=username.lower()).first()
    if user is None:
        raise NotFound(f"there is no user {username.lower()}")
    return user


def may_list_accounts(actor: Actor) -> bool:
    return actor.is_administrator or authorization.decide(actor, "Account View").allowed


def users_visible_to(
    actor: Actor, *, search: str = "", is_active: bool | None = None, is_admin: bool | None = None
) -> QuerySet[User]:
    """The people, of whom the filters given are true. Service accounts are listed with their organisation."""
    users = User.objects.people()
    if not may_list_accounts(actor):
        users = users.filter(id=id_of(actor))
    if search:
        users = users.filter(Q(username__icontains=search) | Q(full_name__icontains=search) | Q(email__icontains=search))
    if is_active is not None:
        users = users.filter(is_active=is_active)
    if is_admin is not None:
        users = users.filter(is_admin=is_admin)
    return users


def user_visible_to(actor: Actor, username: str) -> User:
    """Raises NotFound where there is none of that name, or the actor may not see it."""
    return one(users_visible_to(actor), username=username.lower())


def memberships_of(user: User) -> list[Membership]:
    """The organisations that a user was made a member of, by name, each with the user's teams in it. Two queries."""
    teams: dict[uuid.UUID, list[TeamMembership]] = defaultdict(list)
    in_teams = user.team_memberships.order_by("team__name").values_list("team__organization_id", "team__name", "is_admin")
    for organization_id, name, is_admin in in_teams:
        teams[organization_id].append(TeamMembership(name, is_admin))
    rows = user.organization_memberships.order_by("organization__name")
    return [
        Membership(name, is_admin, tuple(teams[organization_id]))
        for organization_id, name, is_admin in rows.values_list("organization_id", "organization__name", "is_admin")
    ]
