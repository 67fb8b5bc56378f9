from __future__ import annotations

import uuid
from collections import defaultdict

from apps.accounts.models import Organization, OrganizationMember, Team, TeamMember, User
from apps.accounts.types import Subjects, SubjectUser
from apps.core.actor import ActorKind, account_kind


def subjects() -> Subjects:
    """Every user, organisation and team with the memberships, in five queries whatever their number.

    Service accounts are among the users, in no organisation and no team.
    """
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
            organization_ids=frozenset(organization_ids[id_])
            | (everyone if is_active and account_kind(username) is ActorKind.USER else frozenset()),
            team_ids=frozenset(team_ids[id_]),
        )
        for id_, username, is_active, is_admin in User.objects.values_list("id", "username", "is_active", "is_admin")
    )
    teams = {
        id_: f"{organization}/{name}"
        for id_, organization, name in Team.objects.values_list("id", "organization__name", "name")
    }
    return Subjects(users, {id_: name for id_, (name, _) in organizations.items()}, teams)
