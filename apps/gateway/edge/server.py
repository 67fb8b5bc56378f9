"""Listeners of one worker, limits on connections, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import resource
import socket
from typing import cast

from OpenSSL import SSL

from apps.gateway.edge.connection import Application, ClientConnection
from apps.gateway.edge.exchange import Peer
from apps.gateway.edge.live import LiveExchanges
from apps.gateway.edge.tls import TLSProtocol

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.5
HANDSHAKE_TIMEOUT_SECONDS = 10
MAX_HANDSHAKES = 512
MAX_CONNECTIONS = 10_000
DESCRIPTORS_PER_CONNECTION = 2
RESERVED_DESCRIPTORS = 128
BACKLOG = 1024

KEEPALIVE_IDLE_SECONDS, KEEPALIVE_INTERVAL_SECONDS, KEEPALIVE_PROBES = 30, 10, 3
USER_TIMEOUT_MILLISECONDS = 90_000


class Server:
    """Accepts connections and looks after them.

    Args:
        application: answers the requests.
        live: what is running for whom.
    """

    def __init__(self, application: Application, live: LiveExchanges) -> None:
        self.application = application
        self.live = live
        self.is_stopping = False
        self._connections: set[ClientConnection] = set()
        self._handshakes: dict[TLSProtocol, float] = {}
        self._servers: list[asyncio.Server] = []
        self._context: SSL.Context | None = None
        self._empty = asyncio.Event()
        self._max_connections = min(MAX_CONNECTIONS, _descriptor_limit())

    # Listening.

    async def listen_tls(self, listener: socket.socket, context: SSL.Context) -> None:
        self._context = context
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(self._accept_tls, sock=listener, backlog=BACKLOG))

    async def listen_internal(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_unix_server(self._accept_internal, sock=listener, backlog=BACKLOG))

    def replace_context(self, context: SSL.Context) -> None:
        """Connections from now on get the new certificate."""
        self._context = context

    async def run(self) -> None:
        """Enforces deadlines, and asks again whether what runs is still allowed, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = loop.time()
            for connection in list(self._connections):
                connection.check(now)
            for handshake, deadline in list(self._handshakes.items()):
                if now >= deadline:
                    handshake.abort()
            self.live.recheck()

    async def stop(self, grace_seconds: float) -> None:
        """Accepts nothing more, lets running requests end, then cuts what is left."""
        self.is_stopping = True
        for server in self._servers:
            server.close()
        for handshake in list(self._handshakes):
            handshake.abort()
        for connection in list(self._connections):
            connection.stop()
        if self._connections:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_seconds):
                    await self._empty.wait()
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)

    # What connections call.

    def opened(self, connection: ClientConnection) -> None:
        self._connections.add(connection)
        if self.is_stopping:
            connection.stop()

    def closed(self, connection: ClientConnection) -> None:
        self._connections.discard(connection)
        if self.is_stopping and not self._connections:
            self._empty.set()

    # Inside.

    def _accept_tls(self) -> asyncio.Protocol:
        if self._is_crowded() or self._context is None:
            return _TurnedAway()
        tls: TLSProtocol

        def connect(certificate: bytes | None) -> asyncio.Protocol:
            transport_socket = tls.get_extra_info("socket")
            with contextlib.suppress(OSError):
                _keep_alive(transport_socket)
            return ClientConnection(self, Peer(_address(tls.get_extra_info("peername")), certificate))

        tls = TLSProtocol(self._context, connect, self._handshake_ended)
        self._handshakes[tls] = asyncio.get_running_loop().time() + HANDSHAKE_TIMEOUT_SECONDS
        return tls

    def _accept_internal(self) -> asyncio.Protocol:
        if self._is_crowded():
            return _TurnedAway()
        return ClientConnection(self, Peer("", is_internal=True))

    def _is_crowded(self) -> bool:
        return len(self._connections) >= self._max_connections or len(self._handshakes) >= MAX_HANDSHAKES

    def _handshake_ended(self, tls: TLSProtocol) -> None:
        self._handshakes.pop(tls, None)


class _TurnedAway(asyncio.Protocol):
    """There are too many connections: this one is closed at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).abort()


def _descriptor_limit() -> int:
    """How many connections the descriptors of this process carry, each with one to an engine; the soft limit is raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS * DESCRIPTORS_PER_CONNECTION + RESERVED_DESCRIPTORS
    ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < ceiling:
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
    return max(16, (ceiling - RESERVED_DESCRIPTORS) // DESCRIPTORS_PER_CONNECTION)


def _keep_alive(connection: socket.socket) -> None:
    """A silent peer that has vanished (an attach without output) is noticed within 90 s."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_PROBES)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MILLISECONDS)


def _address(peername: object) -> str:
    """The peer's address as people write it: IPv4 in IPv6 is shown as IPv4."""
    if not isinstance(peername, tuple) or not peername:
        return ""
    address = ipaddress.ip_address(str(peername[0]).partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
