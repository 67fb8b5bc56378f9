"""Organisations and their members."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.accounts.models import Organization, OrganizationMember, TeamMember, User
from apps.accounts.selectors.authority import require_not_builtin, require_organization_administrator
from apps.accounts.services import namespace, users
from apps.accounts.services.service_accounts import follow_rename_of_organization, remove_service_account
from apps.accounts.services.validation import check_fields
from apps.audit import services as audit
from apps.configuration import services as configuration
from apps.configuration.types import PolicyPart, Topic
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
        namespace.claim(organization.name, organization_id=organization.id)
        organization.save(force_insert=True)
        _record(actor, "Organization Create", organization)
        configuration.bump(Topic.POLICY, PolicyPart.GRANTS.of(organization.id))
    return organization


def update_organization(
    *,
    actor: Actor,
    organization: Organization,
    name: str | None = None,
    full_name: str | None = None,
    expected: versions.Expected = versions.ANY_VERSION,
) -> Organization:
    """Changes what is given and leaves what is None. With another name its teams and service accounts are called so, too.

    Raises:
        Refused: the actor is no administrator.
        InvalidInput: names each field.
        Conflict: the name is taken, or the organisation is the built-in one, which keeps its name.
        PreconditionFailed: it has another version than expected.
    """
    require_administrator(actor, f"change the organisation {organization.name}", operation="Organization Update")
    new_name = None if name is None else names.account_name(name)
    with transaction.atomic():
        organization = locked(organization)
        expected.check(organization)
        if full_name is not None and full_name != organization.full_name:
            _set_full_name(actor, organization, full_name)
        if new_name is not None and new_name != organization.name:
            _rename(actor, organization, new_name)
    return organization


def _set_full_name(actor: Actor, organization: Organization, full_name: str) -> None:
    detail = {"full_name": [organization.full_name, full_name]}
    organization.full_name = full_name
    check_fields(organization, "full_name")
    organization.save(update_fields=["full_name", "updated_at"])
    _record(actor, "Organization Update", organization, detail)


def _rename(actor: Actor, organization: Organization, name: str) -> None:
    require_not_builtin(organization)
    former, organization.name = organization.name, name
    namespace.change(former, name)
    organization.save(update_fields=["name", "updated_at"])
    _record(actor, "Organization Rename", organization, {"name": [former, name]})
    lifecycle.emit(lifecycle.Change(lifecycle.Event.RENAMED, actor, organization.id, name, old_name=former))
    follow_rename_of_organization(actor, organization)
    configuration.bump(Topic.POLICY, *_grants_of(organization))


def delete_organization(*, actor: Actor, organization: Organization, heir: User | None = None) -> None:
    """Removes an organisation with its teams, memberships and service accounts; grants and bundles follow.

    Args:
        heir: takes over what the service accounts owned.

    Raises:
        Refused: the actor is no administrator.
        Conflict: it is the built-in one.
    """
    require_administrator(actor, f"delete the organisation {organization.name}", operation="Organization Delete")
    require_not_builtin(organization)
    with transaction.atomic():
        organization = locked(organization)
        heir = users.locked(heir) if heir else None
        _record(actor, "Organization Delete", organization, {"inherited_by": heir.username} if heir else {})
        for account in organization.service_accounts.order_by("username"):
            remove_service_account(actor, account, heir)
        for team in organization.teams.select_related("organization"):
            lifecycle.emit(lifecycle.Change(lifecycle.Event.TEAM_DELETED, actor, team.id, str(team)))
        change = lifecycle.Change(lifecycle.Event.ORGANIZATION_DELETED, actor, organization.id, organization.name)
        lifecycle.emit(change)
        members = OrganizationMember.objects.filter(organization=organization).values_list("user_id", flat=True)
        configuration.bump(Topic.POLICY, *_grants_of(organization), *map(PolicyPart.USER.of, members))
        organization.delete()


def _grants_of(organization: Organization) -> list[str]:
    """Of itself and its teams, which are called by its name."""
    teams = organization.teams.values_list("id", flat=True)
    return [PolicyPart.GRANTS.of(organization.id), *map(PolicyPart.GRANTS.of, teams)]


def locked(organization: Organization) -> Organization:
    """The organisation as it is now, locked. Raises NotFound where it was deleted meanwhile."""
    row = Organization.objects.select_for_update().filter(id=organization.id).first()
    if row is None:
        raise NotFound(f"the organisation {organization.name} is gone")
    return row


def set_member(*, actor: Actor, organization: Organization, user: User, is_admin: bool = False) -> OrganizationMember:
    """Makes the user a member, or changes whether the member administers the organisation. Idempotent."""
    require_organization_administrator(actor, organization, operation="Organization Member Set")
    with transaction.atomic():
        return add_member(actor, organization, user, is_admin=is_admin)


def add_member(actor: Actor, organization: Organization, user: User, *, is_admin: bool) -> OrganizationMember:
    """`set_member` in the transaction of a caller who has authorised the actor."""
    if user.is_service_account:
        raise Conflict(f"{user.username} is a service account: it holds what is granted to itself, and is nowhere a member")
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
        end_membership(actor, organization, user)


def end_membership(actor: Actor, organization: Organization, user: User) -> None:
    """`remove_member` in the transaction of a caller who has authorised the actor."""
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
    configuration.bump(Topic.POLICY, PolicyPart.USER.of(user.id))
