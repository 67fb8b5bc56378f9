"""Changing roles, collections, grants and placements, and following what happens to accounts.

Collections and grants are changed by administrators; every change raises the revision POLICY and is audited in its
transaction.
"""

from apps.access.services.builtin import ensure_builtin_roles_and_collections
from apps.access.services.collections import create_collection, delete_collection, move_collection
from apps.access.services.grants import create_grant, delete_grant
from apps.access.services.placements import (
    abandon_placement,
    adopt,
    begin_placement,
    complete_placement,
    remove_placement,
    settle_placements,
)
from apps.core.authorization import authorize

__all__ = [
    "abandon_placement",
    "adopt",
    "authorize",
    "begin_placement",
    "complete_placement",
    "create_collection",
    "create_grant",
    "delete_collection",
    "delete_grant",
    "ensure_builtin_roles_and_collections",
    "move_collection",
    "remove_placement",
    "settle_placements",
]
