"""What would be lost with an account, and who inherits it: asked before it is deleted or deactivated."""

from __future__ import annotations

from collections.abc import Iterator

from apps.accounts.models import Organization, Team, User
from apps.accounts.selectors.authority import require_organization_administrator, require_service_account_manager
from apps.accounts.types import DeparturePreview
from apps.core import authorization, lifecycle
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.lifecycle import Departure, Effect, Heir, Leaver

ENDS = "they end at once"
STAY = "they stay, and count again when the account is active again"


def heir_named(actor: Actor, name: str, *, instead_of: User | None = None) -> User:
    """The person who takes over what a user, or the service accounts of an organisation, own.

    Raises:
        Refused: the actor is no administrator, and must not learn which names there are.
        InvalidInput: there is no such active user, or it is the one who goes.
    """
    authorization.require_administrator(actor, "say who inherits")
    heir = User.objects.people().filter(username=name.lower(), is_active=True).first()
    if heir is None or heir == instead_of:
        raise InvalidInput.field("inherit_to", "must be the name of another active user")
    return heir


def heir_of_service_account(actor: Actor, account: User, name: str) -> User:
    """The member or the other service account of the organisation that takes over what a service account owns.

    Administrators name any active user beside these.

    Raises:
        InvalidInput: there is no such account for this actor, or it is the one that goes.
    """
    active = User.objects.filter(username=name.lower(), is_active=True).exclude(id=account.id)
    colleagues = active.filter(organization=account.organization) | active.filter(
        organization_memberships__organization=account.organization
    )
    heir = (active if actor.is_administrator else colleagues.distinct()).first()
    if heir is None:
        raise InvalidInput.field("inherit_to", "must be an active member, or another service account, of the organisation")
    return heir


def preview_user_departure(actor: Actor, user: User, *, heir: User | None = None, is_final: bool = True) -> DeparturePreview:
    """Of a person. Args: is_final: deleted, and not only deactivated. Raises Refused: the actor is no administrator."""
    operation = "User Delete" if is_final else "User Update"
    authorization.require_administrator(actor, f"see what would become of {user.username}", operation=operation)
    active = set(User.objects.filter(is_admin=True, is_active=True).values_list("id", flat=True))
    refusal = f"{user.username} is the last active administrator" if active == {user.id} else ""
    return _preview(Departure(Leaver.USER, user.id, user.username, _named(heir), is_final), refusal)


def preview_service_account_departure(actor: Actor, account: User, *, heir: User | None = None) -> DeparturePreview:
    """Raises Refused: the actor does not manage the account."""
    require_service_account_manager(actor, account, operation="Service Account Delete")
    return _preview(Departure(Leaver.SERVICE_ACCOUNT, account.id, account.username, _named(heir)))


def preview_organization_departure(actor: Actor, organization: Organization, *, heir: User | None = None) -> DeparturePreview:
    """Raises Refused: the actor is no administrator."""
    what = f"see what would become of {organization.name}"
    authorization.require_administrator(actor, what, operation="Organization Delete")
    refusal = f"{organization.name} is built in" if organization.is_builtin else ""
    return _preview(Departure(Leaver.ORGANIZATION, organization.id, organization.name, _named(heir)), refusal)


def preview_team_departure(actor: Actor, team: Team) -> DeparturePreview:
    """Raises Refused: the actor does not manage the team's organisation."""
    require_organization_administrator(actor, team.organization, operation="Team Delete")
    return _preview(Departure(Leaver.TEAM, team.id, str(team)))


def _named(heir: User | None) -> Heir | None:
    return Heir(heir.id, heir.username) if heir else None


def _preview(departure: Departure, refusal: str = "") -> DeparturePreview:
    own = [effect for effect in _OWN[departure.leaver](departure) if effect.count]
    return DeparturePreview(departure.name, departure.heir, refusal, own + lifecycle.effects_of(departure))


def _of_user(departure: Departure) -> Iterator[Effect]:
    user = User.objects.get(id=departure.subject_id)
    belongs = ENDS if departure.is_final else STAY
    organizations = user.organization_memberships.order_by("organization__name")
    teams = user.team_memberships.order_by("team__organization__name", "team__name")
    yield Effect.on("organization memberships", organizations.values_list("organization__name", flat=True), belongs)
    yield Effect.on("team memberships", (str(row.team) for row in teams.select_related("team__organization")), belongs)
    yield Effect.on("sessions", (session.address for session in user.sessions.all()), ENDS)


def _of_service_account(departure: Departure) -> Iterator[Effect]:
    """It has neither memberships nor sessions."""
    yield from ()


def _of_organization(departure: Departure) -> Iterator[Effect]:
    organization = Organization.objects.get(id=departure.subject_id)
    members = organization.memberships.order_by("user__username").values_list("user__username", flat=True)
    accounts = organization.service_accounts.order_by("username").values_list("username", flat=True)
    teams = (str(team) for team in organization.teams.select_related("organization"))
    yield Effect.on("memberships", members, "they end at once; the accounts stay")
    yield Effect.on("teams", teams, "they are deleted, with their grants")
    yield Effect.on("service accounts", accounts, "they are deleted, with their grants and client bundles")


def _of_team(departure: Departure) -> Iterator[Effect]:
    team = Team.objects.get(id=departure.subject_id)
    members = team.memberships.order_by("user__username").values_list("user__username", flat=True)
    yield Effect.on("memberships", members, "they end at once; the members stay in the organisation")


_OWN = {
    Leaver.USER: _of_user,
    Leaver.SERVICE_ACCOUNT: _of_service_account,
    Leaver.ORGANIZATION: _of_organization,
    Leaver.TEAM: _of_team,
}
