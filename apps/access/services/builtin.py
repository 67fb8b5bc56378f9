"""What every installation starts with: built-in roles, the default tree, and the default grant."""

from __future__ import annotations

from django.db import transaction

from apps.access.models import Collection, Grant, Role
from apps.access.rules import roles as builtin
from apps.access.types import PRIVATE_PATH, ROOT_PATH, SHARED_PATH, SYSTEM_PATH
from apps.accounts.services import ensure_builtin_organization
from apps.configuration.services import bump
from apps.configuration.types import Topic


@transaction.atomic
def ensure_builtin_roles_and_collections() -> None:
    """Runs after every migration. Built-in roles are brought up to date with the code; what an administrator has removed
    or changed since the first run (the default grant) is left as it is."""
    has_changed = _ensure_roles()
    if not Collection.objects.filter(path=ROOT_PATH).exists():
        _create_default_tree()
        has_changed = True
    if has_changed:
        bump(Topic.POLICY)


def _ensure_roles() -> bool:
    wanted = {role.name: (role.description, role.operations) for role in builtin.BUILTIN_ROLES}
    present = {role.name: (role.description, role.operations) for role in Role.objects.filter(is_builtin=True)}
    for name in [name for name in wanted if wanted[name] != present.get(name)]:
        description, operations = wanted[name]
        Role.objects.update_or_create(
            name=name, defaults={"description": description, "operations": operations, "is_builtin": True}
        )
    return wanted != present


def _create_default_tree() -> None:
    root = Collection.objects.create(path=ROOT_PATH, is_builtin=True)
    Collection.objects.create(path=SYSTEM_PATH, parent=root, is_builtin=True)
    shared = Collection.objects.create(path=SHARED_PATH, parent=root, is_builtin=True)
    Collection.objects.create(path=PRIVATE_PATH, parent=shared, is_builtin=True)
    Grant.objects.create(
        organization=ensure_builtin_organization(),
        role=Role.objects.get(name=builtin.SCHEDULER),
        collection=shared,
        comment="Everyone may run work on the nodes of /Shared. Remove this grant to give nodes to teams one by one.",
        created_by="the first start",
    )
