"""The way by path: which handler answers, and in which dialect its errors are."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotFound, Refused
from apps.gateway.edge.exchange import Exchange, Handler, Peer, Request
from apps.gateway.edge.render import Dialect

ENGINE_SEGMENTS = frozenset(
    {"_ping", "auth", "build", "commit", "configs", "containers", "debug", "distribution", "events", "exec", "grpc", "images"}
    | {"info", "networks", "nodes", "plugins", "secrets", "services", "session", "swarm", "system", "tasks", "version"}
    | {"volumes"}
)
"""First segments of the Engine API's own paths; the console keeps to /ui because of them."""

_VERSIONED = re.compile(r"v\d+\.")
_FIRST_SEGMENT = re.compile(r"/([^/?]*)")

Identify = Callable[[Peer, Request, str], Awaitable[Actor]]


@dataclass(frozen=True, slots=True)
class Router:
    """Gives each request to its handler.

    Args:
        identify: who sent a Docker request; raises NotSignedIn.
        docker: the Engine API.
        web: REST, the console, and "/".
        streams: websockets.
        pages: what the gateway answers itself: `/ca` and `/healthz`.
        internal: `/quarterdeck/…`, for our own processes only.
    """

    identify: Identify
    docker: Handler
    web: Handler
    streams: Handler
    pages: Handler
    internal: Handler

    async def handle(self, exchange: Exchange) -> None:
        """Raises NotFound where nothing of ours has that path."""
        segment = _first_segment(exchange.request.path)
        if _is_docker(segment):
            await self._handle_docker(exchange)
            return
        if exchange.peer.is_internal:
            await self._handle_internal(exchange, segment)
            return
        match segment:
            case "ca" | "healthz":
                await self.pages.handle(exchange)
            case "api" | "ui" | "readyz":
                await self.web.handle(exchange)
            case "" if exchange.request.path == "/":
                await self.web.handle(exchange)
            case "ws":
                await self.streams.handle(exchange)
            case _:
                raise NotFound("there is nothing at this path")

    async def _handle_internal(self, exchange: Exchange, segment: str) -> None:
        if segment != "quarterdeck":
            raise NotFound("the internal socket serves the Docker Engine API only")
        exchange.actor = await self.identify(exchange.peer, exchange.request, exchange.request_id)
        await self.internal.handle(exchange)

    async def _handle_docker(self, exchange: Exchange) -> None:
        request = exchange.request
        exchange.actor = await self.identify(exchange.peer, request, exchange.request_id)
        if request.headers.get("origin", f"https://{request.host}") != f"https://{request.host}":
            # A browser shows its certificate whatever page asks it to.
            raise Refused("a page of another site may not use the Docker API")
        if "form" in request.headers.get("content-type", "").lower():
            raise InvalidInput("form bodies are not accepted: the engine would read them as a second query")
        await self.docker.handle(exchange)

    def dialect(self, path: str) -> Dialect:
        return Dialect.DOCKER if _is_docker(_first_segment(path)) else Dialect.PROBLEM


def _first_segment(path: str) -> str:
    match = _FIRST_SEGMENT.match(path)
    return match[1] if match else ""


def _is_docker(segment: str) -> bool:
    return segment in ENGINE_SEGMENTS or _VERSIONED.match(segment) is not None
