from __future__ import annotations

from typing import Any

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

from apps.accounts.models import Organization, OrganizationMember, Team, TeamMember, User
from apps.accounts.selectors.lookup import id_of, one
from apps.accounts.selectors.users import may_list_accounts, user_named, users_visible_to
from apps.accounts.types import EVERYONE
from apps.core.actor import Actor


def organizations_visible_to(actor: Actor, *, search: str = "") -> QuerySet[Organization]:
    """The organisations, each with `members_count`, `teams_count` and `is_managed` (by the actor).

    Only who may list accounts learns how many belong to `everyone`; others count themselves.
    """
    organizations = Organization.objects.all()
    if not may_list_accounts(actor):
        own = OrganizationMember.objects.filter(organization=OuterRef("pk"), user_id=id_of(actor))
        organizations = organizations.filter(Q(is_builtin=True) | Exists(own))
    if search:
        organizations = organizations.filter(Q(name__icontains=search) | Q(full_name__icontains=search))
    active = users_visible_to(actor, is_active=True).order_by().annotate(of_all=Value(1)).values("of_all")
    everyone = Subquery(active.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    administered = OrganizationMember.objects.filter(organization=OuterRef("pk"), user_id=id_of(actor), is_admin=True)
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
    return one(organizations_visible_to(actor), name=name.lower())


def manages_organization(actor: Actor, organization: Organization) -> bool:
    if actor.is_administrator:
        return True
    return OrganizationMember.objects.filter(organization=organization, user_id=id_of(actor), is_admin=True).exists()


def manages_team(actor: Actor, team: Team) -> bool:
    """Whether the actor is an administrator of this team (those of its organisation are asked for elsewhere)."""
    return TeamMember.objects.filter(team=team, user_id=id_of(actor), is_admin=True).exists()


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
    return one(members_of_organization(actor, organization), username=username.lower())


def teams_of(actor: Actor, organization: Organization, *, search: str = "") -> QuerySet[Team]:
    """The teams of an organisation that the caller has found visible, each with `members_count` and `is_managed`."""
    administered = TeamMember.objects.filter(team=OuterRef("pk"), user_id=id_of(actor), is_admin=True)
    teams = Team.objects.filter(organization=organization).select_related("organization")
    if search:
        teams = teams.filter(Q(name__icontains=search) | Q(description__icontains=search))
    return teams.annotate(members_count=Count("memberships"), is_managed=Exists(administered))


def team_named(actor: Actor, organization: Organization, name: str) -> Team:
    """Raises NotFound."""
    return one(teams_of(actor, organization), name=name.lower())


def members_of_team(team: Team, *, search: str = "") -> QuerySet[User]:
    """The members, each with `is_admin_here`."""
    members = User.objects.filter(team_memberships__team=team)
    return _searched(members, search).annotate(is_admin_here=F("team_memberships__is_admin"))


def organizations_of(user: User) -> list[dict[str, Any]]:
    """`{"name", "is_admin"}` of each organisation the user belongs to, `everyone` first. A service account is in none."""
    if user.is_service_account:
        return []
    rows = user.organization_memberships.select_related("organization").order_by("organization__name")
    return [
        {"name": EVERYONE, "is_admin": False},
        *({"name": row.organization.name, "is_admin": row.is_admin} for row in rows),
    ]


def teams_of_user(user: User) -> list[dict[str, Any]]:
    """`{"organization", "name", "is_admin"}` of each team the user is in."""
    rows = user.team_memberships.select_related("team__organization").order_by("team__organization__name", "team__name")
    return [{"organization": row.team.organization.name, "name": row.team.name, "is_admin": row.is_admin} for row in rows]
