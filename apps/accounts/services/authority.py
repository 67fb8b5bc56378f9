"""Who may change an organisation and its teams: administrators, and the organisation's own administrators."""

from __future__ import annotations

from apps.accounts import selectors
from apps.accounts.models import Organization, Team
from apps.core.actor import Actor
from apps.core.decision import Decision
from apps.core.errors import Conflict, Refused


def require_organization_administrator(actor: Actor, organization: Organization, *, operation: str) -> None:
    """Raises Refused, or Conflict for the built-in organisation, whose members and teams nobody manages."""
    if not selectors.manages_organization(actor, organization):
        raise _refused(actor, operation, f"administrators of {organization.name}")
    require_not_builtin(organization)


def require_not_builtin(organization: Organization) -> None:
    if organization.is_builtin:
        raise Conflict(f"{organization.name} is built in: every active user belongs to it, and it has no teams")


def require_team_administrator(actor: Actor, team: Team, *, operation: str) -> None:
    if not selectors.manages_organization(actor, team.organization) and not selectors.manages_team(actor, team):
        raise _refused(actor, operation, f"administrators of {team} or {team.organization.name}")


def _refused(actor: Actor, operation: str, who: str) -> Refused:
    decision = Decision(False, operation, "/", (operation,), subject=actor.name)
    return Refused(f"{actor.name} may not do this: only {who} may", decision=decision)
