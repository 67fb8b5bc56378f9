"""Teams and their members. Who is in a team is in its organisation."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.accounts import selectors
from apps.accounts.models import Organization, OrganizationMember, Team, TeamMember, User
from apps.accounts.selectors.authority import require_organization_administrator, require_team_administrator
from apps.accounts.services.organizations import add_member
from apps.accounts.services.validation import check_fields
from apps.audit import services as audit
from apps.configuration import services as configuration
from apps.configuration.types import PolicyPart, Topic
from apps.core import lifecycle, names, versions
from apps.core.actor import Actor
from apps.core.errors import Conflict, NotFound


def create_team(*, actor: Actor, organization: Organization, name: str, description: str = "") -> Team:
    """Raises Refused, InvalidInput, or Conflict where the organisation has a team of the name or is built in."""
    require_organization_administrator(actor, organization, operation="Team Create")
    team = Team(organization=organization, name=names.account_name(name), description=description)
    check_fields(team, "description")
    with transaction.atomic():
        if Team.objects.filter(organization=organization, name=team.name).exists():
            raise Conflict(f"{organization.name} has a team {team.name} already", field="name")
        team.save(force_insert=True)
        _record(actor, "Team Create", team)
        configuration.bump(Topic.POLICY, PolicyPart.GRANTS.of(team.id))
    return team


def update_team(
    *,
    actor: Actor,
    team: Team,
    name: str | None = None,
    description: str | None = None,
    expected: versions.Expected = versions.ANY_VERSION,
) -> Team:
    """Changes what is given and leaves what is None; members and grants stay under another name.

    Raises:
        Refused: the actor does not manage the organisation.
        InvalidInput: names each field.
        Conflict: the organisation has a team of that name.
        PreconditionFailed: the team has another version than expected.
    """
    require_organization_administrator(actor, team.organization, operation="Team Update")
    changes = {"description": description, "name": None if name is None else names.account_name(name)}
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(id=team.organization_id)
        team = Team.objects.select_for_update().select_related("organization").get(id=team.id)
        expected.check(team)
        detail = {
            field: [getattr(team, field), value]
            for field, value in changes.items()
            if value is not None and value != getattr(team, field)
        }
        if "name" in detail and organization.teams.filter(name=changes["name"]).exists():
            raise Conflict(f"{organization.name} has a team {changes['name']} already", field="name")
        for field in detail:
            setattr(team, field, changes[field])
        if detail:
            check_fields(team, "description")
            team.save(update_fields=[*detail, "updated_at"])
            _record(actor, "Team Update", team, detail)
            configuration.bump(Topic.POLICY, PolicyPart.GRANTS.of(team.id))
    return team


def delete_team(*, actor: Actor, team: Team) -> None:
    """Removes a team with its memberships; grants follow.

    Raises:
        Refused: the actor does not administer the organisation.
        NotFound: it was removed meanwhile.
    """
    require_organization_administrator(actor, team.organization, operation="Team Delete")
    with transaction.atomic():
        # Before the revision, as whoever grants to the team does: two who lock each other's first would wait for ever.
        if not Team.objects.select_for_update().filter(id=team.id).exists():
            raise NotFound(f"the team {team} is gone")
        _record(actor, "Team Delete", team)
        lifecycle.emit(lifecycle.Change(lifecycle.Event.TEAM_DELETED, actor, team.id, str(team)))
        members = TeamMember.objects.filter(team=team).values_list("user_id", flat=True)
        configuration.bump(Topic.POLICY, PolicyPart.GRANTS.of(team.id), *map(PolicyPart.USER.of, members))
        team.delete()


def set_team_member(*, actor: Actor, team: Team, user: User, is_admin: bool = False) -> TeamMember:
    """Puts the user in the team, or changes whether the member administers it. Idempotent.

    An administrator of the organisation thereby also makes the user its member. One of the team alone takes from
    the organisation's members.

    Raises:
        Refused: the actor administers neither.
        NotFound: the actor administers the team alone, and the user is no member of the organisation.
    """
    require_team_administrator(actor, team, operation="Team Member Set")
    with transaction.atomic():
        if not OrganizationMember.objects.filter(organization=team.organization, user=user).exists():
            if not selectors.manages_organization(actor, team.organization):
                raise NotFound(f"{user.username} is no member of {team.organization.name}")
            add_member(actor, team.organization, user, is_admin=False)
        return add_team_member(actor, team, user, is_admin=is_admin)


def add_team_member(actor: Actor, team: Team, user: User, *, is_admin: bool) -> TeamMember:
    """Puts a member of the organisation in the team, in the transaction of a caller who has authorised the actor."""
    member, is_new = TeamMember.objects.select_for_update().get_or_create(team=team, user=user, defaults={"is_admin": is_admin})
    if is_new or member.is_admin != is_admin:
        member.is_admin = is_admin
        member.save(update_fields=["is_admin"])
        _record(actor, "Team Member Set", team, {"user": user.username, "is_admin": is_admin})
        _emit_membership(actor, user)
    return member


def remove_team_member(*, actor: Actor, team: Team, user: User) -> None:
    """Takes the user out of the team; the organisation's membership stays. Raises NotFound where the user is not in it."""
    require_team_administrator(actor, team, operation="Team Member Remove")
    with transaction.atomic():
        end_team_membership(actor, team, user)


def end_team_membership(actor: Actor, team: Team, user: User) -> None:
    """`remove_team_member` in the transaction of a caller who has authorised the actor."""
    if not TeamMember.objects.filter(team=team, user=user).delete()[0]:
        raise NotFound(f"{user.username} is not in the team {team}")
    _record(actor, "Team Member Remove", team, {"user": user.username})
    _emit_membership(actor, user)


def _record(actor: Actor, operation: str, team: Team, detail: dict[str, Any] | None = None) -> None:
    audit.record(
        actor=actor, operation=operation, target_kind="team", target_id=str(team.id), target_name=str(team), detail=detail
    )


def _emit_membership(actor: Actor, user: User) -> None:
    lifecycle.emit(lifecycle.Change(lifecycle.Event.MEMBERSHIP_CHANGED, actor, user.id, user.username))
    configuration.bump(Topic.POLICY, PolicyPart.USER.of(user.id))
