"""Reading accounts. Whoever is signed in sees the own account and organisations; administrators and auditors see all."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any, TypeVar

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from apps.accounts.models import Organization, OrganizationMember, Session, Team, TeamMember, User
from apps.accounts.types import EVERYONE, Subjects, SubjectUser
from apps.core import authorization, clock, crypto
from apps.core.actor import Actor
from apps.core.errors import NotFound

Row = TypeVar("Row", bound=Model)
NOT_FOUND = "there is nothing of that name here, or you may not see it"


def _id_of(actor: Actor) -> uuid.UUID:
    """The actor's id for a filter; an id of nobody where the actor is no account."""
    return actor.id or uuid.UUID(int=0)


def session_by_token(token: str) -> Session | None:
    """The session of a token, with its user; None where it is unknown, ended, or of an inactive user."""
    return (
        Session.objects.select_related("user")
        .filter(token_sha256=crypto.fingerprint(token.encode()), expires_at__gt=clock.now(), user__is_active=True)
        .first()
    )


def active_user(user_id: uuid.UUID) -> User | None:
    return User.objects.filter(id=user_id, is_active=True).first()


def user_named(username: str) -> User:
    """For those who have every right: management commands, and organisation administrators who add a member.

    Raises:
        NotFound: no user has that name.
    """
    user = User.objects.filter(username=username.lower()).first()
    if user is None:
        raise NotFound(f"there is no user {username.lower()}")
    return user


def may_list_accounts(actor: Actor) -> bool:
    return actor.is_administrator or authorization.decide(actor, "Account View").allowed


def users_visible_to(
    actor: Actor, *, search: str = "", is_active: bool | None = None, is_admin: bool | None = None
) -> QuerySet[User]:
    """The users, of which the filters given are true."""
    users = User.objects.all() if may_list_accounts(actor) else User.objects.filter(id=_id_of(actor))
    if search:
        users = users.filter(Q(username__icontains=search) | Q(full_name__icontains=search) | Q(email__icontains=search))
    if is_active is not None:
        users = users.filter(is_active=is_active)
    if is_admin is not None:
        users = users.filter(is_admin=is_admin)
    return users


def user_visible_to(actor: Actor, username: str) -> User:
    """Raises NotFound where there is none of that name, or the actor may not see it."""
    return _one(users_visible_to(actor), username=username.lower())


def organizations_visible_to(actor: Actor, *, search: str = "") -> QuerySet[Organization]:
    """The organisations, each with `members_count`, `teams_count` and `is_managed` (by the actor).

    Only who may list accounts learns how many belong to `everyone`; others count themselves.
    """
    organizations = Organization.objects.all()
    if not may_list_accounts(actor):
        own = OrganizationMember.objects.filter(organization=OuterRef("pk"), user_id=_id_of(actor))
        organizations = organizations.filter(Q(is_builtin=True) | Exists(own))
    if search:
        organizations = organizations.filter(Q(name__icontains=search) | Q(full_name__icontains=search))
    active = users_visible_to(actor, is_active=True).order_by().annotate(of_all=Value(1)).values("of_all")
    everyone = Subquery(active.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    administered = OrganizationMember.objects.filter(organization=OuterRef("pk"), user_id=_id_of(actor), is_admin=True)
    return organizations.annotate(
        members_count=Case(When(is_builtin=True, then=Coalesce(everyone, 0)), default=_count_of(OrganizationMember)),
        teams_count=_count_of(Team),
        is_managed=Value(True, BooleanField()) if actor.is_administrator else Exists(administered),
    )


def _count_of(model: type[Model]) -> Coalesce:
    rows: QuerySet[Any] = model._default_manager.filter(organization=OuterRef("pk")).order_by()
    return Coalesce(Subquery(rows.values("organization").annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


def organization_visible_to(actor: Actor, name: str) -> Organization:
    """Raises NotFound where there is none of that name, or the actor may not see it."""
    return _one(organizations_visible_to(actor), name=name.lower())


def manages_organization(actor: Actor, organization: Organization) -> bool:
    if actor.is_administrator:
        return True
    return OrganizationMember.objects.filter(organization=organization, user_id=_id_of(actor), is_admin=True).exists()


def manages_team(actor: Actor, team: Team) -> bool:
    """Whether the actor is an administrator of this team (those of its organisation are asked for elsewhere)."""
    return TeamMember.objects.filter(team=team, user_id=_id_of(actor), is_admin=True).exists()


def members_of_organization(actor: Actor, organization: Organization, *, search: str = "") -> QuerySet[User]:
    """The members, each with `is_admin_here`. Of `everyone` a person sees only whom they may see anyway."""
    if organization.is_builtin:
        return users_visible_to(actor, search=search, is_active=True).annotate(is_admin_here=Value(False, BooleanField()))
    members = User.objects.filter(organization_memberships__organization=organization)
    return _searched(members, search).annotate(is_admin_here=F("organization_memberships__is_admin"))


def _searched(members: QuerySet[User], search: str) -> QuerySet[User]:
    if not search:
        return members
    return members.filter(Q(username__icontains=search) | Q(full_name__icontains=search))


def candidate(actor: Actor, organization: Organization, username: str) -> User:
    """The user of whom the actor may say that they are, or are not, a member.

    Who administers the organisation names anybody; others know its members only, so that what they try tells them
    nothing of other accounts.

    Raises:
        NotFound: there is no such user, for this actor.
    """
    if manages_organization(actor, organization):
        return user_named(username)
    return _one(members_of_organization(actor, organization), username=username.lower())


def teams_of(actor: Actor, organization: Organization, *, search: str = "") -> QuerySet[Team]:
    """The teams of an organisation that the caller has found visible, each with `members_count` and `is_managed`."""
    administered = TeamMember.objects.filter(team=OuterRef("pk"), user_id=_id_of(actor), is_admin=True)
    teams = Team.objects.filter(organization=organization).select_related("organization")
    if search:
        teams = teams.filter(Q(name__icontains=search) | Q(description__icontains=search))
    return teams.annotate(members_count=Count("memberships"), is_managed=Exists(administered))


def team_named(actor: Actor, organization: Organization, name: str) -> Team:
    """Raises NotFound."""
    return _one(teams_of(actor, organization), name=name.lower())


def members_of_team(team: Team, *, search: str = "") -> QuerySet[User]:
    """The members, each with `is_admin_here`."""
    members = User.objects.filter(team_memberships__team=team)
    return _searched(members, search).annotate(is_admin_here=F("team_memberships__is_admin"))


def organizations_of(user: User) -> list[dict[str, Any]]:
    """`{"name", "is_admin"}` of each organisation the user belongs to, `everyone` first."""
    rows = user.organization_memberships.select_related("organization").order_by("organization__name")
    return [
        {"name": EVERYONE, "is_admin": False},
        *({"name": row.organization.name, "is_admin": row.is_admin} for row in rows),
    ]


def teams_of_user(user: User) -> list[dict[str, Any]]:
    """`{"organization", "name", "is_admin"}` of each team the user is in."""
    rows = user.team_memberships.select_related("team__organization").order_by("team__organization__name", "team__name")
    return [{"organization": row.team.organization.name, "name": row.team.name, "is_admin": row.is_admin} for row in rows]


def subjects() -> Subjects:
    """Every user, organisation and team with the memberships, in five queries whatever their number."""
    organizations = {
        id_: (name, is_builtin) for id_, name, is_builtin in Organization.objects.values_list("id", "name", "is_builtin")
    }
    everyone = frozenset(id_ for id_, (_, is_builtin) in organizations.items() if is_builtin)
    organization_ids: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for user_id, organization_id in OrganizationMember.objects.values_list("user_id", "organization_id"):
        organization_ids[user_id].add(organization_id)
    team_ids: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for user_id, team_id in TeamMember.objects.values_list("user_id", "team_id"):
        team_ids[user_id].add(team_id)
    users = tuple(
        SubjectUser(
            id=id_,
            username=username,
            is_active=is_active,
            is_admin=is_admin,
            organization_ids=frozenset(organization_ids[id_]) | (everyone if is_active else frozenset()),
            team_ids=frozenset(team_ids[id_]),
        )
        for id_, username, is_active, is_admin in User.objects.values_list("id", "username", "is_active", "is_admin")
    )
    teams = {
        id_: f"{organization}/{name}"
        for id_, organization, name in Team.objects.values_list("id", "organization__name", "name")
    }
    return Subjects(users, {id_: name for id_, (name, _) in organizations.items()}, teams)


def _one(rows: QuerySet[Row], **lookup: str) -> Row:
    row = rows.filter(**lookup).first()
    if row is None:
        raise NotFound(NOT_FOUND)
    return row
