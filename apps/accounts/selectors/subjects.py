from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Set as AbstractSet
from typing import TypeVar

from django.db.models import Model, QuerySet

from apps.accounts.models import Organization, OrganizationMember, Team, TeamMember, User
from apps.accounts.types import Subjects, SubjectUser
from apps.core.actor import ActorKind, account_kind

Rows = TypeVar("Rows", bound=Model)


def subjects(only: AbstractSet[uuid.UUID] | None = None) -> Subjects:
    """Users, organisations and teams with the memberships, in six queries whatever their number.

    Service accounts are among the users, in no organisation and no team.

    Args:
        only: ids of users, organisations and teams; None for all there are.
    """
    organizations = Organization.objects.all()
    everyone = frozenset(organizations.filter(is_builtin=True).values_list("id", flat=True))
    organization_ids = _memberships(OrganizationMember.objects.all(), "organization_id", only)
    team_ids = _memberships(TeamMember.objects.all(), "team_id", only)
    flags = _rows(User.objects.all(), "id", only).values_list("id", "username", "is_active", "is_admin")
    users = tuple(
        SubjectUser(
            id=id_,
            username=username,
            is_active=is_active,
            is_admin=is_admin,
            organization_ids=frozenset(organization_ids[id_])
            | (everyone if is_active and account_kind(username) is ActorKind.USER else frozenset()),
            team_ids=frozenset(team_ids[id_]),
        )
        for id_, username, is_active, is_admin in flags
    )
    teams = {
        id_: f"{organization}/{name}"
        for id_, organization, name in _rows(Team.objects.all(), "id", only).values_list("id", "organization__name", "name")
    }
    return Subjects(users, dict(_rows(organizations, "id", only).values_list("id", "name")), teams)


def _rows(rows: QuerySet[Rows], column: str, only: AbstractSet[uuid.UUID] | None) -> QuerySet[Rows]:
    return rows if only is None else rows.filter(**{f"{column}__in": only})


def _memberships(members: QuerySet[Rows], group: str, only: AbstractSet[uuid.UUID] | None) -> dict[uuid.UUID, set[uuid.UUID]]:
    """User → the ids of the groups."""
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for user_id, group_id in _rows(members, "user_id", only).values_list("user_id", group):
        found[user_id].add(group_id)
    return found
