"""The places of a policy as a tree in memory: the collections, and the repositories that grants are on (ADR 20).

Like the policy, a tree in use never changes.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from apps.access.types import REGISTRY_PREFIX, ROOT_PATH


@dataclass(frozen=True, slots=True)
class PolicyCollection:
    """A collection, or repositories that a grant is on.

    Args:
        path: "/Shared/payments", "registry:acme/*" or "registry:acme/web".
        parent_id: None for the root, and for a namespace of the registry, which is right below it.
    """

    id: uuid.UUID
    path: str
    parent_id: uuid.UUID | None

    @property
    def is_in_registry(self) -> bool:
        return self.path.startswith(REGISTRY_PREFIX)


class CollectionTree:
    """Collections by `id.int`, the fastest key there is for what every decision looks up.

    Args:
        collections: one whose parent is missing is left out, with all below it.
        aliases: former paths of renamed collections → collection id.
    """

    def __init__(self, collections: Iterable[PolicyCollection] = (), aliases: Mapping[str, uuid.UUID] | None = None) -> None:
        self.rows: dict[int, PolicyCollection] = {}
        self.ancestors: dict[int, tuple[int, ...]] = {}
        """Self first, the root last."""
        self._by_path: dict[str, uuid.UUID] = {}
        self._in_registry: dict[str, uuid.UUID] = {}
        self._aliases = dict(aliases or {})
        for collection in sorted(collections, key=_depth):
            self._add(collection)
        root_id = self._by_path.get(ROOT_PATH)
        self.root = root_id.int if root_id is not None else -1

    def _add(self, collection: PolicyCollection) -> bool:
        """Whether its parent is there, and so it is now."""
        above = self._above(collection)
        if above is None:
            return False
        self.rows[collection.id.int] = collection
        self.ancestors[collection.id.int] = (collection.id.int, *above)
        paths = self._in_registry if collection.is_in_registry else self._by_path
        paths[collection.path] = collection.id
        return True

    def _above(self, row: PolicyCollection) -> tuple[int, ...] | None:
        """Nearest first; None where its parent is not there."""
        if row.path == ROOT_PATH:
            return ()
        parent_id = row.parent_id or self._by_path.get(ROOT_PATH)
        return self.ancestors.get(parent_id.int) if parent_id is not None else None

    def at(self, path: str) -> uuid.UUID | None:
        return self._by_path.get(path)

    def find(self, path: str) -> uuid.UUID | None:
        """The collection of a path; of a former path while no other collection has taken it."""
        known = self._by_path.get(path) or self._aliases.get(path)
        return known if known is not None and known.int in self.rows else None

    def in_registry(self, path: str) -> uuid.UUID | None:
        """Of "registry:acme/*" or "registry:acme/web", where a grant is on exactly these."""
        return self._in_registry.get(path)

    @cached_property
    def in_order(self) -> tuple[uuid.UUID, ...]:
        """All collections by path, which puts each before those below it."""
        return tuple(id_ for _, id_ in sorted(self._by_path.items()))

    @property
    def former_paths(self) -> dict[str, uuid.UUID]:
        """Those by which a collection is found."""
        return {path: id_ for path, id_ in self._aliases.items() if self.find(path) == id_}

    def with_changes(
        self, changed: Mapping[uuid.UUID, PolicyCollection | None], aliases: Mapping[str, uuid.UUID] | None
    ) -> CollectionTree | None:
        """A tree that differs in some leaves.

        Args:
            changed: by id; None where there is none any more.
            aliases: all of them; None where none changed.

        Returns:
            None where one of them is neither a new leaf, nor a leaf that is gone, nor what it was.
        """
        tree = copy.copy(self)
        tree.__dict__.pop("in_order", None)
        tree.rows, tree.ancestors = self.rows.copy(), self.ancestors.copy()
        tree._by_path, tree._in_registry = self._by_path.copy(), self._in_registry.copy()
        if aliases is not None:
            tree._aliases = dict(aliases)
        gone = {id_.int for id_, row in changed.items() if row is None and id_.int in self.rows}
        if gone and not all(gone.isdisjoint(places) for key, places in self.ancestors.items() if key not in gone):
            return None
        for key in gone:
            row = tree.rows.pop(key)
            del (tree._in_registry if row.is_in_registry else tree._by_path)[row.path]
            del tree.ancestors[key]
        is_done = all(tree._add_leaf(row) for row in sorted(filter(None, changed.values()), key=_depth))
        return tree if is_done else None

    def _add_leaf(self, row: PolicyCollection) -> bool:
        if row.id.int in self.rows:
            return self.rows[row.id.int] == row
        return row.path != ROOT_PATH and self._add(row)


def _depth(collection: PolicyCollection) -> int:
    if collection.is_in_registry:
        return 1 if collection.parent_id is None else 2
    return 0 if collection.path == ROOT_PATH else collection.path.count("/")
