from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from typing import overload

from django.db.models import Count, QuerySet

from apps.access.models import Collection, Placement
from apps.access.rules.policy import Policy
from apps.access.types import ObjectKind
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotFound

NOT_FOUND = "there is no such collection, or you may not see it"


class VisibleCollections(Sequence[Collection]):
    """The collections an actor may see, by path. Which they are is decided in memory; only what is asked for is read.

    Args:
        ids: of all of them, in order.
    """

    def __init__(self, actor: Actor, policy: Policy, ids: Sequence[uuid.UUID]) -> None:
        self._actor, self._policy, self._ids = actor, policy, ids

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> Collection: ...
    @overload
    def __getitem__(self, index: slice) -> list[Collection]: ...
    def __getitem__(self, index: int | slice) -> Collection | list[Collection]:
        if isinstance(index, int):
            return self._read([self._ids[index]])[0]
        return self._read(self._ids[index])

    def _read(self, ids: Sequence[uuid.UUID]) -> list[Collection]:
        """In three queries. A collection that was removed since the policy was loaded is left out."""
        rows = Collection.objects.in_bulk(list(ids))
        objects, children = self._count_objects(ids), self._count_children(ids)
        for id_, row in rows.items():
            row.objects_count, row.children_count = objects[id_], children[id_]
        return [rows[id_] for id_ in ids if id_ in rows]

    def _count_objects(self, ids: Sequence[uuid.UUID]) -> Counter[uuid.UUID]:
        counted: Counter[uuid.UUID] = Counter()
        placed = Placement.objects.filter(collection_id__in=ids).values_list("collection_id", "kind").annotate(n=Count("id"))
        for id_, kind, number in placed.order_by():
            if self._policy.may(self._actor, VIEW_OPERATIONS[ObjectKind(kind)], id_):
                counted[id_] += number
        return counted

    def _count_children(self, ids: Sequence[uuid.UUID]) -> Counter[uuid.UUID]:
        is_visible = visibility_for(self._actor, self._policy)
        below = Collection.objects.filter(parent_id__in=ids).values_list("parent_id", "id")
        return Counter(parent_id for parent_id, id_ in below if is_visible(id_))


def collections_visible_to(
    actor: Actor, policy: Policy, *, path: str = "", parent: str = "", search: str = ""
) -> VisibleCollections:
    """The collections, each with `objects_count` and `children_count` of what the actor sees in it, ordered by path.

    Visible are those the policy says, and all of them to who reads the access model.

    Args:
        path: only the one of this path.
        parent: only those right below the collection of this id or path.
        search: only those with this in their path, in whatever case.
    """
    ids: Sequence[uuid.UUID] = policy.collection_ids()
    if path:
        ids = [id_ for id_ in [policy.by_path(path)] if id_ is not None and policy.path_of(id_) == path]
    if parent:
        parent_id = policy.by_path(parent) if parent.startswith("/") else _id_of(parent)
        ids = [id_ for id_ in ids if policy.ancestors(id_)[1:2] == (parent_id,)]
    if wanted := search.lower():
        ids = [id_ for id_ in ids if wanted in policy.path_of(id_).lower()]
    if not may_read_everything(actor, policy):
        ids = [id_ for id_ in ids if policy.is_visible(actor, id_)]
    return VisibleCollections(actor, policy, ids)


def visibility_for(actor: Actor, policy: Policy) -> Callable[[uuid.UUID], bool]:
    """Whether a collection of the policy exists for the actor."""
    if may_read_everything(actor, policy):
        return lambda _: True
    return lambda id_: policy.is_visible(actor, id_)


def _id_of(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise InvalidInput.field("parent", "must be the id or the path of a collection") from error


def collection_visible_to(actor: Actor, policy: Policy, collection_id: uuid.UUID) -> Collection:
    """With the counts of `collections_visible_to`. Raises NotFound where it is absent or invisible."""
    is_there = bool(policy.path_of(collection_id)) and visibility_for(actor, policy)(collection_id)
    rows = VisibleCollections(actor, policy, [collection_id])[:] if is_there else []
    if not rows:
        raise NotFound(NOT_FOUND)
    return rows[0]


def former_paths(actor: Actor, policy: Policy, collection: Collection) -> list[str]:
    """The paths by which a collection is still found. They name collections that not everybody may see, so they are told to
    those alone who see all."""
    if not may_read_everything(actor, policy):
        return []
    return list(collection.aliases.order_by("path").values_list("path", flat=True))


def objects_in(
    actor: Actor, policy: Policy, collection: Collection, *, kind: str = "", search: str = ""
) -> QuerySet[Placement]:
    """The placements right in the collection that the actor may see: of each kind, with its View operation there.

    Args:
        kind: only those of this kind.
        search: only those with this in their name.
    """
    kinds = [kind.value for kind in ObjectKind if policy.may(actor, VIEW_OPERATIONS[kind], collection.id)]
    rows = Placement.objects.filter(collection=collection, kind__in=kinds).exclude(object_id="")
    if kind:
        rows = rows.filter(kind=kind)
    if search:
        rows = rows.filter(name__icontains=search)
    return rows.order_by("kind", "name", "id")


VIEW_OPERATIONS = {kind: f"{kind.value.title()} View" for kind in ObjectKind} | {ObjectKind.STACK: "Service View"}
"""The operation that makes an object of a kind visible. A stack is seen by who sees services."""


def may_read_everything(actor: Actor, policy: Policy) -> bool:
    return policy.is_unrestricted(actor) or policy.may(actor, "Access View", None)
