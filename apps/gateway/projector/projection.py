"""The objects of one cluster in memory, with a version that grows with every change."""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from apps.gateway.docker.objects import EngineObject, Kind

_STATUS = re.compile(rb'"Status":"[^"(]*(?:\([0-9]+\)[^"(]*)?(\([a-z: ]+\))?"')


@dataclass(frozen=True, slots=True)
class Projected:
    """Args: collection_id: None for `/`; owner_name: "" where it was made behind our back."""

    object: EngineObject
    collection_id: uuid.UUID | None = None
    owner_name: str = ""

    def is_same_as(self, other: Projected) -> bool:
        """A container's status says how long it has been up: that alone is no change."""
        if (self.collection_id, self.owner_name) != (other.collection_id, other.owner_name):
            return False
        mine, others = self.object.raw, other.object.raw
        if mine == others:
            return True
        return self.object.kind is Kind.CONTAINER and _STATUS.sub(rb"\1", mine) == _STATUS.sub(rb"\1", others)

    def to_json(self) -> bytes:
        each = self.object
        known: dict[str, str | None] = {
            "id": each.id,
            "kind": each.kind.value,
            "name": each.name,
            "collection_id": str(self.collection_id) if self.collection_id else None,
            "owner_name": self.owner_name,
        }
        if each.service_id:
            known["service_id"] = each.service_id
        return msgspec.json.encode(known)[:-1] + b',"object":' + each.raw + b"}"


@dataclass(frozen=True, slots=True)
class Change:
    """Args: action: "create", "update" or "remove"; version: of the projection with it."""

    kind: Kind
    id: str
    action: str
    collection_id: uuid.UUID | None
    version: int


class Projection:
    def __init__(self) -> None:
        self.version = 0
        self.is_complete = False  # every kind was listed once
        self._first_look = asyncio.Event()
        self._objects: dict[Kind, dict[str, Projected]] = {kind: {} for kind in Kind}
        self._changed = asyncio.Event()

    def of_kind(self, kind: Kind) -> Iterable[Projected]:
        return self._objects[kind].values()

    def get(self, kind: Kind, object_id: str) -> Projected | None:
        return self._objects[kind].get(object_id)

    def put(self, objects: Iterable[Projected]) -> list[Change]:
        return list(self._put(objects))

    def remove(self, kind: Kind, object_ids: Iterable[str]) -> list[Change]:
        return list(self._remove(kind, object_ids))

    def replace(self, kind: Kind, objects: Iterable[Projected]) -> list[Change]:
        """Takes over a whole list: what is not in it is gone."""
        objects = list(objects)
        gone = self._objects[kind].keys() - {each.object.id for each in objects}
        return [*self._put(objects), *self._remove(kind, gone)]

    def end_look(self, *, is_complete: bool) -> None:
        """A look at the engine is over: everything was listed, or the engine does not answer."""
        self.is_complete = self.is_complete or is_complete
        self._first_look.set()

    async def wait_for_first_look(self, timeout_seconds: float) -> None:
        """Returns when the first look at the engine is over, or the time is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._first_look.wait()

    async def wait_for(self, version: int, timeout_seconds: float) -> None:
        """Returns when the version is reached, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                while self.version < version:
                    await self._changed.wait()

    def _put(self, objects: Iterable[Projected]) -> Iterator[Change]:
        for each in objects:
            kept = self._objects[each.object.kind]
            before = kept.get(each.object.id)
            kept[each.object.id] = each
            if before is None:
                yield self._change(each, "create")
            elif not each.is_same_as(before):
                yield self._change(each, "update")

    def _remove(self, kind: Kind, object_ids: Iterable[str]) -> Iterator[Change]:
        for object_id in object_ids:
            gone = self._objects[kind].pop(object_id, None)
            if gone is not None:
                yield self._change(gone, "remove")

    def _change(self, each: Projected, action: str) -> Change:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()
        return Change(each.object.kind, each.object.id, action, each.collection_id, self.version)
