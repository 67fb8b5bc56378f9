"""An answer that we make ourselves, piece by piece, on its way to the client.

The next piece is asked for when the client can take it, so a client that does not read holds up nothing but what makes the
pieces. Like a `Forward` that has ended before its time, it never looks whole then: after its last words the connection
closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from apps.core.errors import Refused
from apps.gateway.edge.exchange import ClientGone, LastWords
from apps.gateway.edge.http1.body import LAST_CHUNK, chunk
from apps.gateway.edge.splice import Client, Framing


class Production:
    """Args: lines: the headers of the answer, serialised."""

    collects = False
    may_hijack = False

    def __init__(
        self,
        client: Client,
        lines: bytes,
        pieces: AsyncIterator[bytes],
        last_words: LastWords | None,
        *,
        is_http_10: bool,
    ) -> None:
        self._client = client
        self._lines = lines
        self._pieces = pieces
        self._last_words = last_words
        self._framing = Framing.CLOSE if is_http_10 else Framing.CHUNKED
        self._is_started = False
        self._stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_writable = asyncio.Event()

    async def run(self) -> None:
        """Until the pieces end. Raises what stopped it before, and what making the pieces raises."""
        if self._stopped.done():
            self._stopped.result()
        writing = asyncio.create_task(self._write())
        try:
            await asyncio.wait({writing, self._stopped}, return_when=asyncio.FIRST_COMPLETED)
            if self._stopped.done():
                self._stopped.result()
            writing.result()
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    def end(self, reason: str) -> None:
        """The right to it has ended."""
        if self._is_started and self._last_words is not None and (words := self._last_words.of(reason)):
            self._send(words)
        self._stop(Refused(reason))

    # What the client's connection tells.

    def on_client_writable(self, *, is_writable: bool) -> None:
        if is_writable:
            self._is_writable.set()
        else:
            self._is_writable.clear()

    def on_client_gone(self) -> None:
        self._stop(ClientGone())

    # Inside.

    async def _write(self) -> None:
        self._client.send_head(200, self._lines, self._framing)
        self._is_started = True
        async for piece in self._pieces:
            await self._is_writable.wait()
            if self._stopped.done():
                return
            if self._last_words is not None:
                self._last_words.passed(piece)
            self._send(piece)
        if self._framing is Framing.CHUNKED:
            self._client.write(LAST_CHUNK)

    def _send(self, piece: bytes) -> None:
        self._client.write(chunk(piece) if self._framing is Framing.CHUNKED else piece)

    def _stop(self, error: Exception) -> None:
        if not self._stopped.done():
            self._stopped.set_exception(error)
