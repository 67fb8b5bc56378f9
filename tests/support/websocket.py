"""A websocket client with blocking calls, over the asynchronous one of websockets.

The blocking client of websockets reads and writes one TLS connection from two threads at once and now and then hangs in it;
here one event loop does both.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from websockets.asyncio import client

T = TypeVar("T")


class Connection:
    """Args: loop: runs in a thread of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: client.ClientConnection) -> None:
        self._loop = loop
        self._connection = connection

    def send(self, message: str | bytes) -> None:
        _wait(self._loop, self._connection.send(message))

    def recv(self, timeout: float) -> str | bytes:
        """The next message.

        Raises:
            TimeoutError: there was none for so many seconds.
            websockets.exceptions.ConnectionClosed: there will be none.
        """
        return _wait(self._loop, asyncio.wait_for(self._connection.recv(), timeout))


@contextlib.contextmanager
def connect(url: str, **options: Any) -> Iterator[Connection]:
    """Opens a websocket. Options as for `websockets.asyncio.client.connect`; what it raises."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="websocket", daemon=True)
    thread.start()
    try:
        connection = _wait(loop, _open(url, **options))
        try:
            yield Connection(loop, connection)
        finally:
            _wait(loop, connection.close())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _open(url: str, *, ssl: ssl.SSLContext, **options: Any) -> client.ClientConnection:
    return await client.connect(url, ssl=ssl, proxy=None, **options)


def _wait(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop).result()
