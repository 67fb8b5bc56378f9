from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.access.models import Grant, Role, RoleVersion
from apps.access.rules import roles as rules
from apps.access.rules.operations import Operations, mask_of, names_of
from apps.access.rules.policy import Policy
from apps.access.selectors.grants import grants_visible_to
from apps.accounts.models import OrganizationMember, TeamMember, User
from apps.core import clock
from apps.core.actor import Actor
from apps.core.authorization import authorize, require_administrator
from apps.core.errors import NotFound


def roles(actor: Actor, policy: Policy, *, search: str = "") -> QuerySet[Role]:
    """All roles; they are no secret: everyone signed in may read what a role means.

    Each has `grants_count`, of the grants of it that the actor may see, and `version`, 0 for the built-in ones.

    Args:
        search: a part of the name or the description.
    """
    rows = Role.objects.annotate(
        grants_count=_count_of(grants_visible_to(actor, policy)),
        version=Coalesce(Subquery(_last_version().values("number")[:1]), 0),
    )
    return rows.filter(Q(name__icontains=search) | Q(description__icontains=search)) if search else rows


def _count_of(grants: QuerySet[Grant]) -> Coalesce:
    counted = grants.filter(role=OuterRef("pk")).order_by().values("role").annotate(n=Count("*")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _last_version() -> QuerySet[RoleVersion]:
    return RoleVersion.objects.filter(role=OuterRef("pk")).order_by("-number")


def role_named(actor: Actor, policy: Policy, name: str) -> Role:
    """Raises NotFound."""
    role = roles(actor, policy).filter(name=name).first()
    if role is None:
        raise NotFound(f"there is no role {name[:64]!r}")
    return role


def versions_of(actor: Actor, role: Role) -> QuerySet[RoleVersion]:
    """What the role was, newest first. It names who changed it.

    Raises:
        Refused: the actor is no administrator and does not hold Access View.
    """
    if not actor.is_administrator:
        authorize(actor, "Access View")
    return role.versions.order_by("-number")


def version_of(actor: Actor, role: Role, number: int) -> RoleVersion:
    """Raises Refused as `versions_of`, or NotFound."""
    found = versions_of(actor, role).filter(number=number).first()
    if found is None:
        raise NotFound(f"the role {role.name} has no version {number}")
    return found


@dataclass(frozen=True, slots=True)
class RolePreview:
    """Whom a change of a role touches.

    Args:
        gained, lost: in words, what the role would give beside, and what it would give no more.
        grants: the grants of the role that are in force.
        people: the active users and service accounts whom they reach.
    """

    gained: tuple[str, ...]
    lost: tuple[str, ...]
    grants: QuerySet[Grant]
    people: QuerySet[User]


def preview_role_change(actor: Actor, role: Role, operations: Operations) -> RolePreview:
    """What would change if the custom role held these operations.

    Raises:
        Refused: the actor is not an administrator.
        InvalidInput: the catalogue does not know an operation or option.
        Conflict: the role is built in.
    """
    require_administrator(actor, "change roles", operation="Role Update")
    rules.require_custom(role.name, is_builtin=role.is_builtin)
    before, after = mask_of(role.operations), mask_of(rules.role_operations(operations))
    in_force = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now())
    grants = Grant.objects.spelled_out().filter(in_force, role=role).order_by("-created_at", "id")
    return RolePreview(names_of(after & ~before), names_of(before & ~after), grants, people_reached(grants))


def people_reached(grants: QuerySet[Grant]) -> QuerySet[User]:
    """The active users and service accounts that these grants are to, themselves or through a team or organisation."""
    of_users = grants.filter(user__isnull=False).order_by().values("user_id")
    of_teams = grants.filter(team__isnull=False).order_by().values("team_id")
    of_organizations = grants.filter(organization__isnull=False).order_by().values("organization_id")
    in_teams = TeamMember.objects.filter(team_id__in=of_teams).values("user_id")
    in_organizations = OrganizationMember.objects.filter(organization_id__in=of_organizations).values("user_id")
    reached = Q(id__in=of_users) | Q(id__in=in_teams) | Q(id__in=in_organizations)
    if grants.filter(organization__is_builtin=True).exists():
        reached |= Q(organization__isnull=True)
    return User.objects.filter(reached, is_active=True).order_by("username")
