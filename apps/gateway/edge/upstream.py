"""Connections to what answers behind the gateway: engines, and our own web and streams processes.

An `UpstreamConnection` carries one request at a time:

    IDLE ──send──▶ HEAD ──head──▶ BODY ──end──▶ IDLE      (taken again only when nothing is unread and nothing is unsent)
                     └──101 or raw stream──▶ TUNNEL        (never taken again)

It reads the answer strictly, follows its framing, and calls a `ResponseSink` for what arrives. `Upstream.request` and
`Upstream.stream` are sinks for our own questions; `splice` has those that feed a client.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import re
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol, cast
from urllib.parse import urlsplit

from apps.core.errors import EngineUnavailable
from apps.gateway.edge.http1 import fields, response
from apps.gateway.edge.http1.body import Body, EofBody
from apps.gateway.edge.http1.errors import BadFraming, BadResponse
from apps.gateway.edge.http1.response import ResponseHead

Headers = Sequence[tuple[str, str]]

CONNECT_TIMEOUT_SECONDS = 5
WRITE_HIGH_WATER_BYTES = 256 * 1024
MAX_ANSWER_BYTES = 256 * 1024 * 1024
MAX_IDLE_CONNECTIONS = 32
STREAM_HIGH_WATER_BYTES = 256 * 1024
RETRIED_METHODS = frozenset({"GET", "HEAD"})


_TARGET = re.compile(rb"/[\x21-\x7e]*+")


class NotReachable(EngineUnavailable):
    """There is no connection: nothing was sent, so asking again does no harm."""


class BodyMode(enum.Enum):
    """How a sink wants the body of the answer."""

    RAW = "raw"  # the bytes as they are framed
    PAYLOAD = "payload"  # without chunk framing
    TUNNEL = "tunnel"  # no HTTP any more


class ResponseSink(Protocol):
    def on_head(self, head: ResponseHead) -> BodyMode: ...
    def on_data(self, data: bytes) -> None: ...
    def on_end(self) -> None: ...
    def on_tunnel_eof(self) -> None: ...
    def on_lost(self, reason: str) -> None:
        """The connection ended before the answer did. Not called after `on_end`."""

    def on_upstream_writable(self, *, is_writable: bool) -> None:
        """Back-pressure of the request's body."""


class UpstreamConnection(asyncio.Protocol):
    def __init__(self) -> None:
        self.is_lost = False
        self.has_answered = False  # any byte of the current answer has arrived
        self._transport: asyncio.Transport | None = None
        self._sink: ResponseSink | None = None
        self._buffer = b""
        self._last_head: tuple[bytes, ResponseHead] = (b"", ResponseHead(0, []))
        self._method = ""
        self._mode: BodyMode | None = None
        self._body: Body | None = None
        self._is_reusable = True

    # What owners call.

    @property
    def is_idle(self) -> bool:
        """It may take another request."""
        return not self.is_lost and self._sink is None and self._is_reusable

    def send(self, method: str, data: bytes, sink: ResponseSink) -> None:
        """Writes a head, with the body where it is known, and reads the answer into `sink`."""
        self._sink, self._method, self._mode, self._body = sink, method, None, None
        self.has_answered = False
        self.write(data)

    def write(self, data: bytes) -> None:
        if not self.is_lost and self._transport is not None:
            self._transport.write(data)

    def write_eof(self) -> None:
        if not self.is_lost and self._transport is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._transport.write_eof()

    def hand_over(self, sink: ResponseSink) -> None:
        """What arrives from now on goes to another sink."""
        self._sink = sink

    def close(self) -> None:
        """Ends it when everything written has gone out; the sink hears nothing any more."""
        self._sink = None
        self._is_reusable = False
        if not self.is_lost and self._transport is not None:
            self._transport.close()

    def spoil(self) -> None:
        """The request was not sent completely: the connection takes no other."""
        self._is_reusable = False

    def abort(self) -> None:
        """Ends it now; the sink hears nothing any more."""
        self._sink = None
        self._is_reusable = False
        self.is_lost = True
        if self._transport is not None:
            self._transport.abort()

    def pause_reading(self) -> None:
        if not self.is_lost and self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.is_lost and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_WATER_BYTES)

    def data_received(self, data: bytes) -> None:
        sink = self._sink
        if sink is None:  # an answer nobody asked for
            self.abort()
            return
        self.has_answered = True
        if self._mode is BodyMode.TUNNEL:
            sink.on_data(data)
            return
        try:
            if self._mode is None:
                self._read_head(sink, data)
            else:
                self._read_body(sink, data)
        except (BadResponse, BadFraming) as error:
            self._fail(str(error))

    def eof_received(self) -> bool:
        if self._mode is BodyMode.TUNNEL and self._sink is not None:
            self._sink.on_tunnel_eof()
            return True  # the other direction stays open
        if isinstance(self._body, EofBody) and self._sink is not None:
            self._body.is_done = True
            self._is_reusable = False
            self._end(self._sink)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        if self._sink is not None:
            self._fail(str(exc) if exc else "the connection was closed before the answer ended")

    def pause_writing(self) -> None:
        if self._sink is not None:
            self._sink.on_upstream_writable(is_writable=False)

    def resume_writing(self) -> None:
        if self._sink is not None:
            self._sink.on_upstream_writable(is_writable=True)

    # The answer.

    def _read_head(self, sink: ResponseSink, data: bytes) -> None:
        self._buffer = buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(buffer) > response.MAX_HEAD_BYTES:
                raise BadResponse("the head of the answer is too large")
            return
        raw, rest, self._buffer = buffer[: end + 4], buffer[end + 4 :], b""
        if raw != self._last_head[0]:  # who polls gets the same head again and again
            self._last_head = (raw, response.parse(raw))
        head = self._last_head[1]
        if head.status < 200 and head.status != 101:  # interim; we never asked for one
            if rest:
                self._read_head(sink, rest)
            return
        self._begin_body(sink, head, rest)

    def _begin_body(self, sink: ResponseSink, head: ResponseHead, rest: bytes) -> None:
        self._is_reusable = self._is_reusable and head.keep_alive
        self._mode = sink.on_head(head)
        if self._sink is None:  # the sink gave up while it read the head
            return
        if self._mode is BodyMode.TUNNEL:
            self._is_reusable = False
            if rest:
                self._sink.on_data(rest)  # by now the tunnel's
            return
        self._body = head.body(self._method, keep_payload=self._mode is BodyMode.PAYLOAD)
        if self._body.is_done:
            self._is_reusable = self._is_reusable and not rest
            self._end(sink)
        elif rest:
            self._read_body(sink, rest)

    def _read_body(self, sink: ResponseSink, data: bytes) -> None:
        body = self._body
        if body is None:
            raise BadResponse("the answer has no body")
        pieces, taken = body.feed(data)
        if self._mode is BodyMode.PAYLOAD:
            if pieces:  # an engine writes each line of a log as a chunk of its own
                sink.on_data(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        else:
            sink.on_data(data if taken == len(data) else data[:taken])
        if body.is_done and self._sink is sink:
            self._is_reusable = self._is_reusable and taken == len(data)
            self._end(sink)

    def _end(self, sink: ResponseSink) -> None:
        self._sink = None
        if not self._is_reusable and self._transport is not None:
            self.is_lost = True
            self._transport.close()
        else:
            self.resume_reading()
        sink.on_end()

    def _fail(self, reason: str) -> None:
        sink = self._sink
        self.abort()
        if sink is not None:
            sink.on_lost(reason)


class Answer(NamedTuple):
    """Names of headers are in lower case; a header that stood twice is joined with ", "."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Collector:
    """Collects a whole answer."""

    def __init__(self, connection: UpstreamConnection, limit_bytes: int) -> None:
        self._connection = connection
        self._limit = limit_bytes
        self._size = 0
        self._pieces: list[bytes] = []
        self._head: ResponseHead | None = None
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def on_head(self, head: ResponseHead) -> BodyMode:
        self._head = head
        return BodyMode.PAYLOAD

    def on_data(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit:
            self._connection.abort()
            self.on_lost(f"the answer is larger than {self._limit} bytes")
        else:
            self._pieces.append(data)

    def on_end(self) -> None:
        if self._head is not None and not self.answer.done():
            self.answer.set_result(Answer(self._head.status, self._head.header_dict(), b"".join(self._pieces)))

    def on_tunnel_eof(self) -> None:
        self.on_lost("the connection was closed")

    def on_lost(self, reason: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(BadResponse(reason))

    def on_upstream_writable(self, *, is_writable: bool) -> None:
        """The body is in memory already: nothing to hold back."""


class StreamedAnswer:
    """A response whose body is read piece by piece: `async for piece in answer`.

    Reading stops for good with the end of the body; a connection that breaks before raises EngineUnavailable.
    """

    def __init__(self, upstream: Upstream, connection: UpstreamConnection) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.head_arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._upstream = upstream
        self._connection = connection
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._is_ended = False
        self._failure = ""
        self._wake = asyncio.Event()

    def on_head(self, head: ResponseHead) -> BodyMode:
        self.status, self.headers = head.status, head.header_dict()
        if not self.head_arrived.done():
            self.head_arrived.set_result(None)
        return BodyMode.PAYLOAD

    def on_data(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > STREAM_HIGH_WATER_BYTES:
            self._connection.pause_reading()
        self._wake.set()

    def on_end(self) -> None:
        self._is_ended = True
        self._wake.set()

    def on_tunnel_eof(self) -> None:
        self.on_end()

    def on_lost(self, reason: str) -> None:
        self._failure = reason
        if not self.head_arrived.done():
            self.head_arrived.set_exception(BadResponse(reason))
        self._wake.set()

    def on_upstream_writable(self, *, is_writable: bool) -> None:
        """The body is in memory already: nothing to hold back."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            while self._pieces:
                piece = self._pieces.popleft()
                self._size -= len(piece)
                yield piece
            self._connection.resume_reading()
            if self._failure:
                raise self._upstream.unavailable(self._failure)
            if self._is_ended:
                return
            self._wake.clear()
            await self._wake.wait()


class Upstream:
    """Something that speaks HTTP/1.1 at `unix:///path` or `tcp://host:port`.

    Args:
        url: where it listens.
        name: what to call it in errors: "cluster production".
        host: the Host header it gets, unless a request brings its own.
    """

    def __init__(self, url: str, *, name: str = "", host: str = "docker") -> None:
        self.url = url
        self.name = name or url
        self.host = host
        self._idle: list[UpstreamConnection] = []

    def unavailable(self, reason: str) -> EngineUnavailable:
        return EngineUnavailable(f"{self.name}: {reason}")

    async def connect(self) -> UpstreamConnection:
        """A new connection of the caller's own.

        Raises:
            NotReachable: nothing listens there, or not within 5 s.
        """
        loop = asyncio.get_running_loop()
        parts = urlsplit(self.url)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
                if parts.scheme == "unix":
                    _, connection = await loop.create_unix_connection(UpstreamConnection, parts.path)
                else:
                    _, connection = await loop.create_connection(UpstreamConnection, parts.hostname or "", parts.port or 2375)
        except TimeoutError as error:
            raise NotReachable(f"{self.name}: no connection within {CONNECT_TIMEOUT_SECONDS} s") from error
        except OSError as error:
            raise NotReachable(f"{self.name}: cannot be reached ({error.strerror or error})") from error
        return connection

    def head(self, method: str, target: str | bytes, headers: Headers, *, framing: bytes = b"") -> bytes:
        """The head of a request to this upstream. `framing`: complete header lines the caller answers for."""
        raw = target.encode("ascii") if isinstance(target, str) else target
        if not _TARGET.fullmatch(raw):
            raise fields.UnsafeField("the target cannot be sent")
        lines = fields.serialise(headers if _names_host(headers) else [("Host", self.host), *headers])
        return b"%b %b HTTP/1.1\r\n%b%b\r\n" % (method.encode("ascii"), raw, lines, framing)

    async def request(
        self,
        method: str,
        target: str | bytes,
        *,
        body: bytes | None = None,
        headers: Headers = (),
        timeout_seconds: float = 60,
        limit_bytes: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """A small request over a pool of idle connections. A body is JSON unless `headers` says otherwise.

        Raises:
            EngineUnavailable: it cannot be reached, or does not answer in time, or not readably.
        """
        data = self._whole_request(method, target, body, headers)
        while True:
            connection, is_fresh = await self._take()
            collector = _Collector(connection, limit_bytes)
            connection.send(method, data, collector)
            try:
                async with asyncio.timeout(timeout_seconds):
                    answer = await collector.answer
            except TimeoutError as error:
                raise self.unavailable(f"no answer within {timeout_seconds:g} s") from error
            except BadResponse as error:
                if is_fresh or connection.has_answered or method not in RETRIED_METHODS:
                    raise self.unavailable(str(error)) from error
                continue  # it had been closed while it lay idle
            finally:
                self._give_back(connection)
            return answer

    def _whole_request(self, method: str, target: str | bytes, body: bytes | None, headers: Headers) -> bytes:
        framing = b""
        if body is not None:
            framing = b"Content-Length: %d\r\n" % len(body)
            if not any(name.lower() == "content-type" for name, _ in headers):
                framing += b"Content-Type: application/json\r\n"
        return self.head(method, target, headers, framing=framing) + (body or b"")

    async def _take(self) -> tuple[UpstreamConnection, bool]:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_idle:
                return connection, False
        return await self.connect(), True

    def _give_back(self, connection: UpstreamConnection) -> None:
        if connection.is_idle and len(self._idle) < MAX_IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.abort()

    @asynccontextmanager
    async def stream(
        self, method: str, target: str | bytes, *, headers: Headers = (), timeout_seconds: float | None = 60
    ) -> AsyncIterator[StreamedAnswer]:
        """A request whose answer has no end in sight (events). The connection is closed on leaving the block.

        Args:
            timeout_seconds: until the head of the answer.

        Raises:
            EngineUnavailable: also while reading, when the connection breaks.
        """
        connection = await self.connect()
        try:
            answer = StreamedAnswer(self, connection)
            connection.send(method, self.head(method, target, headers), answer)
            try:
                async with asyncio.timeout(timeout_seconds):
                    await answer.head_arrived
            except TimeoutError as error:
                raise self.unavailable(f"no answer within {timeout_seconds or 0:g} s") from error
            except BadResponse as error:
                raise self.unavailable(str(error)) from error
            yield answer
        finally:
            connection.abort()

    def close(self) -> None:
        """Closes the idle connections."""
        while self._idle:
            self._idle.pop().abort()


def _names_host(headers: Headers) -> bool:
    return any(name.lower() == "host" for name, _ in headers)
