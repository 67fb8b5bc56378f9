"""Connections to what answers behind the gateway: engines, and our own web and streams processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

Headers = Sequence[tuple[str, str]]


class Answer(NamedTuple):
    """Names of headers are in lower case; a header that stood twice is joined with ", "."""

    status: int
    headers: dict[str, str]
    body: bytes


class StreamedAnswer:
    """A response whose body is read piece by piece: `async for piece in answer`."""

    status: int
    headers: dict[str, str]

    def __aiter__(self) -> AsyncIterator[bytes]:
        raise NotImplementedError


class Upstream:
    """Something that speaks HTTP/1.1 at `unix:///path` or `tcp://host:port`.

    Args:
        url: where it listens.
        name: what to call it in errors: "cluster production".
    """

    def __init__(self, url: str, *, name: str = "") -> None:
        self.url = url
        self.name = name or url

    async def request(
        self,
        method: str,
        target: str | bytes,
        *,
        body: bytes | None = None,
        headers: Headers = (),
        timeout_seconds: float = 60,
        limit_bytes: int = 256 * 1024 * 1024,
    ) -> Answer:
        """A small request over a pool of idle connections. `body` given: `Content-Type: application/json` unless in headers.

        Raises:
            EngineUnavailable: it cannot be reached, or does not answer in time.
        """
        raise NotImplementedError

    @asynccontextmanager
    async def stream(
        self, method: str, target: str | bytes, *, headers: Headers = (), timeout_seconds: float | None = 60
    ) -> AsyncIterator[StreamedAnswer]:
        """A request whose answer has no end in sight (events). The connection is closed on leaving the block."""
        raise NotImplementedError
        yield
