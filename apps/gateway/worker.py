"""One worker process of the gateway: the wiring of edge, identity and the Docker API, from the fork to the end."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from dataclasses import dataclass

import uvloop
from django.conf import settings
from django.db import DatabaseError, connections
from OpenSSL import SSL

from apps.access.selectors.policy import store
from apps.certificates.selectors import ca_pem, client_authority_pem, server_credentials
from apps.core.actor import Actor
from apps.core.errors import QuarterdeckError
from apps.gateway.docker.handler import DockerHandler
from apps.gateway.edge.exchange import Peer, Request
from apps.gateway.edge.live import LiveExchanges
from apps.gateway.edge.proxy import ProcessProxy
from apps.gateway.edge.router import Router
from apps.gateway.edge.server import Server
from apps.gateway.edge.tls import create_context
from apps.gateway.identity import Identities
from apps.gateway.internal import Internal
from apps.gateway.pages import Pages
from apps.gateway.projector.probe import ProbeHandler

logger = logging.getLogger(__name__)

GRACE_SECONDS = 2.5  # for requests; streams have no end to wait for


@dataclass(frozen=True, slots=True)
class Credentials:
    """What TLS needs, read before the fork so that all workers share one context and its ticket keys."""

    context: SSL.Context
    chain_pem: bytes
    ca_pem: bytes


def load_credentials() -> Credentials:
    """Reads the server certificate; leaves no database connection behind."""
    try:
        chain, key = server_credentials()
        return Credentials(create_context(chain, key, client_authority_pem()), chain, ca_pem())
    finally:
        connections.close_all()


def run(public: socket.socket, internal: socket.socket, credentials: Credentials) -> None:
    """Serves until SIGTERM. Called in a forked child."""
    uvloop.run(_Worker(credentials).serve(public, internal))


class _Worker:
    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._identities = Identities()
        self._live = LiveExchanges(self._identities.still_valid)
        self._docker = DockerHandler(on_moved=self._live.recheck)
        self._background: set[asyncio.Task[None]] = set()

    async def serve(self, public: socket.socket, internal: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        is_over = asyncio.Event()
        server = Server(self._router(), self._live)
        loop.add_signal_handler(signal.SIGTERM, is_over.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload, server)
        await asyncio.to_thread(_load_policy)
        await self._docker.start()
        await server.listen_tls(public, self._credentials.context)
        await server.listen_internal(internal)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(server.run()),
                    group.create_task(store.follow(on_change=self._live.recheck)),
                    group.create_task(self._identities.follow(self._live.actors, self._live.recheck)),
                ]
                await is_over.wait()
                await server.stop(GRACE_SECONDS)
                for task in tasks:
                    task.cancel()
        finally:
            await self._docker.stop()
            self._identities.close()

    def _router(self) -> Router:
        async def identify(peer: Peer, request: Request, request_id: str) -> Actor:
            return await self._identities.identify(peer, request, request_id=request_id)

        async def from_certificate(peer: Peer, request_id: str) -> Actor | None:
            return await self._identities.from_certificate(peer, request_id=request_id)

        return Router(
            identify=identify,
            docker=self._docker,
            web=ProcessProxy(settings.WEB_SOCKET, "web", from_certificate),
            streams=ProcessProxy(settings.STREAMS_SOCKET, "streams", from_certificate, may_upgrade=True),
            pages=Pages(self._credentials.ca_pem),
            internal=Internal(probe=ProbeHandler(), docker=self._docker),
        )

    def _reload(self, server: Server) -> None:
        """SIGHUP: the server certificate was renewed."""
        task = asyncio.get_running_loop().create_task(_replace_context(server))
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _load_policy() -> None:
    try:
        store.refresh()
    finally:
        connections.close_all()


async def _replace_context(server: Server) -> None:
    try:
        credentials = await asyncio.to_thread(load_credentials)
    except (DatabaseError, QuarterdeckError, ValueError, SSL.Error):
        logger.exception("the server certificate was not read again; the old one stays in use")
    else:
        server.replace_context(credentials.context)
