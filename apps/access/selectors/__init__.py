"""Reading roles, collections, grants and placements, and the policy compiled from them."""

from apps.access.selectors.collections import (
    VIEW_OPERATIONS,
    collection_visible_to,
    collections_visible_to,
    former_paths,
    objects_in,
)
from apps.access.selectors.constraints import inherited_label_constraints, label_constraints_of
from apps.access.selectors.creating import collection_for_create
from apps.access.selectors.default_collections import may_choose_default_collection
from apps.access.selectors.explaining import explain, what_can, who_can
from apps.access.selectors.grants import grant_visible_to, grants_visible_to, subject_of, subject_text
from apps.access.selectors.holding import as_told, decide_on_held
from apps.access.selectors.placements import departed_from, label_last_sent, placements_of, places_of_nodes, places_of_volume
from apps.access.selectors.roles import preview_role_change, role_named, roles, version_of, versions_of

__all__ = [
    "VIEW_OPERATIONS",
    "as_told",
    "collection_for_create",
    "collection_visible_to",
    "collections_visible_to",
    "decide_on_held",
    "departed_from",
    "explain",
    "former_paths",
    "grant_visible_to",
    "grants_visible_to",
    "inherited_label_constraints",
    "label_constraints_of",
    "label_last_sent",
    "may_choose_default_collection",
    "objects_in",
    "placements_of",
    "places_of_nodes",
    "places_of_volume",
    "preview_role_change",
    "role_named",
    "roles",
    "subject_of",
    "subject_text",
    "version_of",
    "versions_of",
    "what_can",
    "who_can",
]
