"""The way of one request to an engine: its cluster, its API version, its row in the table, its treatment."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from apps.audit.services import writer
from apps.configuration.selectors import revisions
from apps.configuration.types import Topic
from apps.core import notices
from apps.core.errors import NotFound, QuarterdeckError, Refused
from apps.gateway.docker import (
    acting,
    creating,
    database,
    events,
    executing,
    holds,
    reading,
    relocating,
    updating,
    versions,
)
from apps.gateway.docker.call import Call, EngineRefused, Hidden, Memory
from apps.gateway.docker.clusters import Clusters, attached_rows
from apps.gateway.docker.recording import Recorder
from apps.gateway.docker.routes import INTERNAL_TABLE, TABLE, Body, Table, Treatment, Where
from apps.gateway.edge.exchange import Exchange

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
CLUSTER_HEADER = "quarterdeck-cluster"

_TREATMENTS: dict[Treatment, Callable[[Call], Awaitable[None]]] = {
    Treatment.PING: reading.ping,
    Treatment.VERSION: reading.version,
    Treatment.INFO: reading.info,
    Treatment.LIST: reading.list_objects,
    Treatment.INSPECT: reading.inspect,
    Treatment.CALL: acting.act,
    Treatment.FOLLOW: acting.act,
    Treatment.HIJACK: acting.act,
    Treatment.EVENTS: events.follow,
    Treatment.CREATE_CONTAINER: creating.create_container,
    Treatment.CREATE_SERVICE: creating.create_service,
    Treatment.UPDATE_SERVICE: updating.update_service,
    Treatment.UPDATE_NODE: updating.update_node,
    Treatment.UPDATE_LABELS: updating.update_labels,
    Treatment.CREATE_EXEC: executing.create,
    Treatment.START_EXEC: executing.start,
    Treatment.EXEC: executing.act,
    Treatment.MOVE: relocating.move,
    Treatment.PASS: acting.pass_on,
}


class DockerHandler:
    """Serves the Docker paths of one worker. Rights come from the policy that the worker follows.

    Args:
        on_moved: called after objects were moved between collections: what is running is to be decided on again.
    """

    def __init__(self, on_moved: Callable[[], None]) -> None:
        self._on_moved = on_moved
        self._clusters = Clusters()
        self._memory = Memory()
        self._recorder = Recorder(writer())
        self._seen: dict[str, int] = {}
        self._follower: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Reads the attached clusters, and keeps up with them and with moved objects. Called after the fork."""
        await self._catch_up()
        self._recorder.start()
        self._follower = asyncio.create_task(self._follow(), name="docker handler")

    async def stop(self) -> None:
        if self._follower is not None:
            self._follower.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._follower
        await self._recorder.stop()
        self._clusters.replace([])

    async def handle(self, exchange: Exchange) -> None:
        """Answers one request.

        Raises:
            QuarterdeckError: to be rendered as the engine renders errors.
            ClientGone: see `Exchange.forward`.
        """
        await _treat(await self._route(exchange, TABLE))

    async def handle_internal(self, exchange: Exchange) -> None:
        """The same for what only our own processes ask. Raises the same, and NotFound for everybody else."""
        if not exchange.peer.is_internal:
            raise NotFound("there is nothing at this path")
        await _treat(await self._route(exchange, INTERNAL_TABLE))

    async def _route(self, exchange: Exchange, table: Table) -> Call:
        request = exchange.request
        asked, path = versions.split(request.path)
        match = table.find(request.method, path)
        if match is None:
            raise NotFound("page not found")
        cluster = self._clusters.pick(request.headers.get(CLUSTER_HEADER, ""))
        facts = await cluster.facts()
        if asked is not None and not versions.OLDEST <= asked <= facts.newest:
            # A client that got no ping asks for its own newest version: say that the engine is away, if it is.
            facts = await cluster.facts(is_fresh=True)
        version = versions.choose(asked, facts.newest)
        return Call(exchange, cluster, facts, version, match.route, match.reference, self._memory, self._recorder)

    # Keeping up

    async def _follow(self) -> None:
        changed = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(notices.wake(changed, Topic.CLUSTERS.value, Topic.PLACEMENTS.value))
            while True:
                changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await changed.wait()
                try:
                    await self._catch_up()
                except QuarterdeckError as error:
                    logger.warning("the attached clusters cannot be read: %s", error)

    async def _catch_up(self) -> None:
        now = await database.run(revisions)
        if now.get(Topic.CLUSTERS) != self._seen.get(Topic.CLUSTERS) or not self._seen:
            self._clusters.replace(await database.run(attached_rows))
        if now.get(Topic.PLACEMENTS) != self._seen.get(Topic.PLACEMENTS):
            await self._look_again()
        self._seen = {"": 0, **now}

    async def _look_again(self) -> None:
        self._memory.placements.forget()
        await holds.look_again(list(self._memory.holds))
        self._on_moved()


def _treatment_of(call: Call) -> Callable[[Call], Awaitable[None]]:
    """Rows that are not supported yet are passed on for administrators, whatever their answer looks like."""
    return acting.pass_on if call.route.where is Where.ADMINISTRATOR else _TREATMENTS[call.route.treatment]


async def _treat(call: Call) -> None:
    """Whoever lets us wait for the body is decided on when it is there: a right that ended meanwhile is one that is over."""
    try:
        if call.route.body is Body.JSON and call.exchange.request.has_body:
            await call.json_body()
        await _treatment_of(call)(call)
    except EngineRefused as refused:
        call.reply(refused.answer)
    except Hidden:
        await call.record_hidden()
        raise
    except Refused as refused:
        await call.record_refused(refused)
        raise
