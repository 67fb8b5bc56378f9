"""What of the registry grants are on, made when first granted and gone with the namespace.

Whether a repository exists is not asked: a robot may be granted to push what it is to make.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from apps.access.models import Grant, RegistryScope, Role
from apps.access.rules.operations import REPOSITORY_MASK, mask_of
from apps.access.rules.repositories import Repositories
from apps.accounts.models import Organization, User
from apps.configuration.services import bump
from apps.configuration.types import PolicyPart, Topic
from apps.core.errors import InvalidInput
from apps.core.lifecycle import Change


def scope_of(wanted: Repositories) -> RegistryScope:
    """The scope, made where nothing was granted on it before, in the transaction of the caller.

    Raises:
        InvalidInput: there is no such namespace.
    """
    owner = _locked_owner(wanted.namespace)
    scope = _scope(owner, None, "")
    return _scope(owner, scope, wanted.repository) if wanted.repository else scope


def require_use_for(role: Role, wanted: Repositories) -> None:
    """Raises InvalidInput where the role holds nothing that counts in the registry: it would give nothing."""
    if not mask_of(role.operations) & REPOSITORY_MASK:
        raise InvalidInput.field("role", f"holds no operation on repositories, and would give nothing on {wanted.path}")


def scopes_of(owner_id: uuid.UUID) -> QuerySet[RegistryScope]:
    """Of a namespace, which is the user's or the organisation's with the id."""
    return RegistryScope.objects.filter(Q(user_id=owner_id) | Q(organization_id=owner_id))


def follow_owner(change: Change) -> None:
    """Grants on `acme/*` are on `globex/*` when acme is called so. When it is deleted they go, whoever they are to: the
    rows go with its row, of which this runs before."""
    scopes = scopes_of(change.subject_id).values_list("id", flat=True)
    if scopes:
        holders = {grant.subject_id for grant in Grant.objects.filter(registry_scope_id__in=scopes)}
        bump(Topic.POLICY, *map(PolicyPart.PLACE.of, scopes), *map(PolicyPart.GRANTS.of, holders))


def _locked_owner(name: str) -> dict[str, Any]:
    """Locked against being removed before the grant is written."""
    user = User.objects.people().select_for_update(no_key=True).filter(username=name).first()
    if user is not None:
        return {"user": user}
    organization = Organization.objects.select_for_update(no_key=True).filter(name=name, is_builtin=False).first()
    if organization is None:
        raise InvalidInput.field("resource", f"there is no namespace {name!r}: it is the name of an organisation or a user")
    return {"organization": organization}


def _scope(owner: dict[str, Any], parent: RegistryScope | None, repository: str) -> RegistryScope:
    scope, is_new = RegistryScope.objects.get_or_create(**owner, repository=repository, defaults={"parent": parent})
    if is_new:
        bump(Topic.POLICY, PolicyPart.PLACE.of(scope.id))
    return scope
