"""What the projector reads and writes in our database. Blocking: called through `database.run`."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from apps.access import selectors
from apps.access.models import Placement
from apps.access.services import adopt, place_volumes_of_services, remove_gone_stacks, remove_placement
from apps.access.types import AdoptableObject, ObjectKind, PlacementInfo
from apps.core import clock
from apps.gateway.docker.objects import EngineObject, Kind, volumes_of_service
from apps.orchestration.models import Cluster
from apps.orchestration.types import ClusterKind, ClusterState

LEASE_SECONDS = 10
NODE_BOUND = frozenset({Kind.CONTAINER, Kind.VOLUME})
"""Kinds whose names repeat per node: their placements say which node."""

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class FollowedCluster:
    id: uuid.UUID
    name: str
    url: str


def clusters() -> list[FollowedCluster]:
    return [FollowedCluster(*row) for row in Cluster.objects.values_list("id", "name", "url")]


def take_lease(cluster_id: uuid.UUID, holder: str) -> bool:
    """Takes or renews the lease, by compare-and-set. Whether it is ours now."""
    now = clock.now()
    free = Q(lease_holder__in=("", holder)) | Q(lease_expires_at__lt=now) | Q(lease_expires_at__isnull=True)
    ends = now + datetime.timedelta(seconds=LEASE_SECONDS)
    return bool(Cluster.objects.filter(free, id=cluster_id).update(lease_holder=holder, lease_expires_at=ends))


def release_lease(cluster_id: uuid.UUID, holder: str) -> None:
    Cluster.objects.filter(id=cluster_id, lease_holder=holder).update(lease_holder="", lease_expires_at=None)


@dataclass(frozen=True, slots=True)
class EngineDescription:
    """What an engine says of itself, as far as the cluster's row keeps it."""

    kind: ClusterKind
    version: str
    api_version: str
    swarm_id: str
    engine_id: str


def report_ready(cluster_id: uuid.UUID, engine: EngineDescription) -> None:
    Cluster.objects.filter(id=cluster_id).update(
        state=ClusterState.READY,
        error="",
        kind=engine.kind,
        version=engine.version[:64],
        api_version=engine.api_version[:10],
        swarm_id=engine.swarm_id[:64],
        engine_id=engine.engine_id[:128],
        seen_at=clock.now(),
    )


def report_unreachable(cluster_id: uuid.UUID, error: str) -> None:
    Cluster.objects.filter(id=cluster_id).update(state=ClusterState.UNREACHABLE, error=error[:500])


def report_seen(cluster_id: uuid.UUID) -> None:
    Cluster.objects.filter(id=cluster_id).update(seen_at=clock.now())


def rebind_node(cluster_id: uuid.UUID, node_id: str) -> None:
    """What was placed on this engine before it joined a swarm, or left one, is on its node of now.

    Args:
        node_id: the engine's node, "" outside swarm mode.
    """
    bound = Placement.objects.filter(cluster_id=cluster_id, kind__in=[kind.placed_as for kind in NODE_BOUND])
    elsewhere = bound.filter(node_id="") if node_id else bound.exclude(node_id="")
    if not elsewhere.exists():
        return
    here = bound.filter(node_id=node_id).exclude(object_id="")
    twin = {"kind": OuterRef("kind"), "object_id": OuterRef("object_id")}
    with transaction.atomic():
        here.filter(Exists(elsewhere.filter(**twin)), owner_id=None).delete()  # adopted again, without its owner
        elsewhere.filter(Exists(here.filter(**twin))).delete()
        elsewhere.update(node_id=node_id)


def placed_ids(cluster_id: uuid.UUID, kind: Kind, node_id: str) -> set[str]:
    """The ids that have a placement: to be read before the engine is asked, so that what is missing then is really gone.

    Tasks have none of their own.
    """
    if kind is Kind.TASK:
        return set()
    rows = Placement.objects.filter(cluster_id=cluster_id, kind=kind.placed_as, is_pending=False)
    if kind in NODE_BOUND:
        rows = rows.filter(node_id=node_id)
    return set(rows.values_list("object_id", flat=True))


def remove_placements(cluster_id: uuid.UUID, kind: Kind, object_ids: Iterable[str], node_id: str) -> None:
    for object_id in object_ids:
        remove_placement(
            cluster_id=cluster_id,
            kind=kind.placed_as,
            object_id=object_id,
            node_id=node_id if kind in NODE_BOUND else None,
        )


def place(
    cluster_id: uuid.UUID, objects: Sequence[EngineObject], node_id: str, *, has_workers: bool
) -> dict[tuple[Kind, str], PlacementInfo]:
    """Adopts what has no placement, and says where each object is. What is absent in the answer is in `/`."""
    adoptable = [
        AdoptableObject(
            kind=each.kind.placed_as,
            object_id=each.id,
            name=each.name,
            node_id=node_id if each.kind in NODE_BOUND else "",
            label=each.label,
            nonce=each.nonce,
            role=each.role,
        )
        for each in objects
        if _is_adoptable(each)
    ]
    adopt(cluster_id=cluster_id, objects=[*adoptable, *_stacks(objects)], has_workers=has_workers)
    return where(cluster_id, objects)


def _stacks(objects: Sequence[EngineObject]) -> list[AdoptableObject]:
    """The stacks of services among the objects, each with the label of the first."""
    services = (each for each in objects if each.kind is Kind.SERVICE and each.stack)
    found = {each.stack[:255]: each for each in reversed(list(services))}
    return [AdoptableObject(ObjectKind.STACK, name, name, label=each.label) for name, each in found.items()]


def place_volumes(cluster_id: uuid.UUID, services: Iterable[EngineObject]) -> None:
    """The volumes that the services name; see `access.services.place_volumes_of_services`."""
    named = {each.id: volumes_of_service(each.raw) for each in services}
    places = _look_up(cluster_id, ObjectKind.SERVICE, sorted(id_ for id_, volumes in named.items() if volumes))
    volumes = {name[:255]: info.collection_id for id_, info in places.items() for name in named[id_]}
    if volumes:
        place_volumes_of_services(cluster_id=cluster_id, volumes=volumes)


def remove_stacks_without(cluster_id: uuid.UUID, services: Sequence[EngineObject]) -> None:
    """Of all services of the cluster, none is part of these any more."""
    remove_gone_stacks(cluster_id=cluster_id, names={each.stack[:255] for each in services if each.stack})


def _is_adoptable(each: EngineObject) -> bool:
    """Tasks and their containers are where their service is; the engine's own networks are nowhere."""
    return each.kind is not Kind.TASK and not each.is_predefined and not (each.kind is Kind.CONTAINER and each.service_id)


def where(cluster_id: uuid.UUID, objects: Sequence[EngineObject]) -> dict[tuple[Kind, str], PlacementInfo]:
    own: dict[ObjectKind, set[str]] = {}
    for each in objects:
        placed_as, object_id = each.placed_as
        own.setdefault(placed_as, set()).add(object_id)
        if each.service_id:
            own.setdefault(ObjectKind.SERVICE, set()).add(each.service_id)
    found = {kind: _look_up(cluster_id, kind, sorted(ids)) for kind, ids in own.items()}
    result: dict[tuple[Kind, str], PlacementInfo] = {}
    for each in objects:
        placed_as, object_id = each.placed_as
        info = found[placed_as].get(object_id)
        if info is None and each.service_id:
            info = found[ObjectKind.SERVICE].get(each.service_id)
        if info is not None:
            result[each.kind, each.id] = info
    return result


def _look_up(cluster_id: uuid.UUID, kind: ObjectKind, ids: list[str]) -> dict[str, PlacementInfo]:
    found: dict[str, PlacementInfo] = {}
    for start in range(0, len(ids), _CHUNK):
        found.update(selectors.placements_of(cluster_id, kind, ids[start : start + _CHUNK]))
    return found
