"""The keeper of the audit log: seals it, brings in what waited on disk, forwards it, checks it, and removes what is too old.

It lives in the projector's process, as two threads: a receiver that does not answer delays nothing but the forwarding. Any
number of units may run one; the database lets one of them seal, and one forward, at a time.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
CHECK_SECONDS = 0.5  # a thousand entries each time: a long log costs little at once
RETAIN_SECONDS = 60.0
AFTER_FAILURE_SECONDS = 1.0
STOP_SECONDS = 1.5


@dataclass(slots=True)
class Chore:
    """Something that is done again and again.

    Args:
        step: does what is due. Whether there is more to do at once.
        problem: what was wrong the last time, so that it is said once and not each second.
    """

    name: str
    step: Callable[[], bool]
    pause_seconds: float
    due_at: float = 0.0
    problem: str = ""

    def do(self) -> None:
        pause = self.pause_seconds
        try:
            pause = 0.0 if self.step() else pause
            self.problem = ""
        except (DatabaseError, ChainBroken, OSError) as error:
            pause = max(pause, AFTER_FAILURE_SECONDS)
            if str(error) != self.problem:
                self.problem = str(error)
                logger.error("audit %s: %s", self.name, error)
            connection.close()
        self.due_at = time.monotonic() + pause


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Keeps the log for the length of the block."""
    over = threading.Event()
    keeping = threading.Thread(target=_keep, args=(over,), name="audit keeper", daemon=True)
    keeping.start()
    try:
        yield
    finally:
        over.set()
        keeping.join(STOP_SECONDS)


def _keep(over: threading.Event) -> None:
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
        self._receiver: SyslogReceiver | None = None

    def run(self) -> None:
        forwarding = threading.Thread(target=self._forward_on, name="audit forwarding", daemon=True)
        forwarding.start()
        self._go_round(
            Chore("seal", self._seal, SEAL_SECONDS),
            Chore("drain", self._drain, DRAIN_SECONDS),
            Chore("settings", self._read_settings, FORWARD_SECONDS),
            Chore("check", _check, CHECK_SECONDS),
            Chore("retain", _retain, RETAIN_SECONDS),
        )
        forwarding.join()

    def _forward_on(self) -> None:
        self._go_round(Chore("forward", self._forward, FORWARD_SECONDS))
        try:
            self._forwarder.stop()
        except DatabaseError as error:
            logger.warning("audit forward: the lease runs out by itself: %s", error)
        connection.close()

    def _go_round(self, *chores: Chore) -> None:
        while not self._over.is_set():
            for chore in chores:
                if time.monotonic() >= chore.due_at:
                    chore.do()
            self._over.wait(max(0.0, min(chore.due_at for chore in chores) - time.monotonic()))
        connection.close()

    def _seal(self) -> bool:
        services.seal()
        return False

    def _drain(self) -> bool:
        if drained := services.drain():
            logger.info("%d audit entries that waited on disk are in the database", drained)
        return False

    def _read_settings(self) -> bool:
        """Not by the thread that forwards, which needs no connection to the database while there is no receiver."""
        self._receiver = _receiver(audit_settings().syslog)
        return False

    def _forward(self) -> bool:
        return self._forwarder.step(self._receiver)


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


def _check() -> bool:
    services.check_some()
    return False


def _retain() -> bool:
    """What is to be forwarded and is not yet stays, however old."""
    wanted = audit_settings()
    up_to = Forwarding.objects.values_list("sequence", flat=True).first() if wanted.syslog.is_enabled else None
    return services.retain(days=wanted.retention_days, up_to=up_to) > 0
