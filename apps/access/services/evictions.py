"""Whoever moves or removes a collection with nodes in it is shown first what that stops (`core.evictions`)."""

from __future__ import annotations

import uuid

from apps.access.models import Collection
from apps.access.selectors.policy import store
from apps.access.services import tree
from apps.core import evictions
from apps.core.evictions import Ancestors

_HOW = "send it again with confirm={}, which confirms just this"


def require_confirmed_move(collection: Collection, path: str, confirm: str) -> None:
    """Raises NeedsConfirmation; InvalidInput where there is no collection above the path."""
    parent = tree.parent_of(path)
    if parent.id != collection.parent_id:
        after = _after(collection.id, (collection.id,), parent.id)
        _require(after, f"moving {collection.path} to {path}", [collection.id, parent.id], confirm)


def require_confirmed_removal(collection: Collection, move_to: str, confirm: str) -> None:
    """Raises NeedsConfirmation."""
    target = Collection.objects.filter(path=move_to).first()
    if target is not None:  # else the removal itself says what is wrong
        after = _after(collection.id, (), target.id)
        _require(after, f"removing {collection.path}", [collection.id, target.id], confirm)


def _after(moved: uuid.UUID, kept: tuple[uuid.UUID, ...], parent: uuid.UUID) -> Ancestors:
    """The tree in which the collection and what is below it are below `parent`. Args: kept: what stays of the collection."""
    above = store.current.ancestors(parent)

    def after(collection_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
        chain = store.current.ancestors(collection_id)
        return chain if moved not in chain else (*chain[: chain.index(moved)], *kept, *above)

    return after


def _require(after: Ancestors, change: str, ids: list[uuid.UUID], confirm: str) -> None:
    store.refresh()
    found = evictions.of_change(store.current.ancestors, after)
    evictions.require_confirmed(found, change=change, ids=ids, confirm=confirm, how=_HOW)
