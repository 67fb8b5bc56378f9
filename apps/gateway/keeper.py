"""The child process of `rungateway` that keeps the audit log: seals it, brings in what waited on disk, forwards it, checks
it, and removes what is too old.

Each of these goes round on its own: a receiver that does not answer, or a database that is away, delays nothing else. Any
number of units may run one; the database lets one of them seal, and one forward, at a time.
"""

from __future__ import annotations

import fcntl
import logging
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from apps.audit import services
from apps.audit.clients import files
from apps.audit.errors import ChainBroken
from apps.audit.models import Forwarding
from apps.audit.types import SyslogReceiver
from apps.configuration.rules import SyslogSettings
from apps.configuration.selectors import audit_settings

logger = logging.getLogger(__name__)

SEAL_SECONDS = 0.25
DRAIN_SECONDS = 0.5
FORWARD_SECONDS = 0.5
CHECK_SECONDS = 2.0
RETAIN_SECONDS = 60.0
AFTER_FAILURE_SECONDS = 1.0
STOP_SECONDS = 4.0

Step = Callable[[], bool]
"""Does what is due. Whether there is more to do at once."""


def run() -> None:
    """Blocks until SIGTERM, and ends within 5 s. Called in a forked child."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    directory = Path(settings.AUDIT_DIR)
    files.make_directory(directory)
    with (directory / "keeper.lock").open("w") as lock:
        _wait_for(lock.fileno(), over)
        Keeper(directory, over).run()


def _wait_for(descriptor: int, over: threading.Event) -> None:
    """Until a predecessor on this directory is gone: the name under which it forwards is the directory's."""
    while not over.is_set():
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            over.wait(0.2)
        else:
            return


class Keeper:
    """Args: directory: what the log keeps outside the database. over: set when it is to end."""

    def __init__(self, directory: Path, over: threading.Event) -> None:
        self._over = over
        identity = uuid.uuid5(uuid.NAMESPACE_URL, directory.absolute().as_uri())
        self._forwarder = services.Forwarder(f"{socket.gethostname()[:60]}:{identity}")

    def run(self) -> None:
        rounds: dict[str, tuple[Step, float]] = {
            "seal": (self._seal, SEAL_SECONDS),
            "drain": (self._drain, DRAIN_SECONDS),
            "forward": (self._forward, FORWARD_SECONDS),
            "check": (services.check_some, CHECK_SECONDS),
            "retain": (_retain, RETAIN_SECONDS),
        }
        threads = [
            threading.Thread(target=self._go_round, args=(name, *step), name=f"audit {name}", daemon=True)
            for name, step in rounds.items()
        ]
        for thread in threads:
            thread.start()
        self._over.wait()
        give_up_at = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, give_up_at - time.monotonic()))

    def _go_round(self, name: str, step: Step, pause_seconds: float) -> None:
        problem = ""
        while not self._over.is_set():
            pause = pause_seconds
            try:
                pause = 0.0 if step() else pause_seconds
                problem = ""
            except (DatabaseError, ChainBroken, OSError) as error:
                pause = max(pause, AFTER_FAILURE_SECONDS)
                if str(error) != problem:  # said once, not each second
                    problem = str(error)
                    logger.error("audit %s: %s", name, problem)
                connection.close()
            self._over.wait(pause)
        self._finish(name)

    def _finish(self, name: str) -> None:
        if name == "forward":
            try:
                self._forwarder.stop()
            except DatabaseError as error:
                logger.warning("audit forward: the lease runs out by itself: %s", error)
        connection.close()

    def _seal(self) -> bool:
        services.seal()
        return False

    def _drain(self) -> bool:
        if drained := services.drain():
            logger.info("%d audit entries that waited on disk are in the database", drained)
        return False

    def _forward(self) -> bool:
        return self._forwarder.step(_receiver(audit_settings().syslog))


def _receiver(syslog: SyslogSettings) -> SyslogReceiver | None:
    if not syslog.is_enabled:
        return None
    return SyslogReceiver(
        host=syslog.host,
        port=syslog.port,
        is_tls=syslog.protocol == "tls",
        ca_pem=syslog.ca,
        client_pem=syslog.client_certificate,
        client_key_pem=syslog.client_key,
    )


def _retain() -> bool:
    """What is to be forwarded and is not yet stays, however old."""
    wanted = audit_settings()
    up_to = Forwarding.objects.values_list("sequence", flat=True).first() if wanted.syslog.is_enabled else None
    return services.retain(days=wanted.retention_days, up_to=up_to) > 0
