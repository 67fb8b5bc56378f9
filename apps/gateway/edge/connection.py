"""One client connection, public (over TLS) or internal (plain).

    IDLE ──first byte──▶ HEAD ──head complete──▶ BUSY ──answer sent──▶ IDLE
      │                    │                       │ └──hijacked──▶ TUNNEL ─┐
      │                    └──malformed: 400───────┴──last answer──▶ LINGER ◀┘
      └──5 min, or the client's end──▶ CLOSED ◀──client's end, 2 s, 32 MB────┘

One request is handled at a time, by one task. While it is, its body is read only as far as somebody wants it, and at most
256 KB of what follows is kept; then reading stops. LINGER sends `close_notify` and discards what still arrives, because a
close with unread data makes the kernel send RST, and the client would lose the answer.

Deadlines are times that `check` compares on the server's tick: no timer per request.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import math
import random
from typing import Protocol, cast

from apps.core.actor import Actor
from apps.core.errors import QuarterdeckError
from apps.gateway.edge import render
from apps.gateway.edge.client_body import ClientBody
from apps.gateway.edge.conversation import Conversation
from apps.gateway.edge.exchange import ClientGone, Exchange, Peer
from apps.gateway.edge.http1 import response
from apps.gateway.edge.http1.errors import BadRequest
from apps.gateway.edge.http1.request import HeadReader, Request
from apps.gateway.edge.live import LiveExchanges
from apps.gateway.edge.splice import Framing, Tunnel
from apps.gateway.edge.upstream import Upstream, UpstreamConnection

logger = logging.getLogger(__name__)

HEAD_TIMEOUT_SECONDS = 10
IDLE_TIMEOUT_SECONDS = 300
LINGER_SECONDS = 2
LINGER_BYTES = 32 * 1024 * 1024
FLUSH_SECONDS = 60
PIPELINE_BYTES = 256 * 1024
WRITE_HIGH_WATER_BYTES = 256 * 1024

_FRAMING_LINES = {Framing.NONE: "", Framing.LENGTH: "", Framing.CHUNKED: "Transfer-Encoding: chunked\r\n", Framing.CLOSE: ""}


class Application(Protocol):
    """What answers requests; `edge.router` is the one there is."""

    async def handle(self, exchange: Exchange) -> None: ...
    def dialect(self, path: str) -> render.Dialect: ...


class Owner(Protocol):
    """The server that accepted the connection."""

    application: Application
    live: LiveExchanges
    is_stopping: bool

    def opened(self, connection: ClientConnection) -> None: ...
    def closed(self, connection: ClientConnection) -> None: ...


class State(enum.Enum):
    IDLE = 1
    HEAD = 2
    BUSY = 3
    TUNNEL = 4
    LINGER = 5
    CLOSED = 6


class ClientConnection(asyncio.Protocol):
    """See the module.

    Args:
        owner: the server.
        peer: the other end.
    """

    def __init__(self, owner: Owner, peer: Peer) -> None:
        self.owner = owner
        self.peer = peer
        self.state = State.IDLE
        self.is_writable = True
        self.deadline = math.inf
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader = HeadReader(is_internal=peer.is_internal)
        self._conversation: Conversation | None = None
        self._task: asyncio.Task[None] | None = None
        self._body: ClientBody | None = None
        self._tunnel: Tunnel | None = None
        self._upstream: tuple[Upstream, UpstreamConnection] | None = None
        self._held_head = b""
        self._discarded = 0
        self._has_ended = False  # the client's close_notify (or FIN, on the internal socket) has come
        self._is_held = False  # the upstream cannot take more
        self._is_full = False  # enough is kept already

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self.peer.is_internal:
            self._transport.set_write_buffer_limits(high=WRITE_HIGH_WATER_BYTES)
        self.deadline = self._loop.time() + IDLE_TIMEOUT_SECONDS
        self.owner.opened(self)

    def data_received(self, data: bytes) -> None:
        match self.state:
            case State.BUSY:
                self._receive_while_busy(data)
            case State.IDLE | State.HEAD:
                self._reader.feed(data)
                self._next_request()
            case State.TUNNEL:
                if self._tunnel is not None:
                    self._tunnel.client_data(data)
            case State.LINGER:
                self._discarded += len(data)
                if self._discarded > LINGER_BYTES:
                    self._close()

    def eof_received(self) -> bool:
        self._has_ended = True
        match self.state:
            case State.TUNNEL if self._tunnel is not None:
                self._tunnel.client_eof()
            case State.BUSY if self._conversation is not None:
                self._conversation.client_ended(is_body_complete=self._body is None or self._body.is_done)
            case _:
                self._close()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.state = State.CLOSED
        self._has_ended = True
        if self._tunnel is not None:
            self._tunnel.client_gone()
        if self._conversation is not None:
            self._conversation.client_gone()
        self._drop_upstream()
        self.owner.closed(self)

    def pause_writing(self) -> None:
        self.is_writable = False
        self._tell_writable()

    def resume_writing(self) -> None:
        self.is_writable = True
        self._tell_writable()
        if self.state in (State.IDLE, State.HEAD):
            self._next_request()

    def _tell_writable(self) -> None:
        if self._tunnel is not None:
            self._tunnel.on_client_writable(is_writable=self.is_writable)
        elif self._conversation is not None:
            self._conversation.on_client_writable(is_writable=self.is_writable)

    # What the server calls.

    def check(self, now: float) -> None:
        """Enforces the deadlines."""
        if self._conversation is not None and self.state is State.BUSY:
            self._conversation.check(now)
        if now < self.deadline:
            return
        match self.state:
            case State.HEAD:
                self._refuse(BadRequest("the head of the request did not arrive in time", status=408))
            case State.CLOSED:
                self._abort()  # what we sent is not taken
            case State.LINGER | State.IDLE:
                self._close()

    def stop(self) -> None:
        """The server ends: at once where nothing is running, else after the answer."""
        if self.state in (State.IDLE, State.HEAD):
            self._close()

    def abort(self) -> None:
        self._abort()

    # What conversations and movers call.

    def write(self, data: bytes) -> None:
        if self._held_head:
            data, self._held_head = self._held_head + data, b""
        if self._transport is not None and self.state is not State.CLOSED:
            self._transport.write(data)

    def send_head(
        self,
        status: int,
        lines: bytes,
        framing: Framing,
        content_length: int | None = None,
        body: bytes = b"",
    ) -> None:
        """Writes the head of an answer, and its body where all of it is known.

        The head of a stream waits for the first bytes of its body, if they come in this turn of the loop: a write of its
        own costs as much as everything else about a small answer.

        Args:
            lines: the headers, without framing, `Connection` and the request id, which are written here.
        """
        conversation = self._conversation
        if conversation is None:
            return
        conversation.is_answered = True
        conversation.framing = framing
        tail = f"Quarterdeck-Request-Id: {conversation.request_id}\r\n"
        tail += _FRAMING_LINES[framing] if content_length is None else f"Content-Length: {content_length}\r\n"
        if status != 101 and self._is_last(conversation.request, framing):
            conversation.is_last = True
            tail += "Connection: close\r\n"
        elif conversation.request.is_http_10:
            tail += "Connection: keep-alive\r\n"
        head = b"%b%b%b\r\n%b" % (response.status_line(status), lines, tail.encode("ascii"), body)
        if body or framing is Framing.NONE or content_length == 0:
            self.write(head)
        else:
            self._held_head = head
            self._loop.call_soon(self._write_head)

    def _write_head(self) -> None:
        if self._held_head:
            self.write(b"")

    def _is_last(self, request: Request, framing: Framing) -> bool:
        is_body_unread = self._body is not None and not self._body.is_done
        return not request.keep_alive or is_body_unread or self.owner.is_stopping or framing is Framing.CLOSE

    def hold_reading(self) -> None:
        self._is_held = True
        self._apply_reading()

    def release_reading(self) -> None:
        self._is_held = False
        self._apply_reading()

    def set_full(self, *, is_full: bool) -> None:
        self._is_full = is_full
        self._apply_reading()

    def _apply_reading(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        should_read = not (self._is_held or self._is_full) or self.state is State.LINGER
        if should_read != transport.is_reading():
            if should_read:
                transport.resume_reading()
            else:
                transport.pause_reading()

    def enter_tunnel(self, tunnel: Tunnel) -> None:
        """From now on bytes, no requests. What the client sent early goes first."""
        self.state = State.TUNNEL
        self._tunnel = tunnel
        self.deadline = math.inf
        early, self._reader.buffer = self._reader.buffer, b""
        self.set_full(is_full=False)
        if early:
            tunnel.client_data(early)
        if self._has_ended:
            tunnel.client_eof()

    def end_tunnel(self) -> None:
        self._linger()

    async def upstream_connection(self, upstream: Upstream) -> tuple[UpstreamConnection, bool]:
        """This client's own connection to an upstream, and whether it was made just now."""
        if self._upstream is not None:
            known, connection = self._upstream
            if known is upstream and connection.is_idle:
                return connection, False
            self._drop_upstream()
        connection = await upstream.connect()
        if self.state is State.CLOSED:
            connection.abort()
            raise ClientGone
        self._upstream = (upstream, connection)
        return connection, True

    def _drop_upstream(self) -> None:
        if self._upstream is not None:
            self._upstream[1].abort()
            self._upstream = None

    # Requests.

    def _next_request(self) -> None:
        """Begins with the next request, once its head is there and the client has taken enough of the last answer."""
        self.set_full(is_full=not self.is_writable and len(self._reader.buffer) > PIPELINE_BYTES)
        if not self.is_writable or not self._reader.buffer:
            return
        try:
            request = self._reader.next()
        except BadRequest as error:
            self._refuse(error)
            return
        if request is not None:
            self._begin(request)
        elif self._reader.buffer and self.state is State.IDLE:
            self.state = State.HEAD
            self.deadline = self._loop.time() + HEAD_TIMEOUT_SECONDS

    def _begin(self, request: Request) -> None:
        self.state = State.BUSY
        self.deadline = math.inf
        self._body = None
        if request.has_body:
            self._body = ClientBody(self, request)
            self._reader.buffer = self._body.feed(self._reader.buffer)
        request_id = f"{random.getrandbits(128):032x}"  # must differ, need not be secret
        actor = Actor.anonymous(address=self.peer.address, request_id=request_id)
        self._conversation = Conversation(self, request, self._body, request_id, actor)
        self._task = self._loop.create_task(self._serve(self._conversation))

    def _receive_while_busy(self, data: bytes) -> None:
        body = self._body
        if body is not None and not body.is_done:
            data = body.feed(data)
            if not data:
                return
        self._reader.feed(data)
        if len(self._reader.buffer) > PIPELINE_BYTES:
            self.set_full(is_full=True)

    async def _serve(self, conversation: Conversation) -> None:
        """Runs one exchange to its end. Broad on purpose: here is where nothing may escape."""
        application = self.owner.application
        try:
            await application.handle(conversation)
            if not conversation.is_answered:
                logger.error("%s %s was not answered", conversation.request.method, conversation.request.path)
                conversation.reply_error(QuarterdeckError("the request was not answered; the log has it under its id"))
        except QuarterdeckError as error:
            conversation.reply_error(error)
        except ClientGone:
            conversation.is_last = True
        except Exception:
            logger.exception("request %s failed", conversation.request_id)
            conversation.reply_error(QuarterdeckError("something went wrong on our side; the log has it under the request id"))
        finally:
            self._after_answer(conversation)

    def _after_answer(self, conversation: Conversation) -> None:
        self._write_head()
        self._conversation = None
        self._task = None
        self._is_held = False
        if self.state is State.TUNNEL:  # ended by us
            self._linger()
        if self.state is not State.BUSY:
            return
        is_body_unread = self._body is not None and not self._body.is_done
        if conversation.is_broken:
            self._abort()
        elif conversation.is_last or is_body_unread or self._has_ended or self.owner.is_stopping:
            self._linger()
        else:
            self.state = State.IDLE
            self.deadline = self._loop.time() + IDLE_TIMEOUT_SECONDS
            self._next_request()

    def _refuse(self, error: BadRequest) -> None:
        """Answers what is not a request, and closes: nothing after it can be trusted."""
        rendered = render.bad_request(error.sentence, error.status, self._guess_dialect())
        headers = [("Content-Type", rendered.content_type), ("Content-Length", str(len(rendered.body)))]
        self._reader.buffer = b""
        self.write(response.serialise(rendered.status, [*headers, ("Connection", "close")]) + rendered.body)
        self._linger()

    def _guess_dialect(self) -> render.Dialect:
        """By the beginning of the target, which may be all there is."""
        words = self._reader.buffer[:300].split(b" ", 2)
        path = words[1].decode("latin-1") if len(words) > 1 else ""
        return self.owner.application.dialect(path)

    # The end.

    def _linger(self) -> None:
        if self.state in (State.LINGER, State.CLOSED) or self._transport is None:
            return
        self.state = State.LINGER
        self._tunnel = None
        self.deadline = self._loop.time() + LINGER_SECONDS
        with contextlib.suppress(OSError, RuntimeError):
            self._transport.write_eof()
        self._apply_reading()
        if self._has_ended:
            self._close()

    def _close(self) -> None:
        if self.state is State.CLOSED or self._transport is None:
            return
        self.state = State.CLOSED
        self.deadline = self._loop.time() + FLUSH_SECONDS
        self._transport.close()

    def _abort(self) -> None:
        self.state = State.CLOSED
        if self._transport is not None:
            self._transport.abort()
