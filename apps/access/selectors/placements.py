from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable

from apps.access.models import Departure, Placement
from apps.access.types import ObjectKind, ObjectRef, PlacementInfo


def placements_of(
    cluster_id: uuid.UUID, kind: ObjectKind | str, object_ids: Iterable[str], *, node_id: str | None = None
) -> dict[str, PlacementInfo]:
    """Where each of the objects is and whose it is, in one query; objects without a placement are absent.

    Of a volume on a certain node and one of that name on any, the first counts.

    Args:
        node_id: only objects of that node, for kinds whose names repeat per node.
    """
    rows = Placement.objects.filter(cluster_id=cluster_id, kind=str(kind), object_id__in=list(object_ids)).exclude(object_id="")
    if node_id is not None:
        rows = rows.filter(node_id=node_id)
    return {
        object_id: PlacementInfo(collection_id, owner_id, owner_name)
        for object_id, collection_id, owner_id, owner_name in rows.order_by("node_id").values_list(
            "object_id", "collection_id", "owner_id", "owner_name"
        )
    }


def places_of_volume(cluster_id: uuid.UUID, name: str) -> frozenset[uuid.UUID]:
    """The collections of the volumes of a name, on whatever nodes."""
    rows = Placement.objects.filter(cluster_id=cluster_id, kind=ObjectKind.VOLUME, object_id=name)
    return frozenset(rows.values_list("collection_id", flat=True))


def label_last_sent(cluster_id: uuid.UUID, ref: ObjectRef) -> str:
    """The access label that a caller last sent for the object; "" where none did."""
    rows = Placement.objects.filter(cluster_id=cluster_id, kind=ref.kind, object_id=ref.object_id, node_id=ref.node_id)
    return rows.values_list("label", flat=True).first() or ""


def places_of_nodes(cluster_id: uuid.UUID) -> dict[str, uuid.UUID]:
    """Id of each node of a cluster → the collection it is in."""
    rows = Placement.objects.filter(cluster_id=cluster_id, kind=ObjectKind.NODE, is_pending=False)
    return dict(rows.values_list("object_id", "collection_id"))


def departed_from(
    cluster_id: uuid.UUID, kind: ObjectKind | str, object_id: str, *, after: datetime.datetime | None = None
) -> uuid.UUID | None:
    """The collection in which an object was that is gone; None where nobody remembers.

    Args:
        after: the first one of that id that went after this moment, for kinds whose ids are names.
    """
    rows = Departure.objects.filter(cluster_id=cluster_id, kind=str(kind), object_id=object_id)
    if after is not None:
        rows = rows.filter(removed_at__gte=after)
    return rows.order_by("removed_at").values_list("collection_id", flat=True).first()
