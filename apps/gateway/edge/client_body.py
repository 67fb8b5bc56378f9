"""The body of a client's request: read strictly, only as far as somebody wants it."""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

from apps.gateway.edge.http1.body import Body, ChunkedBody, LengthBody
from apps.gateway.edge.http1.errors import BadFraming
from apps.gateway.edge.http1.request import Request

HELD_BYTES = 256 * 1024
PROGRESS_SECONDS = 60
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class BodyConsumer(Protocol):
    def on_body(self, piece: bytes) -> None: ...
    def on_body_end(self) -> None: ...
    def on_body_error(self, error: Exception) -> None: ...


class Source(Protocol):
    """The client's connection."""

    def write(self, data: bytes) -> None: ...
    def set_full(self, *, is_full: bool) -> None: ...


class ClientBody:
    """Keeps at most 256 KB until a consumer is attached, then hands everything on as it arrives.

    Attributes:
        is_done: all of it has arrived.
        deadline: loop time until which more must arrive; infinite while nobody waits for it.
    """

    def __init__(self, source: Source, request: Request) -> None:
        self._source = source
        self._decoder: Body = ChunkedBody() if request.is_chunked else LengthBody(request.content_length or 0)
        self._waits_for_continue = request.expects_continue
        self._consumer: BodyConsumer | None = None
        self._pieces: list[bytes] = []
        self._held = 0
        self._loop = asyncio.get_running_loop()
        self.deadline = math.inf
        self.failure: BadFraming | None = None

    @property
    def is_done(self) -> bool:
        return self._decoder.is_done

    def feed(self, data: bytes) -> bytes:
        """Takes what belongs to the body; returns the rest. After bad framing nothing belongs to anything."""
        if self.failure is not None or not data:
            return b""
        self._waits_for_continue = False
        try:
            pieces, taken = self._decoder.feed(data)
        except BadFraming as error:
            self._fail(error)
            return b""
        for piece in pieces:
            self._take(piece)
        if self._consumer is not None:
            self._set_deadline()
            if self._decoder.is_done:
                self._consumer.on_body_end()
        return data[taken:]

    def attach(self, consumer: BodyConsumer) -> None:
        """Gives everything, from the beginning, to one consumer."""
        if self._waits_for_continue:
            self._waits_for_continue = False
            self._source.write(CONTINUE)
        self._consumer = consumer
        pieces, self._pieces, self._held = self._pieces, [], 0
        for piece in pieces:
            consumer.on_body(piece)
        if self.failure is not None:
            consumer.on_body_error(self.failure)
        elif self._decoder.is_done:
            consumer.on_body_end()
        else:
            self._source.set_full(is_full=False)
            self._set_deadline()

    def detach(self) -> None:
        """The consumer has enough. What arrives from now on is discarded."""
        self._consumer = _Nobody()
        self.deadline = math.inf

    def _take(self, piece: bytes) -> None:
        if self._consumer is not None:
            self._consumer.on_body(piece)
            return
        self._pieces.append(piece)
        self._held += len(piece)
        if self._held > HELD_BYTES:
            self._source.set_full(is_full=True)

    def _set_deadline(self) -> None:
        self.deadline = math.inf if self._decoder.is_done else self._loop.time() + PROGRESS_SECONDS

    def _fail(self, error: BadFraming) -> None:
        self.failure = error
        self.deadline = math.inf
        if self._consumer is not None:
            self._consumer.on_body_error(error)


class _Nobody:
    def on_body(self, piece: bytes) -> None:
        """Discards it."""

    def on_body_end(self) -> None:
        """Nobody waits for it."""

    def on_body_error(self, error: Exception) -> None:
        """Nobody waits for it."""
