"""`streams`: the websockets. `uvicorn --uds … controlplane.asgi:application`.

The server's lifespan holds what runs beside the websockets; if that ends by itself the process ends too, because without
it nobody would notice that a session or a right has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402  Django must be set up first

from apps.streams.routing import websocket_urlpatterns  # noqa: E402
from apps.streams.services.background import background  # noqa: E402

logger = logging.getLogger(__name__)
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def lifespan(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    running: asyncio.Task[None] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            running = asyncio.create_task(background.run())
            running.add_done_callback(_ended)
            await send({"type": "lifespan.startup.complete"})
        else:
            if running is not None:
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
            await send({"type": "lifespan.shutdown.complete"})
            return


def _ended(running: asyncio.Task[None]) -> None:
    if not running.cancelled():
        logger.critical("the watch over sessions and rights ended", exc_info=running.exception())
        signal.raise_signal(signal.SIGTERM)


async def http(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Only websockets are served here."""
    headers = [(b"content-type", b"application/problem+json"), (b"upgrade", b"websocket"), (b"connection", b"upgrade")]
    await send({"type": "http.response.start", "status": 426, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"title":"Only websockets are served here","status":426}'})


application = ProtocolTypeRouter({"websocket": URLRouter(websocket_urlpatterns), "lifespan": lifespan, "http": http})
