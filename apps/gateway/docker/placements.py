"""Which collection an object is in, remembered per worker.

An id is looked up in the database once. An object without a row may get one at any moment, so absence is never remembered,
and neither is anything about volumes, whose names can be taken again by somebody else. Moves raise the revision
PLACEMENTS, which empties the memory.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from apps.access import selectors
from apps.access.types import ObjectKind
from apps.gateway.docker import database

MAX_REMEMBERED = 100_000
_Key = tuple[uuid.UUID, ObjectKind, str]
_ROW_CHUNK = 500


class Placements:
    def __init__(self) -> None:
        self._known: dict[_Key, uuid.UUID] = {}

    def forget(self) -> None:
        self._known = {}

    def remember(self, cluster_id: uuid.UUID, kind: ObjectKind, object_id: str, collection_id: uuid.UUID) -> None:
        if kind is ObjectKind.VOLUME:
            return
        if len(self._known) >= MAX_REMEMBERED:
            self.forget()
        self._known[cluster_id, kind, object_id] = collection_id

    async def of(
        self, cluster_id: uuid.UUID, wanted: Iterable[tuple[ObjectKind, str]]
    ) -> dict[tuple[ObjectKind, str], uuid.UUID]:
        """The collections of objects, by kind and id; without a placement they are absent, which means `/`."""
        found: dict[tuple[ObjectKind, str], uuid.UUID] = {}
        unknown: dict[ObjectKind, set[str]] = {}
        known = self._known
        for pair in wanted:
            collection_id = known.get((cluster_id, *pair))
            if collection_id is not None:
                found[pair] = collection_id
            elif pair[1]:
                unknown.setdefault(pair[0], set()).add(pair[1])
        for kind, ids in unknown.items():
            for object_id, collection_id in (await database.run(_look_up, cluster_id, kind, sorted(ids))).items():
                found[kind, object_id] = collection_id
                self.remember(cluster_id, kind, object_id, collection_id)
        return found


def _look_up(cluster_id: uuid.UUID, kind: ObjectKind, ids: list[str]) -> dict[str, uuid.UUID]:
    found: dict[str, uuid.UUID] = {}
    for start in range(0, len(ids), _ROW_CHUNK):
        rows = selectors.placements_of(cluster_id, kind, ids[start : start + _ROW_CHUNK])
        found.update((object_id, row.collection_id) for object_id, row in rows.items())
    return found
