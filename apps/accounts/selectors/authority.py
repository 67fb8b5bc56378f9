"""Who may change an organisation's teams, members and service accounts: administrators, and its own administrators."""

from __future__ import annotations

from apps.accounts.models import Organization, Team, User
from apps.accounts.selectors.organizations import manages_organization, manages_team
from apps.accounts.selectors.service_accounts import manages_service_account
from apps.core.actor import Actor
from apps.core.decision import Decision
from apps.core.errors import Conflict, Refused


def require_organization_administrator(actor: Actor, organization: Organization, *, operation: str) -> None:
    """Raises Refused, or Conflict for the built-in organisation, whose members and teams nobody manages."""
    if not manages_organization(actor, organization):
        raise _refused(actor, operation, f"administrators of {organization.name}")
    require_not_builtin(organization)


def require_not_builtin(organization: Organization) -> None:
    if organization.is_builtin:
        raise Conflict(f"{organization.name} is built in: every active user belongs to it, and it has no teams")


def require_team_administrator(actor: Actor, team: Team, *, operation: str) -> None:
    if not manages_organization(actor, team.organization) and not manages_team(actor, team):
        raise _refused(actor, operation, f"administrators of {team} or {team.organization.name}")


def require_service_account_manager(actor: Actor, account: User, *, operation: str) -> None:
    """Raises Refused where the actor does not manage the service account; none manages itself."""
    if not manages_service_account(actor, account):
        raise _refused(actor, operation, f"administrators of {account.username.rpartition('/')[0]}")


def _refused(actor: Actor, operation: str, who: str) -> Refused:
    decision = Decision(False, operation, "/", (operation,), subject=actor.name)
    return Refused(f"{actor.name} may not do this: only {who} may", decision=decision)
