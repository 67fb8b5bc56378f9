from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.access.models import Collection, Placement
from apps.access.rules.policy import Policy
from apps.access.types import ObjectKind
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotFound

NOT_FOUND = "there is no such collection, or you may not see it"


def collections_visible_to(
    actor: Actor, policy: Policy, *, path: str = "", parent: str = "", search: str = ""
) -> QuerySet[Collection]:
    """The collections, each with `objects_count` and `children_count` of what the actor sees in it, ordered by path.

    Visible are those on, below or above which the actor holds any operation; all of them to who reads the access model.

    Args:
        path: only the one of this path.
        parent: only those right below the collection of this id or path.
        search: only those with this in their path.
    """
    rows = Collection.objects.all()
    objects = children = Q()
    if not may_read_everything(actor, policy):
        visible = [id_ for id_ in policy.collection_ids() if policy.is_visible(actor, id_)]
        rows = rows.filter(id__in=visible)
        objects, children = _visible_placements(actor, policy, visible), Q(children__in=visible)
    rows = rows.annotate(objects_count=_count_of("placements", objects), children_count=_count_of("children", children))
    if path:
        rows = rows.filter(path=path)
    if parent:
        rows = rows.filter(parent__path=parent) if parent.startswith("/") else rows.filter(parent_id=_id_of(parent))
    if search:
        rows = rows.filter(path__icontains=search)
    return rows.order_by("path")


def _id_of(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise InvalidInput.field("parent", "must be the id or the path of a collection") from error


def _count_of(relation: str, counts: Q) -> Coalesce:
    of_one = Collection.objects.filter(counts, pk=OuterRef("pk"))
    counted = of_one.order_by().values("pk").annotate(n=Count(relation)).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _visible_placements(actor: Actor, policy: Policy, collection_ids: Iterable[uuid.UUID]) -> Q:
    """Which placements the actor may see, from a collection's side. Collections of the same rights are taken together."""
    by_kinds: dict[tuple[str, ...], list[uuid.UUID]] = defaultdict(list)
    for id_ in collection_ids:
        by_kinds[_visible_kinds(actor, policy, id_)].append(id_)
    nothing = Q(pk__in=[])
    return reduce(or_, (Q(pk__in=ids, placements__kind__in=kinds) for kinds, ids in by_kinds.items()), nothing)


def _visible_kinds(actor: Actor, policy: Policy, collection_id: uuid.UUID) -> tuple[str, ...]:
    return tuple(kind.value for kind in ObjectKind if policy.may(actor, VIEW_OPERATIONS[kind], collection_id))


def collection_visible_to(actor: Actor, policy: Policy, collection_id: uuid.UUID) -> Collection:
    """Raises NotFound where it is absent or invisible."""
    collection = collections_visible_to(actor, policy).filter(id=collection_id).first()
    if collection is None:
        raise NotFound(NOT_FOUND)
    return collection


def objects_in(
    actor: Actor, policy: Policy, collection: Collection, *, kind: str = "", search: str = ""
) -> QuerySet[Placement]:
    """The placements right in the collection that the actor may see: of each kind, with its View operation there.

    Args:
        kind: only those of this kind.
        search: only those with this in their name.
    """
    kinds = _visible_kinds(actor, policy, collection.id)
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
