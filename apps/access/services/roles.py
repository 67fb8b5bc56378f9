"""Custom roles. Each change leaves a version, from which the role can be restored; the built-in roles are the code's."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.access.errors import RoleChanged
from apps.access.models import Role, RoleVersion
from apps.access.rules import roles as rules
from apps.access.rules.operations import Operations, canonical
from apps.access.selectors.roles import version_of
from apps.access.services.grants import remove_grants
from apps.audit.services import record
from apps.configuration.services import bump
from apps.configuration.types import PolicyPart, Topic
from apps.core import clock
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import Conflict, NotFound, PreconditionFailed
from apps.core.versions import ANY_VERSION, Expected


@transaction.atomic
def create_role(*, actor: Actor, name: str, operations: Operations, description: str = "") -> Role:
    """A new custom role.

    Args:
        operations: operation → the danger options it allows.

    Raises:
        Refused: the actor is not an administrator.
        InvalidInput: the name is malformed, or the catalogue does not know an operation or option.
        Conflict: there is a role of that name, in whatever case.
    """
    require_administrator(actor, "create roles", operation="Role Create")
    role = Role(name=rules.role_name(name), description=description, operations=rules.role_operations(operations))
    _require_free_name(role)
    role.save(force_insert=True)
    _keep_version(actor, role)
    _record_change(actor, "Role Create", role, {"operations": role.operations})
    return role


@transaction.atomic
def update_role(
    *,
    actor: Actor,
    role: Role,
    name: str | None = None,
    description: str | None = None,
    operations: Operations | None = None,
    expected: Expected = ANY_VERSION,
) -> Role:
    """Changes a custom role, and with it what everybody holds who is granted it. What is None stays.

    Raises:
        Refused: the actor is not an administrator.
        InvalidInput: as for `create_role`.
        Conflict: it is built in, or the new name is taken.
        RoleChanged: somebody changed it meanwhile.
    """
    require_administrator(actor, "change roles", operation="Role Update")
    row = _locked(role)
    wanted = Role(
        id=row.id,
        name=row.name if name is None else rules.role_name(name),
        description=row.description if description is None else description,
        operations=row.operations if operations is None else rules.role_operations(operations),
    )
    _require_version(row, wanted, expected)
    if _content(wanted) == _content(row):
        return row
    _require_free_name(wanted)
    detail = _difference(row, wanted)
    row.name, row.description, row.operations = wanted.name, wanted.description, wanted.operations
    row.save(update_fields=["name", "description", "operations", "updated_at"])
    _keep_version(actor, row)
    _record_change(actor, "Role Update", row, detail)
    return row


def restore_role(*, actor: Actor, role: Role, number: int, expected: Expected = ANY_VERSION) -> Role:
    """Makes a role what it was in an earlier version, as a new one. Its name stays, and what the catalogue has dropped since
    is left out.

    Raises:
        Refused, Conflict, RoleChanged: as for `update_role`.
        NotFound: there is no such version.
    """
    require_administrator(actor, "change roles", operation="Role Update")
    earlier = version_of(actor, role, number)
    operations = canonical(earlier.operations)
    return update_role(actor=actor, role=role, description=earlier.description, operations=operations, expected=expected)


@transaction.atomic
def delete_role(*, actor: Actor, role: Role, with_grants: bool = False, expected: Expected = ANY_VERSION) -> None:
    """Removes a custom role that no grant gives; `with_grants` removes those grants, too.

    Raises:
        Refused: the actor is not an administrator.
        Conflict: it is built in, or grants give it.
        RoleChanged: somebody changed it meanwhile.
    """
    require_administrator(actor, "remove roles", operation="Role Delete")
    row = _locked(role)
    _require_version(row, row, expected)
    grants = row.grants.all()
    if not with_grants and (count := grants.count()):
        raise Conflict(f"{count} grant{'s give' if count > 1 else ' gives'} the role {row.name}; remove them first, or with it")
    remove_grants(actor, grants)
    _record_change(actor, "Role Delete", row, {"operations": row.operations})
    row.delete()


def _locked(role: Role) -> Role:
    """The custom role as it is now, locked against a grant of it, too."""
    row = Role.objects.select_for_update().filter(id=role.id).first()
    if row is None:
        raise NotFound(f"the role {role.name} is gone")
    rules.require_custom(row.name, is_builtin=row.is_builtin)
    return row


def _require_free_name(role: Role) -> None:
    taken = Role.objects.filter(name__iexact=role.name).exclude(id=role.id).first()
    if taken is not None:
        raise Conflict(f"there is a role {taken.name} already", field="name")


def _require_version(row: Role, wanted: Role, expected: Expected) -> None:
    try:
        expected.check(row)
    except PreconditionFailed as error:
        last = row.versions.first()
        current = _content(row)
        if last is not None:
            current |= {"version": last.number, "changed_by": last.changed_by, "changed_at": clock.isoformat(last.changed_at)}
        raise RoleChanged(error.detail, current=current, submitted=_content(wanted)) from error


def _content(role: Role) -> dict[str, Any]:
    return {"name": role.name, "description": role.description, "operations": role.operations}


def _difference(before: Role, after: Role) -> dict[str, Any]:
    old, new = _content(before), _content(after)
    return {field: {"from": old[field], "to": new[field]} for field in old if old[field] != new[field]}


def _keep_version(actor: Actor, role: Role) -> None:
    last = role.versions.first()
    RoleVersion.objects.create(role=role, number=last.number + 1 if last else 1, changed_by=actor.name, **_content(role))


def _record_change(actor: Actor, operation: str, role: Role, detail: dict[str, Any]) -> None:
    record(actor=actor, operation=operation, target_kind="role", target_id=str(role.id), target_name=role.name, detail=detail)
    bump(Topic.POLICY, PolicyPart.ROLE.of(role.id))
