"""`/ws/logs/services/{id}` and `/ws/logs/containers/{id}`: a log, followed.

Frames: `{"type":"log","time","stream","source","text"}`. Query: `tail` (lines, 200 unless told, or "all") and `since`
(POSIX seconds, or RFC 3339): a browser that comes back asks since the `time` of its last line, and gets what is later.
"""

from __future__ import annotations

import abc
import contextlib
from collections.abc import AsyncIterator
from functools import partial

from apps.core.errors import InvalidInput
from apps.streams.consumers.websocket import Serve, Stream
from apps.streams.rules.times import engine_since
from apps.streams.services import logs

_DEFAULT_TAIL = "200"


class _Logs(Stream):
    @abc.abstractmethod
    def follow(self, object_id: str, query: dict[str, str]) -> logs.OpenLog:
        """The frames of the log."""

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Serve]:
        async with self.follow(self.socket.arguments["id"], self._query()) as frames:
            yield partial(self._serve, frames)

    def _query(self) -> dict[str, str]:
        tail = self.socket.query.get("tail", _DEFAULT_TAIL)
        if tail != "all" and not tail.isdecimal():
            raise InvalidInput.field("tail", "must be a number of lines, or all")
        query = {"tail": tail}
        if since := self.socket.query.get("since"):
            query["since"] = engine_since(since)
        return query

    async def _serve(self, frames: AsyncIterator[logs.Frame]) -> None:
        async for frame in frames:
            await self.socket.send_json(frame)


class ServiceLogs(_Logs):
    def follow(self, object_id: str, query: dict[str, str]) -> logs.OpenLog:
        return logs.follow_service(self.caller.actor, object_id, query)


class ContainerLogs(_Logs):
    def follow(self, object_id: str, query: dict[str, str]) -> logs.OpenLog:
        return logs.follow_container(self.caller.actor, object_id, query)
