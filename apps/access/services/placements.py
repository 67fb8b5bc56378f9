"""Placements: which collection an object of a cluster is in.

    begin_placement ── pending row with a nonce, committed ──▶ the create is forwarded, the object carries the nonce
        ├─ answer with the id        → complete_placement
        ├─ the engine refused it     → abandon_placement
        └─ we died in between        → adopt joins the object by its nonce, or settle_placements removes the row

Completing and adopting race: the projector may hear of an object before the create is answered. Both name the state they
come from in their UPDATE, so both may run, twice, and in any order, and one placement of the object remains.
"""

from __future__ import annotations

import datetime
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.access.models import Collection, CollectionAlias, Departure, Placement
from apps.access.types import ANY_NODE, ROOT_PATH, SHARED_PATH, SYSTEM_PATH, AdoptableObject, ObjectKind
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import Conflict

PENDING_LIFETIME = datetime.timedelta(hours=1)
"""How long a create may take before its pending row is taken for left over."""

STACK_GRACE = datetime.timedelta(minutes=1)
"""How long a stack may be without services: it is placed before the first is made."""

DEPARTED_LIFETIME = datetime.timedelta(hours=1)

_CHUNK = 500  # ids in one query


def begin_placement(
    *,
    actor: Actor,
    cluster_id: uuid.UUID,
    kind: ObjectKind | str,
    collection_id: uuid.UUID,
    name: str = "",
    node_id: str = "",
    label: str = "",
) -> Placement:
    """The pending placement of an object that is about to be created, committed at once. Its `nonce` goes on the object.

    Args:
        name: as the create asks for; "" where the engine picks one.
        node_id: the node, for kinds whose names repeat per node.
        label: the access label as the caller sent it, "" without: sent again, it means no change.

    Raises:
        Conflict: the collection was removed meanwhile.
    """
    try:
        with transaction.atomic(durable=True):
            if not Collection.objects.filter(id=collection_id).exists():
                raise Conflict("the collection was removed meanwhile")
            return Placement.objects.create(
                cluster_id=cluster_id,
                node_id=node_id,
                kind=str(kind),
                name=name[:255],
                collection_id=collection_id,
                owner_id=actor.id,
                owner_name=actor.name if actor.id else "",
                label=label,
                nonce=secrets.token_hex(16),
                is_pending=True,
            )
    except IntegrityError as error:
        raise Conflict("the collection was removed meanwhile") from error


def complete_placement(*, placement_id: uuid.UUID, object_id: str) -> Placement | None:
    """Joins the pending placement to the object that the engine made. Returns the placement in force.

    An object that was adopted without its nonce meanwhile is the same object: the pending row wins over that row. Over an
    older row, or one with an owner, it loses: the engine answered with something that was there before (a volume of that
    name, for instance), and who asks for it again does not take it over.

    Returns:
        None where the placement is gone: the object was removed already, or the sweep took it.
    """
    try:
        return _complete(placement_id, object_id)
    except IntegrityError:
        # Adopted between the look and the write. The next look sees it.
        return _complete(placement_id, object_id)


@transaction.atomic
def _complete(placement_id: uuid.UUID, object_id: str) -> Placement | None:
    pending = Placement.objects.select_for_update().filter(id=placement_id).first()
    if pending is None or not pending.is_pending:
        return pending
    same_object = Placement.objects.select_for_update().filter(
        cluster_id=pending.cluster_id, node_id=pending.node_id, kind=pending.kind, object_id=object_id
    )
    standing = same_object.first()
    if standing is not None:
        if standing.owner_id is not None or standing.created_at < pending.created_at:
            pending.delete()
            return standing
        standing.delete()
    _join(pending, object_id)
    return pending


def _join(pending: Placement, object_id: str, name: str = "") -> None:
    pending.object_id, pending.is_pending = object_id, False
    pending.name = name or pending.name
    pending.save(update_fields=["object_id", "node_id", "is_pending", "name", "updated_at"])


def abandon_placement(placement_id: uuid.UUID) -> None:
    """The engine did not make the object. A placement that was completed meanwhile stays."""
    Placement.objects.filter(id=placement_id, is_pending=True).delete()


def place_stack(*, actor: Actor, cluster_id: uuid.UUID, name: str, collection_id: uuid.UUID) -> None:
    """The placement of a stack, which no engine knows: its name is its id. One that is placed already stays where it is.

    Raises:
        Conflict: the collection was removed meanwhile.
    """
    owner = {"owner_id": actor.id, "owner_name": actor.name if actor.id else ""}
    identity = {"cluster_id": cluster_id, "node_id": "", "kind": ObjectKind.STACK.value, "object_id": name[:255]}
    try:
        with transaction.atomic(durable=True):
            Placement.objects.get_or_create(**identity, defaults={"name": name[:255], "collection_id": collection_id, **owner})
    except IntegrityError as error:
        raise Conflict("the collection was removed meanwhile") from error


def place_volumes_of_services(*, cluster_id: uuid.UUID, volumes: Mapping[str, uuid.UUID]) -> None:
    """The volumes that services name are in the collection of the service, on whatever node its tasks make them, and stay
    there when it is gone: so does what is in them. Those of a name that is placed already stay where they are.

    Args:
        volumes: name → collection.
    """
    for names in _chunks(sorted(volumes)):
        known = Placement.objects.filter(cluster_id=cluster_id, kind=ObjectKind.VOLUME, object_id__in=names)
        placed = set(known.values_list("object_id", flat=True))
        Placement.objects.bulk_create(
            (
                Placement(
                    cluster_id=cluster_id,
                    node_id=ANY_NODE,
                    kind=ObjectKind.VOLUME.value,
                    object_id=name,
                    name=name,
                    collection_id=volumes[name],
                )
                for name in names
                if name not in placed
            ),
            ignore_conflicts=True,
        )


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))


def remove_gone_stacks(*, cluster_id: uuid.UUID, names: Iterable[str]) -> None:
    """Removes the stacks of which no service is left. Args: names: of those that have one."""
    rows = Placement.objects.filter(cluster_id=cluster_id, kind=ObjectKind.STACK, updated_at__lt=clock.now() - STACK_GRACE)
    rows.exclude(object_id__in=list(names)).delete()


@transaction.atomic
def remove_placement(*, cluster_id: uuid.UUID, kind: ObjectKind | str, object_id: str, node_id: str | None = None) -> None:
    """The object is gone; where it was is remembered for a while (`Departure`).

    Args:
        node_id: only that node's, for kinds whose names repeat per node.
    """
    rows = Placement.objects.filter(cluster_id=cluster_id, kind=str(kind), object_id=object_id, is_pending=False)
    if node_id is not None:
        rows = rows.filter(node_id=node_id)
    Departure.objects.bulk_create(
        Departure(cluster_id=cluster_id, kind=row.kind, object_id=object_id, collection_id=row.collection_id) for row in rows
    )
    rows.delete()


def settle_placements() -> int:
    """Removes what a crash left pending for so long that its object would have been adopted, and what is remembered of
    objects that are long gone. Returns how many were pending."""
    Departure.objects.filter(removed_at__lt=clock.now() - DEPARTED_LIFETIME).delete()
    removed, _ = Placement.objects.filter(is_pending=True, created_at__lt=clock.now() - PENDING_LIFETIME).delete()
    return removed


def adopt(
    *, cluster_id: uuid.UUID, objects: Sequence[AdoptableObject], has_workers: bool | None = None
) -> list[AdoptableObject]:
    """Places the objects that have no placement: joins pending rows by nonce, believes valid labels, else `/`.

    Swarm nodes without a valid label go to /Shared, managers to /System; while the swarm has no worker its managers go to
    /Shared, too (ADR 0005). Objects that have a placement are left alone, so it may run again at any time.

    Args:
        has_workers: whether the swarm has a worker; None: look among `objects`.

    Returns:
        The objects that were placed.
    """
    if has_workers is None:
        has_workers = any(each.kind is ObjectKind.NODE and each.role == "worker" for each in objects)
    placed: list[AdoptableObject] = []
    for start in range(0, len(objects), _CHUNK):
        placed += _adopt_chunk(cluster_id, objects[start : start + _CHUNK], has_workers=has_workers)
    return placed


@transaction.atomic
def _adopt_chunk(cluster_id: uuid.UUID, objects: Sequence[AdoptableObject], *, has_workers: bool) -> list[AdoptableObject]:
    known = set(
        Placement.objects.filter(cluster_id=cluster_id, object_id__in=[each.object_id for each in objects]).values_list(
            "kind", "node_id", "object_id"
        )
    )
    unplaced = [each for each in objects if (each.kind.value, each.node_id, each.object_id) not in known]
    if not unplaced:
        return []
    joined = _join_pending(cluster_id, unplaced)
    rest = [each for each in unplaced if each not in joined]
    collections = _collections_for(rest, has_workers=has_workers)
    Placement.objects.bulk_create(
        (
            Placement(
                cluster_id=cluster_id,
                node_id=each.node_id,
                kind=each.kind.value,
                object_id=each.object_id,
                name=each.name[:255],
                collection_id=collections[each],
                label=each.label[:512],
            )
            for each in rest
        ),
        ignore_conflicts=True,
    )
    return unplaced


def _join_pending(cluster_id: uuid.UUID, objects: Sequence[AdoptableObject]) -> set[AdoptableObject]:
    """Completes the pending placements of these objects: by nonce, and volumes by name, as volume drivers drop labels."""
    nonces = [each.nonce for each in objects if each.nonce]
    volume_names = [each.object_id for each in objects if each.kind is ObjectKind.VOLUME]
    rows = list(
        Placement.objects.select_for_update()
        .filter(Q(nonce__in=nonces) | Q(kind=ObjectKind.VOLUME, name__in=volume_names), cluster_id=cluster_id, is_pending=True)
        .order_by("created_at", "id")
    )
    by_nonce = {(row.kind, row.nonce): row for row in rows}
    volumes = {(row.node_id, row.name): row for row in rows if row.kind == ObjectKind.VOLUME}
    joined = set()
    for each in objects:
        row = by_nonce.get((each.kind.value, each.nonce)) if each.nonce else None
        if row is None and each.kind is ObjectKind.VOLUME:
            row = volumes.get((each.node_id, each.object_id))
        if row is not None and row.is_pending:
            row.node_id = each.node_id
            if _joins(row, each):
                joined.add(each)
    return joined


def _joins(row: Placement, each: AdoptableObject) -> bool:
    """False where the create's own answer placed the object a moment ago."""
    try:
        with transaction.atomic():
            _join(row, each.object_id, each.name)
    except IntegrityError:
        return False
    return True


def _collections_for(objects: Iterable[AdoptableObject], *, has_workers: bool) -> dict[AdoptableObject, uuid.UUID]:
    """The collection of each: its label's where that is valid (a former path is), else where its kind belongs."""
    wanted = {each: _default_path(each, has_workers=has_workers) for each in objects}
    labels = {each.label for each in wanted if each.label}
    known = dict(CollectionAlias.objects.filter(path__in=labels).values_list("path", "collection_id"))
    known |= dict(Collection.objects.filter(path__in=labels | set(wanted.values())).values_list("path", "id"))
    return {each: known[each.label if each.label in known else path] for each, path in wanted.items()}


def _default_path(each: AdoptableObject, *, has_workers: bool) -> str:
    if each.kind is not ObjectKind.NODE:
        return ROOT_PATH
    return SYSTEM_PATH if each.role == "manager" and has_workers else SHARED_PATH
