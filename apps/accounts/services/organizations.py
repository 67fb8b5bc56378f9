"""Organisations and their members."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.accounts.models import AccountName, Organization, OrganizationMember, TeamMember, User
from apps.accounts.services.authority import require_not_builtin, require_organization_administrator
from apps.accounts.services.validation import check_fields
from apps.audit import services as audit
from apps.configuration import services as configuration
from apps.configuration.types import Topic
from apps.core import lifecycle, names, versions
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import Conflict, NotFound


def create_organization(*, actor: Actor, name: str, full_name: str = "") -> Organization:
    """Raises Refused, InvalidInput, or Conflict where a user or an organisation has the name."""
    require_administrator(actor, "create organisations", operation="Organization Create")
    organization = Organization(name=names.account_name(name), full_name=full_name)
    check_fields(organization, "full_name")
    with transaction.atomic():
        if AccountName.objects.filter(name=organization.name).exists():
            raise Conflict(f"the name {organization.name} is taken: users and organisations share their names")
        organization.save(force_insert=True)
        AccountName.objects.create(name=organization.name, organization=organization)
        _record(actor, "Organization Create", organization)
        configuration.bump(Topic.POLICY)
    return organization


def update_organization(
    *,
    actor: Actor,
    organization: Organization,
    full_name: str | None = None,
    expected: versions.Expected = versions.ANY_VERSION,
) -> Organization:
    """Raises Refused, InvalidInput, or PreconditionFailed where it has another version than expected."""
    require_administrator(actor, f"change the organisation {organization.name}", operation="Organization Update")
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(id=organization.id)
        expected.check(organization)
        if full_name is None or full_name == organization.full_name:
            return organization
        detail = {"full_name": [organization.full_name, full_name]}
        organization.full_name = full_name
        check_fields(organization, "full_name")
        organization.save(update_fields=["full_name", "updated_at"])
        _record(actor, "Organization Update", organization, detail)
    return organization


def delete_organization(*, actor: Actor, organization: Organization) -> None:
    """Removes an organisation with its teams and memberships; grants follow.

    Raises:
        Refused: the actor is no administrator.
        Conflict: it is the built-in one.
    """
    require_administrator(actor, f"delete the organisation {organization.name}", operation="Organization Delete")
    require_not_builtin(organization)
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(id=organization.id)
        _record(actor, "Organization Delete", organization)
        for team in organization.teams.select_related("organization"):
            lifecycle.emit(lifecycle.Change(lifecycle.Event.TEAM_DELETED, actor, team.id, str(team)))
        change = lifecycle.Change(lifecycle.Event.ORGANIZATION_DELETED, actor, organization.id, organization.name)
        lifecycle.emit(change)
        configuration.bump(Topic.POLICY)
        organization.delete()


def set_member(*, actor: Actor, organization: Organization, user: User, is_admin: bool = False) -> OrganizationMember:
    """Makes the user a member, or changes whether the member administers the organisation. Idempotent."""
    require_organization_administrator(actor, organization, operation="Organization Member Set")
    with transaction.atomic():
        return add_member(actor, organization, user, is_admin=is_admin)


def add_member(actor: Actor, organization: Organization, user: User, *, is_admin: bool) -> OrganizationMember:
    """`set_member` in the transaction of a caller who has authorised the actor."""
    member, is_new = OrganizationMember.objects.select_for_update().get_or_create(
        organization=organization, user=user, defaults={"is_admin": is_admin}
    )
    if is_new or member.is_admin != is_admin:
        member.is_admin = is_admin
        member.save(update_fields=["is_admin"])
        _record(actor, "Organization Member Set", organization, {"user": user.username, "is_admin": is_admin})
        _emit_membership(actor, user)
    return member


def remove_member(*, actor: Actor, organization: Organization, user: User) -> None:
    """Ends a membership, and those of the organisation's teams with it. Raises NotFound where the user is no member."""
    require_organization_administrator(actor, organization, operation="Organization Member Remove")
    with transaction.atomic():
        if not OrganizationMember.objects.filter(organization=organization, user=user).delete()[0]:
            raise NotFound(f"{user.username} is no member of {organization.name}")
        TeamMember.objects.filter(team__organization=organization, user=user).delete()
        _record(actor, "Organization Member Remove", organization, {"user": user.username})
        _emit_membership(actor, user)


def _record(actor: Actor, operation: str, organization: Organization, detail: dict[str, Any] | None = None) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        target_kind="organization",
        target_id=str(organization.id),
        target_name=organization.name,
        detail=detail,
    )


def _emit_membership(actor: Actor, user: User) -> None:
    lifecycle.emit(lifecycle.Change(lifecycle.Event.MEMBERSHIP_CHANGED, actor, user.id, user.username))
    configuration.bump(Topic.POLICY)
