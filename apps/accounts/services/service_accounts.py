"""Service accounts: accounts of machines, owned by an organisation and managed by its administrators.

They sign in by client bundles alone. What they may do is what is granted to each of them: they are in no organisation and no
team, not even in `everyone`.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts.models import Organization, User
from apps.accounts.selectors.authority import require_organization_administrator, require_service_account_manager
from apps.accounts.services.users import emit, emit_renamed, follow_activity, locked, locked_with_heir, record
from apps.accounts.services.validation import check_fields
from apps.configuration import services as configuration
from apps.configuration.types import Topic
from apps.core import names, versions
from apps.core.actor import Actor
from apps.core.errors import Conflict
from apps.core.lifecycle import Event


def create_service_account(*, actor: Actor, organization: Organization, name: str, full_name: str = "") -> User:
    """Makes the service account ORGANIZATION/NAME.

    Args:
        name: as its organisation calls it, "ci".
        full_name: what it is for.

    Raises:
        Refused: the actor does not manage the organisation.
        InvalidInput: names each field.
        Conflict: the organisation has one of that name, or is the built-in one.
    """
    require_organization_administrator(actor, organization, operation="Service Account Create")
    name = names.account_name(name)
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(id=organization.id)
        account = User(
            username=f"{organization.name}/{name}",
            organization=organization,
            full_name=full_name,
            password=make_password(None),
        )
        check_fields(account, "full_name")
        if User.objects.filter(username=account.username).exists():
            raise Conflict(f"{organization.name} has a service account {name} already", field="name")
        account.save(force_insert=True)
        record(actor, "Service Account Create", account, {"full_name": full_name})
        emit(Event.SERVICE_ACCOUNT_CREATED, actor, account)
    return account


def update_service_account(
    *,
    actor: Actor,
    account: User,
    full_name: str | None = None,
    is_active: bool | None = None,
    expected: versions.Expected = versions.ANY_VERSION,
) -> User:
    """Changes what is given and leaves what is None.

    Raises:
        Refused: the actor does not manage the account.
        InvalidInput: names each field.
        PreconditionFailed: the account has another version than expected.
    """
    require_service_account_manager(actor, account, operation="Service Account Update")
    changes: dict[str, Any] = {"full_name": full_name, "is_active": is_active}
    with transaction.atomic():
        account = locked(account)
        expected.check(account)
        detail = {
            name: [getattr(account, name), value]
            for name, value in changes.items()
            if value is not None and getattr(account, name) != value
        }
        if not detail:
            return account
        for name in detail:
            setattr(account, name, changes[name])
        check_fields(account, *detail)
        account.save(update_fields=[*detail, "updated_at"])
        if "is_active" in detail:
            follow_activity(account)
        record(actor, "Service Account Update", account, detail)
        emit(Event.SERVICE_ACCOUNT_UPDATED, actor, account)
    return account


def delete_service_account(*, actor: Actor, account: User, heir: User | None = None) -> None:
    """Removes a service account; grants and bundles follow.

    Args:
        heir: takes over what the account owned.

    Raises:
        Refused: the actor does not manage the account.
    """
    require_service_account_manager(actor, account, operation="Service Account Delete")
    with transaction.atomic():
        remove_service_account(actor, *locked_with_heir(account, heir))


def remove_service_account(actor: Actor, account: User, heir: User | None) -> None:
    """`delete_service_account` in the transaction of a caller who has authorised the actor."""
    record(actor, "Service Account Delete", account, {"inherited_by": heir.username} if heir else {})
    emit(Event.SERVICE_ACCOUNT_DELETED, actor, account, heir)
    configuration.bump(Topic.CREDENTIALS)
    account.delete()


def follow_rename_of_organization(actor: Actor, organization: Organization) -> None:
    """Its service accounts carry its name, in the transaction that renames it."""
    for account in organization.service_accounts.select_for_update().order_by("username"):
        former = account.username
        account.username = f"{organization.name}/{account.short_name}"
        account.save(update_fields=["username", "updated_at"])
        record(actor, "Service Account Rename", account, {"username": [former, account.username]})
        emit_renamed(actor, account, former)
