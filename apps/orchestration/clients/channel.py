"""Open-ended answers and hijacked connections through the gateway's internal socket, asynchronous.

One connection a request, on plain asyncio streams: an HTTP client library would not give up the socket after the engine's
101, which a terminal needs. `StreamReader` stops reading the socket when its buffer is full, so who reads slowly holds the
engine back instead of filling our memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from apps.core.actor import Actor
from apps.core.errors import EngineUnavailable
from apps.orchestration.clients.answers import error_of
from apps.orchestration.clients.gateway import headers_for

_BUFFER_BYTES = 64 * 1024
_CHUNK_BYTES = 32 * 1024
_HEAD_TIMEOUT_SECONDS = 60
_ERROR_LIMIT_BYTES = 64 * 1024


class BrokenAnswer(EngineUnavailable):
    """The connection ended in the middle of an answer."""


@dataclass(slots=True)
class Answer:
    """An answer whose head was read. Close it by leaving the context of `open_answer`."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def is_hijacked(self) -> bool:
        """Whether `reader` and `writer` are now the other side's raw bytes."""
        return self.status == 101

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, as it comes, in pieces of at most 32 KB.

        Raises:
            BrokenAnswer: it broke off.
        """
        if self.headers.get("transfer-encoding") == "chunked":
            async for piece in self._chunked():
                yield piece
        elif "content-length" in self.headers:
            async for piece in self._counted(int(self.headers["content-length"])):
                yield piece
        else:
            while piece := await self._read(_CHUNK_BYTES):
                yield piece

    async def _chunked(self) -> AsyncIterator[bytes]:
        while True:
            try:
                size = int((await self.reader.readuntil(b"\r\n")).partition(b";")[0], 16)
            except (asyncio.IncompleteReadError, ValueError, OSError) as error:
                raise BrokenAnswer("the answer broke off") from error
            if size == 0:
                return
            async for piece in self._counted(size):
                yield piece
            await self._counted_bytes(2)

    async def _counted(self, size: int) -> AsyncIterator[bytes]:
        while size:
            piece = await self._read(min(size, _CHUNK_BYTES))
            if not piece:
                raise BrokenAnswer("the answer broke off")
            size -= len(piece)
            yield piece

    async def _counted_bytes(self, size: int) -> None:
        async for _ in self._counted(size):
            pass

    async def _read(self, limit: int) -> bytes:
        try:
            return await self.reader.read(limit)
        except OSError as error:
            raise BrokenAnswer("the answer broke off") from error


@contextlib.asynccontextmanager
async def open_answer(
    actor: Actor,
    cluster_name: str,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Any = None,
    may_hijack: bool = False,
) -> AsyncIterator[Answer]:
    """Sends a request and yields its answer once the head is there.

    Args:
        body: JSON value.
        may_hijack: ask for the raw connection (`Upgrade: tcp`); the answer then says whether it was given.

    Raises:
        The error of a status of 400 or more, with the gateway's sentence; EngineUnavailable where the gateway is away.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(str(settings.GATEWAY_SOCKET), limit=_BUFFER_BYTES)
    except OSError as error:
        raise EngineUnavailable("our gateway does not answer; try again in a moment") from error
    try:
        writer.write(_request(actor, cluster_name, method, path, query, body, may_hijack=may_hijack))
        answer = await _answer(reader, writer)
        if answer.status >= 400:
            raise error_of(answer.status, await _limited(answer))
        yield answer
    finally:
        writer.transport.abort()


async def call(
    actor: Actor,
    cluster_name: str,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Any = None,
) -> Any:
    """A small request and its whole answer as a JSON value, None without one. Raises as `open_answer`."""
    async with open_answer(actor, cluster_name, method, path, query=query, body=body) as answer:
        content = b"".join([piece async for piece in answer.pieces()])
    return json.loads(content) if content.strip() else None


def _request(
    actor: Actor, cluster_name: str, method: str, path: str, query: Mapping[str, str] | None, body: Any, *, may_hijack: bool
) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"Host": "quarterdeck", **headers_for(actor, cluster_name)}
    headers["Content-Length"] = str(len(content))
    if may_hijack:
        headers |= {"Connection": "Upgrade", "Upgrade": "tcp"}
    else:
        headers["Connection"] = "close"
    target = f"{path}?{urlencode(query)}" if query else path
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
    try:
        async with asyncio.timeout(_HEAD_TIMEOUT_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError) as error:
        raise EngineUnavailable("our gateway did not answer; try again in a moment") from error
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Answer(int(status_line.split(" ")[1]), headers, reader, writer)


async def _limited(answer: Answer) -> bytes:
    content = b""
    async for piece in answer.pieces():
        content += piece
        if len(content) > _ERROR_LIMIT_BYTES:
            break
    return content
