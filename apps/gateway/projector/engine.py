"""What the projector asks of an engine, and how the engine's events read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from apps.core.errors import EngineUnavailable
from apps.gateway.docker import engine_events, filters, versions
from apps.gateway.docker.objects import FACTS, EngineObject, Kind, read_list
from apps.gateway.edge.http1 import target
from apps.gateway.edge.upstream import Answer, Upstream
from apps.gateway.projector.storage import EngineDescription
from apps.orchestration.types import ClusterKind

DESCRIBE_SECONDS = 15.0
SWARM_KINDS = (Kind.NODE, Kind.SERVICE, Kind.TASK, Kind.SECRET, Kind.CONFIG)
LOCAL_KINDS = (Kind.CONTAINER, Kind.NETWORK, Kind.VOLUME)

_NO_CHANGE = frozenset({"archive-path", "attach", "commit", "copy", "detach", "export", "extract-to-dir", "resize", "top"})


@dataclass(slots=True)
class Dirty:
    """What events said has changed: ids by kind, and the services whose tasks are to be looked at."""

    ids: dict[Kind, set[str]] = field(default_factory=dict)
    services: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.ids or self.services)

    def add(self, kind: Kind, object_id: str) -> None:
        self.ids.setdefault(kind, set()).add(object_id)


_KINDS = {kind.value: kind for kind in (*SWARM_KINDS, *LOCAL_KINDS)}


def read_event(line: bytes, dirty: Dirty) -> None:
    """Notes what a line of `GET /events` changes. Events that change nothing that is listed are left out."""
    event = engine_events.read(line)
    kind = _KINDS.get(event.Type) if event is not None else None
    if event is None or kind is None or not event.id:
        return
    if event.is_about_a_command or event.Action in _NO_CHANGE:
        return
    dirty.add(kind, event.id)
    if kind is Kind.SERVICE:
        dirty.services.add(event.id)
    if event.service_id:
        dirty.services.add(event.service_id)


@dataclass(frozen=True, slots=True)
class Seen:
    """An engine that answered: its description, its node, and its own clock in seconds since 1970."""

    description: EngineDescription
    node_id: str
    is_manager: bool
    system_time: str


class Engine:
    """Args: upstream: of the cluster's engine."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self._version = str(versions.OLDEST)

    async def describe(self) -> Seen:
        """Raises EngineUnavailable."""
        version = self._json(await self.upstream.request("GET", "/version", timeout_seconds=DESCRIBE_SECONDS))
        info = self._json(await self.upstream.request("GET", "/info", timeout_seconds=DESCRIBE_SECONDS))
        try:
            self._version = str(versions.clamp(versions.parse(version["ApiVersion"])))
        except (KeyError, ValueError) as error:
            raise EngineUnavailable(f"{self.upstream.name}: what answers there is no Docker engine") from error
        swarm = info.get("Swarm") or {}
        is_manager = bool(swarm.get("ControlAvailable"))
        description = EngineDescription(
            kind=ClusterKind.SWARM if is_manager else ClusterKind.ENGINE,
            version=str(version.get("Version", "")),
            api_version=version["ApiVersion"],
            swarm_id=str((swarm.get("Cluster") or {}).get("ID", "")),
            engine_id=str(info.get("ID", "")),
        )
        return Seen(description, swarm.get("NodeID", ""), is_manager, str(info.get("SystemTime", "")))

    async def list_all(self, kind: Kind) -> list[EngineObject]:
        return await self._list(kind, {})

    async def list_some(self, kind: Kind, ids: Iterable[str]) -> list[EngineObject]:
        """The objects of these ids that exist; perhaps others, too."""
        return await self._list(kind, {"name" if kind is Kind.VOLUME else "id": sorted(ids)})

    async def list_tasks_of(self, service_id: str) -> list[EngineObject]:
        """Empty where the service is gone."""
        return await self._list(Kind.TASK, {"service": [service_id]}, gone_is_empty=True)

    async def _list(self, kind: Kind, wanted: filters.Filters, *, gone_is_empty: bool = False) -> list[EngineObject]:
        query = [("all", "1")] if kind is Kind.CONTAINER else []
        if wanted:
            query.append(("filters", filters.write(wanted)))
        answer = await self.upstream.request("GET", self.target(FACTS[kind].listing, query))
        if gone_is_empty and answer.status == 404:
            return []
        if answer.status != 200:
            raise EngineUnavailable(f"{self.upstream.name}: {FACTS[kind].listing} was answered with {answer.status}")
        try:
            return read_list(kind, answer.body)
        except msgspec.MsgspecError as error:
            raise EngineUnavailable(f"{self.upstream.name}: the engine's answer cannot be read") from error

    async def inspect_node(self, node_id: str) -> dict[str, Any] | None:
        answer = await self.upstream.request("GET", self.target(FACTS[Kind.NODE].path_of(node_id)))
        return self._json(answer) if answer.status == 200 else None

    async def update_node(self, node_id: str, version: int, spec: dict[str, Any]) -> bool:
        """False where somebody changed the node meanwhile."""
        path = self.target(f"/nodes/{node_id}/update", [("version", str(version))])
        answer = await self.upstream.request("POST", path, body=json.dumps(spec).encode())
        return answer.status < 400

    def target(self, path: str, query: Iterable[tuple[str, str]] = ()) -> bytes:
        return target.serialise(f"/v{self._version}{path}", query)

    def _json(self, answer: Answer) -> dict[str, Any]:
        try:
            value = json.loads(answer.body)
        except ValueError:
            value = None
        if answer.status != 200 or not isinstance(value, dict):
            raise EngineUnavailable(f"{self.upstream.name}: what answers there is no Docker engine")
        return value
