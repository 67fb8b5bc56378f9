"""`Exchange` as handlers see it, over one client connection."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from email.utils import formatdate
from functools import lru_cache
from typing import Protocol

from apps.core.actor import Actor
from apps.core.decision import Decision
from apps.core.errors import InvalidInput, NotSignedIn, QuarterdeckError, TooLarge
from apps.gateway.edge import render
from apps.gateway.edge.client_body import ClientBody
from apps.gateway.edge.exchange import STREAM, BodySource, ClientGone, LastWords, Peer, Transform, UpstreamHead
from apps.gateway.edge.http1 import fields
from apps.gateway.edge.http1.body import LAST_CHUNK, chunk
from apps.gateway.edge.http1.request import Request
from apps.gateway.edge.live import LiveExchanges, Running
from apps.gateway.edge.production import Production
from apps.gateway.edge.splice import Client, Forward, Framing
from apps.gateway.edge.upstream import RETRIED_METHODS, Headers, Upstream, UpstreamConnection

BODY_SECONDS = 30
_BODILESS = frozenset({204, 304})


class Owner(Protocol):
    live: LiveExchanges

    @property
    def application(self) -> _Dialects: ...


class _Dialects(Protocol):
    def dialect(self, path: str) -> render.Dialect: ...


class Connection(Client, Protocol):
    """The client's connection, as far as a conversation needs it."""

    peer: Peer
    is_writable: bool

    @property
    def owner(self) -> Owner: ...
    async def upstream_connection(self, upstream: Upstream) -> tuple[UpstreamConnection, bool]: ...


class Conversation:
    """One request and its answer; implements `Exchange`.

    Attributes:
        is_answered: the head of the final answer was written.
        is_last: the connection is closed after this answer.
        is_broken: the answer was begun, and only a reset tells the client that it is not whole.
        framing: of the answer.
    """

    def __init__(
        self, connection: Connection, request: Request, body: ClientBody | None, request_id: str, actor: Actor
    ) -> None:
        self.request = request
        self.peer = connection.peer
        self.request_id = request_id
        self.actor = actor
        self.is_answered = False
        self.is_last = False
        self.is_broken = False
        self.framing = Framing.NONE
        self._connection = connection
        self._body = body
        self._is_gone = False
        self._has_ended = False
        self._forward: Forward | Production | None = None  # what is on its way to the client
        self._timeout_seconds = math.inf
        self._buffered: _BufferedBody | None = None

    # Exchange.

    async def read_body(self, limit_bytes: int) -> bytes:
        body = self._body
        if body is None:
            return b""
        if (self.request.content_length or 0) > limit_bytes:
            raise TooLarge(f"the body has {self.request.content_length} bytes; at most {limit_bytes} are accepted here")
        if self._is_gone:
            raise ClientGone
        self._buffered = buffered = _BufferedBody(limit_bytes)
        body.attach(buffered)
        waiting = Running(self.actor, None, lambda reason: buffered.fail(NotSignedIn(reason)))
        self._connection.owner.live.add(waiting)
        try:
            async with asyncio.timeout(None if buffered.content.done() else BODY_SECONDS):
                return await buffered.content
        except TimeoutError as error:
            raise InvalidInput(f"the body did not arrive within {BODY_SECONDS} s") from error
        finally:
            self._connection.owner.live.remove(waiting)
            self._buffered = None
            body.detach()

    def reply(
        self,
        status: int,
        body: bytes = b"",
        *,
        content_type: str = "application/json",
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        if self.is_answered:
            raise RuntimeError("this exchange was answered already")
        named = [("Date", _date(int(time.time()))), *headers]
        if body:
            named.append(("Content-Type", content_type))
        lines = fields.serialise(named)
        if status in _BODILESS:
            self._connection.send_head(status, lines, Framing.NONE)
            return
        sent = body if self.request.method != "HEAD" else b""
        self._connection.send_head(status, lines, Framing.LENGTH, len(body), sent)

    async def forward(
        self,
        upstream: Upstream,
        *,
        head: UpstreamHead,
        body: BodySource = None,
        transform: Transform | None = None,
        may_hijack: bool = False,
        timeout_seconds: float | None = 60,
        allowed: Callable[[], Decision] | None = None,
        last_words: LastWords | None = None,
    ) -> int:
        while True:
            connection, is_fresh = await self._connection.upstream_connection(upstream)
            if self._is_gone or (self._has_ended and transform is None and not may_hijack):
                raise ClientGone
            forward = Forward(
                self._connection,
                self.request,
                upstream,
                connection,
                collect=transform is not None,
                may_hijack=may_hijack,
                last_words=last_words,
            )
            self._timeout_seconds = timeout_seconds if timeout_seconds is not None else math.inf
            try:
                status = await self._run(forward, upstream, connection, head, body, allowed)
            except QuarterdeckError:
                if not is_fresh and self._may_retry(forward, connection, head, body):
                    continue  # it had been closed while it lay idle
                self.is_broken = forward.is_started and self.framing is Framing.CLOSE
                raise
            if transform is not None and forward.head is not None:
                status = await self._send_transformed(forward, transform)
            return status

    async def stream(
        self,
        pieces: AsyncIterator[bytes],
        *,
        headers: Headers,
        allowed: Callable[[], Decision],
        last_words: LastWords | None = None,
    ) -> None:
        if self._is_gone or self._has_ended:
            raise ClientGone
        lines = fields.serialise([("Date", _date(int(time.time()))), *headers])
        production = Production(self._connection, lines, pieces, last_words, is_http_10=self.request.is_http_10)
        running = Running(self.actor, allowed, production.end)
        live = self._connection.owner.live
        self._forward = production
        production.on_client_writable(is_writable=self._connection.is_writable)
        live.add(running)
        try:
            await production.run()
        finally:
            self._forward = None
            live.remove(running)

    def _may_retry(self, forward: Forward, connection: UpstreamConnection, head: UpstreamHead, body: BodySource) -> bool:
        return (
            connection.is_lost
            and not connection.has_answered
            and not forward.was_ended
            and head.method in RETRIED_METHODS
            and body is not STREAM
            and not self._is_gone
        )

    async def _run(
        self,
        forward: Forward,
        upstream: Upstream,
        connection: UpstreamConnection,
        head: UpstreamHead,
        body: BodySource,
        allowed: Callable[[], Decision] | None,
    ) -> int:
        running = Running(self.actor, allowed, forward.end)
        live = self._connection.owner.live
        self._forward = forward
        if not self._connection.is_writable:
            forward.on_client_writable(is_writable=False)
        live.add(running)
        try:
            self._send(forward, upstream, connection, head, body)
            return await forward.done
        finally:
            self._forward = None
            live.remove(running)
            if not forward.done.done():  # cancelled
                connection.abort()
            if body is STREAM and self._body is not None:
                self._body.detach()
                if not self._body.is_done:
                    connection.abort()

    def _send(
        self, forward: Forward, upstream: Upstream, connection: UpstreamConnection, head: UpstreamHead, body: BodySource
    ) -> None:
        client_body = self._body if body is STREAM else None
        framing = self._framing(head.method, body)
        if forward.may_hijack and self.request.upgrade:
            framing += f"Connection: Upgrade\r\nUpgrade: {self.request.upgrade}\r\n".encode("ascii")
        data = upstream.head(head.method, head.target, head.headers, framing=framing)
        if isinstance(body, bytes):
            data += body
        connection.send(head.method, data, forward)
        if client_body is None:
            self._await_answer(forward)
        else:
            client_body.attach(_BodyPump(self, forward, connection, is_chunked=self.request.is_chunked))

    def _framing(self, method: str, body: BodySource) -> bytes:
        if isinstance(body, bytes):
            return b"Content-Length: %d\r\n" % len(body)
        if body is STREAM and self.request.is_chunked:
            return b"Transfer-Encoding: chunked\r\n"
        if body is STREAM and self.request.content_length is not None:
            return b"Content-Length: %d\r\n" % self.request.content_length
        return b"" if method in ("GET", "HEAD", "DELETE") else b"Content-Length: 0\r\n"

    def _await_answer(self, forward: Forward) -> None:
        if forward.head is None:
            forward.deadline = asyncio.get_running_loop().time() + self._timeout_seconds

    def body_sent(self, forward: Forward) -> None:
        self._await_answer(forward)

    async def _send_transformed(self, forward: Forward, transform: Transform) -> int:
        head = forward.head
        if head is None:
            raise RuntimeError("there is no answer to transform")
        headers = head.header_dict()
        result = transform(head.status, headers, forward.body)
        status, body = result if isinstance(result, tuple) else await result
        lines = fields.serialise(list(headers.items()))
        if status in _BODILESS:
            self._connection.send_head(status, lines, Framing.NONE)
        elif self.request.method == "HEAD":
            self._connection.send_head(status, lines, Framing.NONE, head.content_length)
        else:
            self._connection.send_head(status, lines, Framing.LENGTH, len(body), body)
        return status

    # What the connection calls.

    def reply_error(self, error: QuarterdeckError) -> None:
        """The error in the path's dialect; where an answer was begun already, its connection just ends."""
        if self.is_answered:
            self.is_last = True
            return
        rendered = render.error(error, self._connection.owner.application.dialect(self.request.path))
        self.reply(rendered.status, rendered.body, content_type=rendered.content_type, headers=rendered.headers)

    def client_ended(self, *, is_body_complete: bool) -> None:
        """The client sent its end. Without more to come from it only a tunnel to be, or an answer that is on its way as a
        whole, is still worth the wait."""
        self._has_ended = True
        forward = self._forward
        if not is_body_complete or (forward is not None and not forward.collects and not forward.may_hijack):
            self.client_gone()

    def client_gone(self) -> None:
        self._is_gone = True
        if self._forward is not None:
            self._forward.on_client_gone()
        if self._buffered is not None:
            self._buffered.on_body_error(ClientGone())

    def on_client_writable(self, *, is_writable: bool) -> None:
        if self._forward is not None:
            self._forward.on_client_writable(is_writable=is_writable)

    def check(self, now: float) -> None:
        forward, body = self._forward, self._body
        if not isinstance(forward, Forward):
            return
        if now >= forward.deadline:
            forward.expire(self._timeout_seconds)
        elif body is not None and now >= body.deadline:
            forward.on_client_failed(InvalidInput("the body came too slowly"))


class _BufferedBody:
    """Collects a body in memory."""

    def __init__(self, limit_bytes: int) -> None:
        self.content: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._limit = limit_bytes
        self._size = 0
        self._pieces: list[bytes] = []

    def on_body(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= self._limit:
            self._pieces.append(piece)
        else:
            self._pieces.clear()
            self.fail(TooLarge(f"the body is larger than the {self._limit} bytes accepted here"))

    def on_body_end(self) -> None:
        if not self.content.done():
            self.content.set_result(b"".join(self._pieces))

    def on_body_error(self, error: Exception) -> None:
        self.fail(error if isinstance(error, ClientGone) else InvalidInput(str(error)))

    def fail(self, error: Exception) -> None:
        if not self.content.done():
            self.content.set_exception(error)


class _BodyPump:
    """Sends the client's body upstream as it arrives, framed anew."""

    def __init__(
        self, conversation: Conversation, forward: Forward, connection: UpstreamConnection, *, is_chunked: bool
    ) -> None:
        self._conversation = conversation
        self._forward = forward
        self._connection = connection
        self._is_chunked = is_chunked

    def on_body(self, piece: bytes) -> None:
        self._connection.write(chunk(piece) if self._is_chunked else piece)

    def on_body_end(self) -> None:
        if self._is_chunked:
            self._connection.write(LAST_CHUNK)
        self._conversation.body_sent(self._forward)

    def on_body_error(self, error: Exception) -> None:
        self._forward.on_client_failed(InvalidInput(str(error)))


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
