"""Following a log through the gateway, as frames for the browser."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from channels.db import database_sync_to_async

from apps.core.actor import Actor
from apps.core.errors import EngineUnavailable
from apps.orchestration.clients import channel
from apps.streams import selectors
from apps.streams.rules.logs import LogDecoder
from apps.streams.selectors import LogSource
from apps.streams.types import LogLine

_TASK_ID = "com.docker.swarm.task.id"
_NAMES_AGAIN_SECONDS = 1.0
Frame = dict[str, Any]
OpenLog = contextlib.AbstractAsyncContextManager[AsyncIterator[Frame]]


@contextlib.asynccontextmanager
async def follow_service(actor: Actor, service_id: str, query: dict[str, str]) -> AsyncIterator[AsyncIterator[Frame]]:
    """The log of all tasks of a service; each frame's source is its task's name.

    Args:
        query: `tail` and `since`, as the Engine API takes them.

    Raises:
        NotFound, Refused, EngineUnavailable: before the first frame, with the sentence for the caller.
    """
    source = await database_sync_to_async(selectors.service_log_source)(actor, service_id)
    names = _TaskNames(actor, source)
    path = f"/services/{source.id}/logs"
    async with _open(actor, source, path, {**query, "details": "1"}) as answer:
        decoder = LogDecoder(has_terminal=bool(source.has_terminal), has_details=True)
        yield _explained(_service_frames(answer, decoder, names), actor, "Service Logs", source)


@contextlib.asynccontextmanager
async def follow_container(actor: Actor, container_id: str, query: dict[str, str]) -> AsyncIterator[AsyncIterator[Frame]]:
    """The log of one container. Args, Raises: as `follow_service`."""
    source = await database_sync_to_async(selectors.container_source)(actor, container_id)
    inspected = await channel.call(actor, source.cluster_name, "GET", f"/containers/{source.id}/json")
    async with _open(actor, source, f"/containers/{source.id}/logs", query) as answer:
        decoder = LogDecoder(has_terminal=bool(inspected["Config"]["Tty"]))
        yield _explained(_container_frames(answer, decoder, source.name), actor, "Container Logs", source)


def _open(
    actor: Actor, source: LogSource, path: str, query: dict[str, str]
) -> contextlib.AbstractAsyncContextManager[channel.Answer]:
    wanted = {"stdout": "1", "stderr": "1", "follow": "1", "timestamps": "1", **query}
    return channel.open_answer(actor, source.cluster_name, "GET", path, query=wanted)


async def _explained(frames: AsyncIterator[Frame], actor: Actor, operation: str, source: LogSource) -> AsyncIterator[Frame]:
    """A log that breaks off may have been ended: then the reason is raised."""
    try:
        async for frame in frames:
            yield frame
    except EngineUnavailable:
        await database_sync_to_async(selectors.require_held)(actor, operation, source)
        raise


async def _container_frames(answer: channel.Answer, decoder: LogDecoder, name: str) -> AsyncIterator[Frame]:
    async for piece in answer.pieces():
        for line in decoder.feed(piece):
            yield _frame(line, name)


async def _service_frames(answer: channel.Answer, decoder: LogDecoder, names: _TaskNames) -> AsyncIterator[Frame]:
    async for piece in answer.pieces():
        for line in decoder.feed(piece):
            yield _frame(line, await names.of(line.details.get(_TASK_ID, "")))


def _frame(line: LogLine, source: str) -> Frame:
    return {"type": "log", "time": line.time, "stream": line.stream, "source": source, "text": line.text}


class _TaskNames:
    """The names of a service's tasks, asked again when an unknown one appears, at most once a second."""

    def __init__(self, actor: Actor, source: LogSource) -> None:
        self._actor = actor
        self._source = source
        self._names: dict[str, str] = {}
        self._asked_at = -_NAMES_AGAIN_SECONDS

    async def of(self, task_id: str) -> str:
        """The task's name; the service's where the task is not known (yet)."""
        if task_id and task_id not in self._names and time.monotonic() - self._asked_at >= _NAMES_AGAIN_SECONDS:
            self._asked_at = time.monotonic()
            self._names.update(await database_sync_to_async(selectors.task_names)(self._actor, self._source.id))
        return self._names.get(task_id, self._source.name)
