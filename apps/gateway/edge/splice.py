"""The movers between a client and an upstream. They copy by callbacks: no task and no queue per stream.

Back-pressure: when one side cannot take more, reading from the other is paused, so each direction holds at most the
write buffers' high water (256 KB) and one packet.

A `Forward` carries one answer:

    HEAD ──┬─ transform given ─────────────▶ collected, then transformed by the exchange
           ├─ 101, or 200 raw stream ──────▶ Tunnel (only with may_hijack)
           ├─ last_words given, 200 ───────▶ payload, framed anew, so that words can be added
           └─ else ────────────────────────▶ the bytes as they are, their framing followed

An answer that is ended because the right to it has ended never looks whole: after its last words the connection closes.

A `Tunnel` is two byte streams that end on their own:

    client's close_notify    SHUT_WR to the upstream, the other direction stays open
    client lost              the upstream is aborted
    upstream's EOF           close_notify to the client, which is read for 2 s more, then closed
    upstream lost            the client is closed
"""

from __future__ import annotations

import asyncio
import enum
import math
from typing import Protocol

from apps.core.errors import Refused
from apps.gateway.edge.exchange import ClientGone, LastWords
from apps.gateway.edge.http1 import fields
from apps.gateway.edge.http1.body import LAST_CHUNK, chunk
from apps.gateway.edge.http1.errors import BadResponse
from apps.gateway.edge.http1.request import Request
from apps.gateway.edge.http1.response import ResponseHead
from apps.gateway.edge.upstream import MAX_ANSWER_BYTES, BodyMode, Upstream, UpstreamConnection


class Framing(enum.Enum):
    """How the body of an answer ends for the client."""

    NONE = "none"  # the head says it all: HEAD, 204, 304, 101, raw streams
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


class Client(Protocol):
    """What the movers need of the client's connection."""

    def send_head(
        self,
        status: int,
        lines: bytes,
        framing: Framing,
        content_length: int | None = None,
        body: bytes = b"",
    ) -> None: ...
    def write(self, data: bytes) -> None: ...
    def hold_reading(self) -> None: ...
    def release_reading(self) -> None: ...
    def enter_tunnel(self, tunnel: Tunnel) -> None: ...
    def end_tunnel(self) -> None: ...


class Forward:
    """One answer on its way from an upstream to the client; see the module.

    Attributes:
        done: the status, once all of it was sent (or collected, or the tunnel has ended).
        deadline: loop time until which the head must have come.
        is_started: something of the answer was sent to the client.
        is_tunnel: it became a tunnel.
    """

    def __init__(
        self,
        client: Client,
        request: Request,
        upstream: Upstream,
        connection: UpstreamConnection,
        *,
        collect: bool,
        may_hijack: bool,
        last_words: LastWords | None,
    ) -> None:
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.deadline = math.inf
        self.is_started = False
        self.is_tunnel = False
        self.was_ended = False  # by us: too slow, or not allowed any more
        self.head: ResponseHead | None = None
        self.may_hijack = may_hijack
        self.collects = collect
        self._client = client
        self._request = request
        self._upstream = upstream
        self._connection = connection
        self._last_words = last_words
        self._pieces: list[bytes] = []
        self._size = 0
        self._rechunk = False

    @property
    def body(self) -> bytes:
        """The collected answer."""
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)

    # The sink of the upstream connection.

    def on_head(self, head: ResponseHead) -> BodyMode:
        self.head = head
        self.deadline = math.inf
        if head.status == 101 or (self.may_hijack and head.is_raw_stream()):
            return self._begin_tunnel(head)
        if self.collects:
            return BodyMode.PAYLOAD
        self.is_started = True
        if self._last_words is not None and head.status == 200:
            return self._begin_framed_anew(head)
        return self._begin_stream(head)

    def on_data(self, data: bytes) -> None:
        if self.collects:
            self._collect(data)
            return
        if self._last_words is not None:
            self._last_words.passed(data)
        self._client.write(chunk(data) if self._rechunk else data)

    def on_end(self) -> None:
        if self._rechunk:
            self._client.write(LAST_CHUNK)
        self._finish()

    def on_tunnel_eof(self) -> None:
        self.on_lost("the connection was closed")

    def on_lost(self, reason: str) -> None:
        self._fail(self._upstream.unavailable(reason))

    def on_upstream_writable(self, *, is_writable: bool) -> None:
        if is_writable:
            self._client.release_reading()
        else:
            self._client.hold_reading()

    # What the client's connection tells.

    def on_client_writable(self, *, is_writable: bool) -> None:
        if self.collects:
            return
        if is_writable:
            self._connection.resume_reading()
        else:
            self._connection.pause_reading()

    def on_client_gone(self) -> None:
        self._connection.abort()
        self._fail(ClientGone())

    def on_client_failed(self, error: Exception) -> None:
        """The client's body cannot be read: the upstream must not take half of it for the whole."""
        self._connection.abort()
        self._fail(error)

    def expire(self, timeout_seconds: float) -> None:
        self.was_ended = True
        self._connection.abort()
        self._fail(self._upstream.unavailable(f"no answer within {timeout_seconds:g} s"))

    def end(self, reason: str) -> None:
        """The right to it has ended."""
        self.was_ended = True
        self._connection.abort()
        if self.is_started and self._last_words is not None and (words := self._last_words.of(reason)):
            self._client.write(chunk(words) if self._rechunk else words)
        self._fail(Refused(reason))

    # Inside.

    def _begin_stream(self, head: ResponseHead) -> BodyMode:
        if head.has_no_body(self._request.method):
            self._client.send_head(head.status, head.lines(), Framing.NONE, head.content_length)
            return BodyMode.RAW
        if head.content_length is not None:
            self._client.send_head(head.status, head.lines(), Framing.LENGTH, head.content_length)
            return BodyMode.RAW
        if head.is_chunked and not self._request.is_http_10:
            self._client.send_head(head.status, head.lines(), Framing.CHUNKED)
            return BodyMode.RAW
        return self._begin_framed_anew(head)

    def _begin_framed_anew(self, head: ResponseHead) -> BodyMode:
        self._rechunk = not self._request.is_http_10
        self._client.send_head(head.status, head.lines(), Framing.CHUNKED if self._rechunk else Framing.CLOSE)
        return BodyMode.PAYLOAD

    def _begin_tunnel(self, head: ResponseHead) -> BodyMode:
        if not self.may_hijack or (head.status == 101 and head.upgrade != self._request.upgrade):
            raise BadResponse("it switched protocols without being asked")
        self.is_started = self.is_tunnel = True
        lines = head.lines()
        if head.status == 101:
            lines += fields.serialise([("Connection", "Upgrade"), ("Upgrade", head.upgrade)])
        self._client.send_head(head.status, lines, Framing.NONE)
        tunnel = Tunnel(self._client, self._connection, self._last_words, self._finish)
        self._connection.hand_over(tunnel)
        self._client.enter_tunnel(tunnel)
        return BodyMode.TUNNEL

    def _collect(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > MAX_ANSWER_BYTES:
            self._connection.abort()
            self.on_lost(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
        else:
            self._pieces.append(data)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(self.head.status if self.head is not None else 0)

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Tunnel:
    """Two byte streams with independent ends; see the module.

    Args:
        last_words: are told what passes to the client.
        finished: called once when both directions have ended or one side is lost.
    """

    def __init__(
        self, client: Client, connection: UpstreamConnection, last_words: LastWords | None, finished: _Finished
    ) -> None:
        self._client = client
        self._connection = connection
        self._last_words = last_words
        self._finished: _Finished | None = finished
        self._upstream_ended = False

    # The client's side.

    def client_data(self, data: bytes) -> None:
        if not self._upstream_ended:
            self._connection.write(data)

    def client_eof(self) -> None:
        if not self._upstream_ended:
            self._connection.write_eof()

    def client_gone(self) -> None:
        self._upstream_ended = True
        self._connection.abort()
        self._finish()

    def on_client_writable(self, *, is_writable: bool) -> None:
        if is_writable:
            self._connection.resume_reading()
        else:
            self._connection.pause_reading()

    # The sink of the upstream connection.

    def on_head(self, head: ResponseHead) -> BodyMode:
        raise BadResponse("a head in a tunnel")

    def on_data(self, data: bytes) -> None:
        if self._last_words is not None:
            self._last_words.passed(data)
        self._client.write(data)

    def on_end(self) -> None:
        self.on_tunnel_eof()

    def on_tunnel_eof(self) -> None:
        self._upstream_ended = True
        self._connection.close()
        self._client.end_tunnel()  # close_notify, and 2 s for the client to end its side
        self._finish()

    def on_lost(self, reason: str) -> None:
        self.on_tunnel_eof()

    def on_upstream_writable(self, *, is_writable: bool) -> None:
        if is_writable:
            self._client.release_reading()
        else:
            self._client.hold_reading()

    def _finish(self) -> None:
        if self._finished is not None:
            finished, self._finished = self._finished, None
            finished()


class _Finished(Protocol):
    def __call__(self) -> None: ...
