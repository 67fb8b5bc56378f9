"""The ways to our own processes: web (REST and console) and streams (websockets), each behind its Unix socket.

They believe what the gateway says about a connection because it is signed, and because every header in which a client
could say the same was dropped by `http1.request`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from apps.core import signing
from apps.core.actor import Actor
from apps.core.errors import EngineUnavailable, NotSignedIn, Unavailable
from apps.gateway.edge.exchange import Exchange, Peer, UpstreamHead
from apps.gateway.edge.http1 import target
from apps.gateway.edge.upstream import NotReachable, Upstream

BODY_BYTES = 2 * 1024 * 1024
RESTART_SECONDS = 2.0
RETRY_SECONDS = 0.1
ANSWER_SECONDS = 120

FromCertificate = Callable[[Peer, str], Awaitable[Actor | None]]


class ProcessProxy:
    """Passes requests on to one of our processes.

    Args:
        socket: where it listens.
        name: what to call it: "web".
        from_certificate: the account of a connection's client certificate. A bad certificate counts as none here: a browser
            shows whatever personal certificate it has, and its user must still be able to sign in.
        may_upgrade: websockets become tunnels.
    """

    def __init__(self, socket: Path, name: str, from_certificate: FromCertificate, *, may_upgrade: bool = False) -> None:
        self._upstream = Upstream(f"unix://{socket}", name=name)
        self._name = name
        self._from_certificate = from_certificate
        self._may_upgrade = may_upgrade

    async def handle(self, exchange: Exchange) -> None:
        try:
            actor = await self._from_certificate(exchange.peer, exchange.request_id)
        except NotSignedIn:
            actor = None
        if actor is not None:
            exchange.actor = actor
        request = exchange.request
        body = await exchange.read_body(BODY_BYTES) if request.has_body else None
        head = UpstreamHead(request.method, target.serialise(request.path, request.query), self._headers(exchange, actor))
        await self._forward_patiently(exchange, head, body)

    def _headers(self, exchange: Exchange, actor: Actor | None) -> list[tuple[str, str]]:
        statement = {
            "address": exchange.peer.address,
            "request_id": exchange.request_id,
            "actor": actor.to_payload() if actor is not None else None,
        }
        return [
            ("Host", exchange.request.host),
            *exchange.request.headers.items(),
            ("X-Forwarded-Proto", "https"),
            (signing.EDGE_HEADER, signing.sign(signing.EDGE, statement)),
        ]

    async def _forward_patiently(self, exchange: Exchange, head: UpstreamHead, body: bytes | None) -> None:
        """A process that died is back within seconds; until then nothing was sent, so trying again is safe."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + RESTART_SECONDS
        while True:
            try:
                await exchange.forward(
                    self._upstream,
                    head=head,
                    body=body,
                    may_hijack=self._may_upgrade and exchange.request.upgrade == "websocket",
                    timeout_seconds=ANSWER_SECONDS,
                )
            except NotReachable as error:
                if loop.time() >= give_up_at:
                    raise Unavailable(f"{self._name} is restarting; try again in a few seconds") from error
                await asyncio.sleep(RETRY_SECONDS)
            except EngineUnavailable as error:
                raise Unavailable(f"{self._name} did not answer; try again in a few seconds") from error
            else:
                return
