"""Changing roles, collections, grants and placements, and following what happens to accounts.

Roles and collections are changed by administrators, grants also by those of an organisation for its teams and service
accounts; every change raises the revision POLICY and is audited in its transaction.
"""

from apps.access.services.builtin import ensure_builtin_roles_and_collections
from apps.access.services.collections import create_collection, delete_collection, update_collection
from apps.access.services.default_collections import reset_default_collection, set_default_collection
from apps.access.services.grants import create_grant, delete_grant, update_grant
from apps.access.services.moves import Moved, move_objects, note_label, undo_move
from apps.access.services.placements import (
    abandon_placement,
    adopt,
    begin_placement,
    complete_placement,
    place_stack,
    place_volumes_of_services,
    remove_gone_stacks,
    remove_placement,
    settle_placements,
)
from apps.access.services.roles import create_role, delete_role, restore_role, update_role
from apps.core.authorization import authorize

__all__ = [
    "Moved",
    "abandon_placement",
    "adopt",
    "authorize",
    "begin_placement",
    "complete_placement",
    "create_collection",
    "create_grant",
    "create_role",
    "delete_collection",
    "delete_grant",
    "delete_role",
    "ensure_builtin_roles_and_collections",
    "move_objects",
    "note_label",
    "place_stack",
    "place_volumes_of_services",
    "remove_gone_stacks",
    "remove_placement",
    "reset_default_collection",
    "restore_role",
    "set_default_collection",
    "settle_placements",
    "undo_move",
    "update_collection",
    "update_grant",
    "update_role",
]
