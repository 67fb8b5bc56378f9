"""What a handler of the gateway sees: one request, who sent it, and the ways to answer.

A handler answers every exchange exactly once: `reply`, or `forward`. What it raises of `core.errors` is rendered by the
edge in the dialect of the path; everything else becomes a 500 without details. When nothing was answered yet and the
handler returns, that is a 500 too.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from apps.core.actor import Actor
from apps.core.decision import Decision
from apps.gateway.edge.http1.request import Request
from apps.gateway.edge.upstream import Headers, Upstream

__all__ = [
    "STREAM",
    "BodySource",
    "ClientGone",
    "Exchange",
    "Handler",
    "LastWords",
    "Peer",
    "Request",
    "Transform",
    "UpstreamHead",
]


class _Stream(enum.Enum):
    STREAM = "stream"


STREAM: Final = _Stream.STREAM
"""As `body` of `Exchange.forward`: the client's own body, re-framed, with back-pressure."""

BodySource = bytes | None | _Stream


@dataclass(slots=True)
class Peer:
    """The other end of a connection.

    Args:
        address: IP address, "" on the internal socket.
        certificate: DER of the client certificate, not yet judged by anybody; None when none was sent.
        is_internal: the connection came over the internal socket, from one of our own processes.
    """

    address: str
    certificate: bytes | None = None
    is_internal: bool = False


@dataclass(slots=True)
class UpstreamHead:
    """The head that is sent to an upstream, made anew and never copied from the client's bytes.

    Args:
        method: "GET".
        target: path and query, already encoded: `b"/v1.41/containers/json?all=1"`.
        headers: without Host, Connection, Upgrade and framing, which the edge writes itself.
    """

    method: str
    target: bytes
    headers: Headers = ()


Transform = Callable[[int, dict[str, str], bytes], tuple[int, bytes] | Awaitable[tuple[int, bytes]]]
"""(status, headers, body) of the upstream's whole answer to (status, body) for the client. It may change the headers in
place (lower-case names); framing is computed anew. It may be a coroutine function, e.g. to write a placement before the
client sees the answer."""


class LastWords(Protocol):
    """How a stream says why it ends before its time, in its own protocol. Belongs to one answer."""

    def passed(self, data: bytes) -> None:
        """These bytes of the answer are sent: words can only stand between two messages of the protocol."""

    def of(self, reason: str) -> bytes:
        """What is sent last; b"" where it cannot be said here."""


class Exchange(Protocol):
    """One request and its answer.

    Attributes:
        actor: who is calling. On Docker paths always signed in; elsewhere it may be anonymous.
    """

    request: Request
    peer: Peer
    request_id: str
    actor: Actor

    async def read_body(self, limit_bytes: int) -> bytes:
        """The whole body, at most 30 s.

        Raises:
            TooLarge: longer than `limit_bytes`; the rest is not read.
            InvalidInput: bad chunk framing, or the body came too slowly.
            NotSignedIn: the credential ended while it came.
        """

    def reply(
        self,
        status: int,
        body: bytes = b"",
        *,
        content_type: str = "application/json",
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        """The whole answer. For HEAD, 204 and 304 the body is not sent."""

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
        """Sends a request upstream and the answer to the client; returns the answer's status when all of it is sent.

        Args:
            body: what to send: bytes, nothing, or STREAM.
            transform: the answer is collected (at most 256 MB), transformed and sent with its new length. Without it the
                answer is streamed with back-pressure.
            may_hijack: after the upstream's own 101, or 200 with a raw-stream content type and no length, the connection
                becomes a raw tunnel with two independent half-closes; returns when it has ended.
            timeout_seconds: until the head of the answer; None for what may take any time.
            allowed: asked again whenever rights or credentials change; once it refuses, the stream is ended.
            last_words: say to the client why it was.

        Raises:
            EngineUnavailable: no connection, no answer, or an answer that cannot be read; nothing was sent to the client.
            Refused: the right to it has ended.
            ClientGone: the client went away; the upstream request was aborted.
        """

    async def stream(
        self,
        pieces: AsyncIterator[bytes],
        *,
        headers: Headers,
        allowed: Callable[[], Decision],
        last_words: LastWords | None = None,
    ) -> None:
        """An answer of our own making that has no end in sight, with status 200. A piece is asked for when the client has
        taken those before. Args as of `forward`.

        Raises:
            Refused: the right to it has ended.
            ClientGone: the client went away.
        """


class ClientGone(Exception):
    """The client closed its connection while its request was running. Handlers let it pass."""


class Handler(Protocol):
    async def handle(self, exchange: Exchange) -> None: ...
