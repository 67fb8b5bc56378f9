from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from apps.accounts.models import OrganizationMember, TeamMember, User
from apps.accounts.rules.transfer import Membership
from apps.accounts.selectors.users import users_visible_to
from apps.core import authorization
from apps.core.actor import Actor

CHUNK = 1000  # users in memory at a time


def exported_users(actor: Actor) -> Iterator[dict[str, Any]]:
    """Every person with the columns of `rules.transfer.COLUMNS`, by name, memberships as `Membership`s.

    Raises:
        Refused: the actor may not list accounts; at once, not when the first is taken.
    """
    authorization.authorize(actor, "Account View")
    organizations = OrganizationMember.objects.select_related("organization").order_by("organization__name")
    teams = TeamMember.objects.select_related("team__organization").order_by("team__organization__name", "team__name")
    users = users_visible_to(actor).prefetch_related(
        Prefetch("organization_memberships", organizations), Prefetch("team_memberships", teams)
    )
    return (_columns(user) for user in users.order_by("username").iterator(CHUNK))


def _columns(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "full_name": user.full_name,
        "email": user.email,
        "is_active": user.is_active,
        "is_admin": user.is_admin,
        "organizations": [Membership(row.organization.name, row.is_admin) for row in user.organization_memberships.all()],
        "teams": [Membership(str(row.team), row.is_admin) for row in user.team_memberships.all()],
    }
