"""Who may give a role to whom: administrators to everybody, and the administrators of an organisation to its teams and
service accounts, what they hold themselves.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass

from django.db.models import Q

from apps.access.models import Grant
from apps.access.rules.delegation import Holding, missing_to_grant
from apps.access.rules.operations import Operations, mask_of, names_of
from apps.accounts.models import Organization, OrganizationMember, TeamMember
from apps.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Delegation:
    """What an actor may grant, read once for a whole list.

    Args:
        organizations: id → name of those the actor administers.
        holdings: the actor's own grants, those of teams and organisations included.
    """

    is_administrator: bool
    organizations: dict[uuid.UUID, str]
    holdings: tuple[Holding, ...]

    def reaches(self, organization_id: uuid.UUID | None) -> bool:
        """Whether the actor may grant to the teams and service accounts of the organisation; None: to anybody else."""
        return self.is_administrator or organization_id in self.organizations

    def missing(self, operations: Operations, path: str, until: datetime.datetime | None) -> tuple[str, ...]:
        """What the actor lacks to grant a role with these operations on the collection until then; empty: nothing."""
        return () if self.is_administrator else names_of(missing_to_grant(self.holdings, operations, path, until))

    def allows(self, grant: Grant) -> bool:
        """Whether the actor could make this grant, and so may change it and take it away."""
        return self.reaches(owner_of(grant)) and not self.missing(grant.role.operations, grant.path, grant.expires_at)


def delegation_of(actor: Actor) -> Delegation:
    """In two queries, none for an administrator."""
    if actor.is_administrator:
        return Delegation(True, {}, ())
    own_id = actor.id or uuid.UUID(int=0)
    administered = Organization.objects.filter(memberships__user_id=own_id, memberships__is_admin=True)
    organizations = dict(administered.values_list("id", "name"))
    if not organizations:
        return Delegation(False, {}, ())
    teams = TeamMember.objects.filter(user_id=own_id).values("team_id")
    of_user = OrganizationMember.objects.filter(user_id=own_id).values("organization_id")
    own = Q(user_id=own_id) | Q(team_id__in=teams) | Q(organization_id__in=of_user) | Q(organization__is_builtin=True)
    rows = Grant.objects.filter(own).spelled_out()
    holdings = tuple(Holding(grant.path, mask_of(grant.role.operations), grant.expires_at) for grant in rows)
    return Delegation(False, organizations, holdings)


def owner_of(grant: Grant) -> uuid.UUID | None:
    """The organisation whose team or service account the grant is to; None for a person or a whole organisation."""
    if grant.team is not None:
        return grant.team.organization_id
    return grant.user.organization_id if grant.user is not None else None
