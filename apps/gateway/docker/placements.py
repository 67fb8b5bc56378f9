"""Which collection an object is in, remembered per worker.

An id is looked up in the database once. An object without a row may get one at any moment, so absence is never remembered,
and neither is anything about volumes, whose names can be taken again by somebody else. Moves raise the revision
PLACEMENTS, which empties the memory.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable

from apps.access import selectors
from apps.access.types import ObjectKind
from apps.gateway.docker import database

MAX_REMEMBERED = 100_000  # of one kind
_ROW_CHUNK = 500


Known = dict[tuple[uuid.UUID, ObjectKind], dict[str, uuid.UUID]]


class Placements:
    def __init__(self) -> None:
        self._known: Known = {}

    def forget(self) -> None:
        self._known = {}

    def remember(self, cluster_id: uuid.UUID, kind: ObjectKind, object_id: str, collection_id: uuid.UUID) -> None:
        _remember(self._known, cluster_id, kind, object_id, collection_id)

    async def of(self, cluster_id: uuid.UUID, kind: ObjectKind, ids: Iterable[str]) -> dict[str, uuid.UUID]:
        """The collections of objects, by id; without a placement they are absent, which means `/`."""
        memory = self._known  # what is forgotten while we look is not remembered by what we find
        known = memory.get((cluster_id, kind), {})
        found: dict[str, uuid.UUID] = {}
        unknown: set[str] = set()
        for object_id in ids:
            collection_id = known.get(object_id)
            if collection_id is not None:
                found[object_id] = collection_id
            elif object_id:
                unknown.add(object_id)
        if unknown:
            for object_id, collection_id in (await database.run(_look_up, cluster_id, kind, sorted(unknown))).items():
                found[object_id] = collection_id
                _remember(memory, cluster_id, kind, object_id, collection_id)
        return found

    async def at(self, cluster_id: uuid.UUID, kind: ObjectKind, object_id: str, moment: datetime.datetime) -> uuid.UUID | None:
        """The collection in which an object is, or was before it went; None where it has no placement (yet).

        Args:
            moment: of what is told about it: a volume that is gone and one that has its name now are two.
        """
        if kind is not ObjectKind.VOLUME:
            found = (await self.of(cluster_id, kind, [object_id])).get(object_id)
            return found or await database.run(selectors.departed_from, cluster_id, kind, object_id)
        departed = await database.run(selectors.departed_from, cluster_id, kind, object_id, after=moment)
        return departed or (await self.of(cluster_id, kind, [object_id])).get(object_id)


def _remember(memory: Known, cluster_id: uuid.UUID, kind: ObjectKind, object_id: str, collection_id: uuid.UUID) -> None:
    if kind is ObjectKind.VOLUME:
        return
    known = memory.setdefault((cluster_id, kind), {})
    if len(known) >= MAX_REMEMBERED:
        known.clear()
    known[object_id] = collection_id


def _look_up(cluster_id: uuid.UUID, kind: ObjectKind, ids: list[str]) -> dict[str, uuid.UUID]:
    found: dict[str, uuid.UUID] = {}
    for start in range(0, len(ids), _ROW_CHUNK):
        rows = selectors.placements_of(cluster_id, kind, ids[start : start + _ROW_CHUNK])
        found.update((object_id, row.collection_id) for object_id, row in rows.items())
    return found
