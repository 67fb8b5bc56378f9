"""Service accounts are seen by whoever sees their organisation, and managed by whoever manages it."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Organization, OrganizationMember, User
from apps.accounts.selectors.lookup import id_of, one
from apps.core.actor import Actor


def service_accounts_of(organization: Organization, *, search: str = "") -> QuerySet[User]:
    """The service accounts of an organisation that the caller has found visible."""
    accounts = User.objects.filter(organization=organization).select_related("organization")
    return accounts.filter(Q(username__icontains=search) | Q(full_name__icontains=search)) if search else accounts


def service_account_named(organization: Organization, name: str) -> User:
    """Args: name: as its organisation calls it, "ci". Raises NotFound."""
    return one(service_accounts_of(organization), username=f"{organization.name}/{name.lower()}")


def manages_service_account(actor: Actor, account: User) -> bool:
    """Whether `account` is a service account that the actor manages. None manages itself."""
    return service_accounts_managed_by(actor).filter(id=account.id).exists()


def service_accounts_managed_by(actor: Actor) -> QuerySet[User]:
    accounts = User.objects.filter(organization__isnull=False)
    if actor.is_administrator:
        return accounts
    administered = OrganizationMember.objects.filter(organization=OuterRef("organization"), user_id=id_of(actor), is_admin=True)
    return accounts.filter(Exists(administered))
