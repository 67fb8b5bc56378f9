"""One websocket from its opening to its close: who asks, may they, accept, serve, and why it ended."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import datetime
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.db import DatabaseError

from apps.core import clock
from apps.core.errors import EngineUnavailable, InvalidInput, NotFound, NotSignedIn, QuarterdeckError, Refused
from apps.streams.services.background import background
from apps.streams.services.sign_in import caller_of
from apps.streams.types import INVALID, NORMAL, NOT_FOUND, NOT_SIGNED_IN, REFUSED, UNAVAILABLE, Caller

logger = logging.getLogger(__name__)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Serve = Callable[[], Coroutine[Any, Any, None]]
_REASON_MAX_BYTES = 123  # RFC 6455, 5.5: a control frame holds 125, two of them the code


class Disconnected(Exception):
    """The browser is gone."""


class Websocket:
    """The accepted or not yet accepted connection."""

    def __init__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.query = {key: values[0] for key, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        self.arguments: dict[str, str] = scope["url_route"]["kwargs"]
        self._receive = receive
        self._send = send
        self._is_accepted = False

    async def accept(self) -> None:
        await self._send({"type": "websocket.accept"})
        self._is_accepted = True

    async def send_json(self, frame: dict[str, Any]) -> None:
        """Waits while the browser does not read."""
        await self._send({"type": "websocket.send", "text": json.dumps(frame, separators=(",", ":"))})

    async def send_bytes(self, data: bytes) -> None:
        await self._send({"type": "websocket.send", "bytes": data})

    async def receive(self) -> str | bytes:
        """The next message. Raises Disconnected."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Disconnected
        text = message.get("text")
        return text if text is not None else message.get("bytes") or b""

    async def close(self, code: int, reason: str) -> None:
        """Says why, in full as a frame and shortened in the close. Where nothing was accepted yet it is only for that:
        a handshake that is refused tells a browser no reason."""
        if not self._is_accepted:
            await self.accept()
        if reason:
            await self.send_json({"type": "end", "reason": reason})
        await self._send({"type": "websocket.close", "code": code, "reason": _shortened(reason)})


async def unknown_path(scope: Message, receive: Receive, send: Send) -> Any:
    """Any other path: the handshake is refused."""
    await receive()
    await send({"type": "websocket.close", "code": NOT_FOUND})


def _shortened(reason: str) -> str:
    return reason.encode()[:_REASON_MAX_BYTES].decode(errors="ignore")


class Stream(abc.ABC):
    """What one kind of websocket does. `as_asgi` makes an application of it."""

    def __init__(self, socket: Websocket, caller: Caller) -> None:
        self.socket = socket
        self.caller = caller

    @abc.abstractmethod
    def opened(self) -> contextlib.AbstractAsyncContextManager[Serve]:
        """Asks for what the websocket shows, and yields what serves it. Nothing is accepted before that.

        Raises:
            QuarterdeckError: with the sentence the caller is refused with.
        """

    async def take(self, message: str | bytes) -> None:
        """A message of the browser's. Most streams take none, and whoever sends one does not know what this is."""
        raise InvalidInput("nothing is to be sent here")

    @classmethod
    def as_asgi(cls) -> Callable[..., Any]:
        """The ASGI application; its type is as wide as Django's `path` wants it."""

        async def application(scope: Message, receive: Receive, send: Send) -> None:
            if (await receive())["type"] != "websocket.connect":
                return
            socket = Websocket(scope, receive, send)
            # The server raises OSError when the browser went away while we send.
            with contextlib.suppress(Disconnected, OSError):
                code, reason = await _serve(cls, scope, socket)
                await socket.close(code, reason)

        return application


async def _serve(stream_class: type[Stream], scope: Message, socket: Websocket) -> tuple[int, str]:
    """Returns the code and the reason to close with. Raises Disconnected where the browser closed."""
    try:
        if not background.is_running:
            raise EngineUnavailable("websockets are just starting; try again in a moment")
        caller = await database_sync_to_async(caller_of)(scope)
        stream = stream_class(socket, caller)
        async with stream.opened() as serve:
            await _first(_accepted(socket, serve), _take_messages(socket, stream), _until_lapsed(caller))
    except QuarterdeckError as error:
        return _code_of(error), error.detail
    except DatabaseError:
        logger.exception("a websocket was refused")
        return UNAVAILABLE, "our database does not answer; try again in a moment"
    return NORMAL, ""


async def _accepted(socket: Websocket, serve: Serve) -> None:
    await socket.accept()
    await serve()


async def _take_messages(socket: Websocket, stream: Stream) -> None:
    while True:
        await stream.take(await socket.receive())


async def _until_lapsed(caller: Caller) -> None:
    """Raises NotSignedIn when the session, the bundle or the account behind the websocket has ended."""
    has_lapsed = asyncio.Event()
    with background.presence.hold(caller, has_lapsed.set), contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_seconds_until(caller.expires_at)):
            await has_lapsed.wait()
    raise NotSignedIn("your session has ended; sign in again")


def _seconds_until(moment: datetime.datetime | None) -> float | None:
    return (moment - clock.now()).total_seconds() if moment else None


async def _first(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Until the first of them ends; the others are cancelled. Raises what that one raised."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if task in done:
            task.result()


def _code_of(error: QuarterdeckError) -> int:
    match error:
        case InvalidInput():
            return INVALID
        case NotSignedIn():
            return NOT_SIGNED_IN
        case Refused():
            return REFUSED
        case NotFound():
            return NOT_FOUND
    return UNAVAILABLE
