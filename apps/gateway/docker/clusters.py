"""The attached clusters, as a worker of the gateway knows them: where their engine listens, and what it says of itself."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from apps.core.errors import EngineUnavailable, NotFound, QuarterdeckError
from apps.gateway.docker import versions
from apps.gateway.docker.versions import Version
from apps.gateway.edge.upstream import Answer, Upstream
from apps.orchestration.models import Cluster

FACTS_LIFETIME_SECONDS = 30.0
PING_LIFETIME_SECONDS = 1.0


class NoCluster(QuarterdeckError):
    status = 503
    code = "no-cluster"
    title = "No cluster is attached"


class EngineFacts(NamedTuple):
    """What an engine says of itself.

    Args:
        newest: the newest API version that it and we know.
        is_clamped: the engine knows newer versions than we do.
        node_id: its node in the swarm, "" outside swarm mode.
        node_name: its host name.
    """

    newest: Version
    is_clamped: bool
    node_id: str
    node_name: str


class _Version(msgspec.Struct):
    ApiVersion: str


class _Swarm(msgspec.Struct):
    NodeID: str = ""


class _Info(msgspec.Struct):
    Name: str = ""
    Swarm: _Swarm | None = None


class ClusterRow(NamedTuple):
    id: uuid.UUID
    name: str
    url: str


class AttachedCluster:
    """One attached cluster and the connections to its engine."""

    def __init__(self, row: ClusterRow) -> None:
        self.row = row
        self.id = row.id
        self.name = row.name
        self.upstream = Upstream(row.url, name=f"cluster {row.name}")
        self._facts: EngineFacts | None = None
        self._fresh_until = 0.0
        self._lock = asyncio.Lock()
        self._ping: Answer | None = None
        self._ping_fresh_until = 0.0
        self._ping_lock = asyncio.Lock()

    async def facts(self, *, is_fresh: bool = False) -> EngineFacts:
        """Asked of the engine at most every 30 s.

        Args:
            is_fresh: ask it now.

        Raises:
            EngineUnavailable: see `Upstream.request`.
        """
        if self._facts is not None and time.monotonic() < self._fresh_until and not is_fresh:
            return self._facts
        async with self._lock:
            if self._facts is None or time.monotonic() >= self._fresh_until or is_fresh:
                self._facts = await self._ask()
                self._fresh_until = time.monotonic() + FACTS_LIFETIME_SECONDS
        return self._facts

    async def ping(self) -> Answer:
        """The engine's answer to /_ping, at most a second old: every docker command begins with one, and a thousand
        clients then ask the engine no more than one does.

        Raises:
            EngineUnavailable: see `Upstream.request`.
        """
        if self._ping is not None and time.monotonic() < self._ping_fresh_until:
            return self._ping
        async with self._ping_lock:
            if self._ping is None or time.monotonic() >= self._ping_fresh_until:
                self._ping = None
                self._ping = await self.upstream.request("GET", "/_ping", timeout_seconds=20)
                self._ping_fresh_until = time.monotonic() + PING_LIFETIME_SECONDS
        return self._ping

    async def _ask(self) -> EngineFacts:
        version = await self.upstream.request("GET", "/version", timeout_seconds=10)
        info = await self.upstream.request("GET", "/info", timeout_seconds=20)
        try:
            spoken = versions.parse(msgspec.json.decode(version.body, type=_Version).ApiVersion)
            engine = msgspec.json.decode(info.body, type=_Info)
        except (msgspec.MsgspecError, ValueError) as error:
            raise EngineUnavailable(f"cluster {self.name}: what answers there is no Docker engine") from error
        newest = versions.clamp(spoken)
        return EngineFacts(newest, newest < spoken, engine.Swarm.NodeID if engine.Swarm else "", engine.Name)


class Clusters:
    """All attached clusters of this worker."""

    def __init__(self) -> None:
        self._by_name: dict[str, AttachedCluster] = {}

    def replace(self, rows: Iterable[ClusterRow]) -> None:
        """Takes over what the database says; a cluster that did not change keeps its connections."""
        present = {cluster.row: cluster for cluster in self._by_name.values()}
        self._by_name = {row.name: present.pop(row) if row in present else AttachedCluster(row) for row in rows}
        for cluster in present.values():
            cluster.upstream.close()

    def pick(self, name: str) -> AttachedCluster:
        """The cluster of that name; "" means the first one attached.

        Raises:
            NotFound: there is no cluster of that name.
            NoCluster: none is attached; with what to do.
        """
        if name:
            cluster = self._by_name.get(name)
            if cluster is None:
                raise NotFound(f"there is no cluster {name[:64]!r}")
            return cluster
        if not self._by_name:
            raise NoCluster(
                "no cluster is attached: an administrator attaches a Docker engine in the console or with "
                "POST /api/v1/clusters/, or starts Quarterdeck with --engine unix:///var/run/docker.sock"
            )
        return next(iter(self._by_name.values()))


def attached_rows() -> list[ClusterRow]:
    """From the database, the oldest first."""
    rows = Cluster.objects.order_by("created_at", "name").values_list("id", "name", "url")
    return [ClusterRow(*row) for row in rows]
