from __future__ import annotations

import functools
import logging
import os
import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from apps.certificates.services import ensure_authorities, ensure_server_certificate
from apps.gateway import keeper, projector, worker
from apps.gateway.master import CannotListen, Child, Master, listen_internal, listen_public

logger = logging.getLogger(__name__)

MAX_WORKERS = 4
RENEWAL_SECONDS = 6 * 3600


class Command(BaseCommand):
    help = "Runs the gateway: the one HTTPS port, the Docker API, the projector of each cluster, the keeper of the audit log."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT, help="the one port (QUARTERDECK_PORT, 8443)")
        parser.add_argument("--workers", type=int, default=0, help=f"processes that serve (the cores, at most {MAX_WORKERS})")

    def handle(self, *args: Any, **options: Any) -> None:
        count = options["workers"] or min(os.cpu_count() or 1, MAX_WORKERS)
        try:
            public = listen_public(options["port"], count)
            internal = listen_internal(settings.GATEWAY_SOCKET)
        except CannotListen as error:
            raise CommandError(str(error)) from error
        _ensure_certificate()
        credentials = worker.load_credentials()
        children = [
            Child(f"gateway worker {number}", functools.partial(worker.run, listener, internal, credentials))
            for number, listener in enumerate(public, start=1)
        ]
        children += [Child("projector", projector.run), Child("audit keeper", keeper.run)]
        self.stdout.write(f"gateway: https on port {options['port']}, {count} workers")
        try:
            Master(children, _Renewal(credentials.chain_pem)).run()
        finally:
            settings.GATEWAY_SOCKET.unlink(missing_ok=True)


def _ensure_certificate() -> None:
    """Leaves no connection open: nothing of a database may cross a fork."""
    try:
        ensure_authorities()
        ensure_server_certificate(settings.SERVER_NAMES)
    finally:
        connections.close_all()


class _Renewal:
    """Renews the server certificate in time, and has the workers read it again."""

    def __init__(self, chain_pem: bytes) -> None:
        self._chain_pem = chain_pem
        self._next_at = time.monotonic() + RENEWAL_SECONDS

    def __call__(self, master: Master) -> None:
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + RENEWAL_SECONDS
        try:
            _ensure_certificate()
            chain_pem = worker.load_credentials().chain_pem
        except DatabaseError as error:
            logger.warning("the server certificate cannot be checked: %s", error)
            return
        if chain_pem != self._chain_pem:
            self._chain_pem = chain_pem
            master.signal_all(signal.SIGHUP)
