"""Forwarding the sealed log to a syslog receiver: every entry at least once, in the order of the chain.

How far the receiver surely is stands in the database, and trails what was sent: an entry counts when the receiver's machine
has it and the connection has stood for some seconds since. What was sent after that, when a connection or we ourselves
break, is sent again. Entries carry their id and sequence, so that a receiver can tell.
"""

from __future__ import annotations

import datetime
import logging
import socket
import time
from collections import deque

from django.db.models import Q

from apps.audit.clients.syslog import Connection
from apps.audit.models import ChainHead, Forwarding, content_of
from apps.audit.rules import syslog
from apps.audit.selectors import sealed_after
from apps.audit.types import Filters, SyslogReceiver
from apps.core import clock

logger = logging.getLogger(__name__)

BATCH = 200
LEASE_SECONDS = 15.0
TRAIL_SECONDS = 5.0
FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS = 1.0, 60.0


class Forwarder:
    """The forwarding of one process. Only the one that holds the lease sends.

    Args:
        holder: a name of this process that no other one has; the same again after a restart.
    """

    def __init__(self, holder: str, *, trail_seconds: float = TRAIL_SECONDS) -> None:
        self._holder = holder
        self._trail_seconds = trail_seconds
        self._receiver: SyslogReceiver | None = None
        self._connection: Connection | None = None
        self._sent = 0
        self._delivered: deque[tuple[float, int]] = deque()
        self._leased_until = 0.0
        self._pause_seconds = 0.0
        self._not_before = 0.0

    def step(self, receiver: SyslogReceiver | None) -> bool:
        """Sends what is due. Whether there is more to send at once.

        Args:
            receiver: as the settings say it now; None: forward nothing.

        Raises:
            DatabaseError: as everywhere; the next step goes on.
        """
        if receiver != self._receiver:
            self.stop()
            self._receiver = receiver
        if receiver is None or not self._lease(receiver):
            return False
        if self._connection is None and not self._connect(receiver):
            return False
        try:
            return self._forward()
        except OSError as error:
            self._fail(error)
            return False

    def stop(self) -> None:
        """Lets go of the receiver and of the lease."""
        self._close()
        self._pause_seconds = self._not_before = 0.0
        if self._leased_until:
            self._leased_until = 0.0
            mine = Forwarding.objects.filter(lease_holder=self._holder)
            mine.update(lease_holder="", lease_expires_at=None, is_connected=False, error="")

    def _lease(self, receiver: SyslogReceiver) -> bool:
        """Takes or renews the lease. Another receiver gets what is recorded from now on."""
        if time.monotonic() < self._leased_until - LEASE_SECONDS / 2:
            return True
        Forwarding.objects.get_or_create(id=1)
        now = clock.now()
        free = Q(lease_holder__in=("", self._holder)) | Q(lease_expires_at__lt=now) | Q(lease_expires_at__isnull=True)
        ends = now + datetime.timedelta(seconds=LEASE_SECONDS)
        if not Forwarding.objects.filter(free).update(lease_holder=self._holder, lease_expires_at=ends):
            self._close()
            self._leased_until = 0.0
            return False
        self._leased_until = time.monotonic() + LEASE_SECONDS
        head = ChainHead.objects.values_list("sequence", flat=True).first() or 0
        elsewhere = Forwarding.objects.exclude(destination=receiver.destination)
        elsewhere.update(destination=receiver.destination, sequence=head)
        return True

    def _connect(self, receiver: SyslogReceiver) -> bool:
        if time.monotonic() < self._not_before:
            return False
        try:
            self._connection = Connection.open(receiver)
        except OSError as error:
            self._fail(error)
            return False
        self._sent = Forwarding.objects.values_list("sequence", flat=True).get()
        Forwarding.objects.update(is_connected=True, error="", changed_at=clock.now())
        logger.info("the audit log is forwarded to %s", receiver.destination)
        return True

    def _forward(self) -> bool:
        """Raises OSError where the connection broke."""
        assert self._connection is not None  # noqa: S101 - `step` connected
        self._connection.check()
        self._confirm(self._connection)
        entries = sealed_after((), Filters(), self._sent, BATCH)
        if entries:
            hostname = socket.gethostname()
            contents = (content_of(entry, entry.sequence) | {"hash": entry.hash} for entry in entries)
            self._connection.send(b"".join(syslog.frame(content, hostname=hostname) for content in contents))
            self._sent = entries[-1].sequence or self._sent
        return len(entries) == BATCH

    def _confirm(self, connection: Connection) -> None:
        now = time.monotonic()
        last = self._delivered[-1][1] if self._delivered else 0
        if self._sent > last and connection.is_delivered():
            self._delivered.append((now, self._sent))
        surely = 0
        while self._delivered and self._delivered[0][0] + self._trail_seconds <= now:
            surely = self._delivered.popleft()[1]
        if surely:
            self._pause_seconds = 0.0
            Forwarding.objects.filter(sequence__lt=surely).update(sequence=surely, changed_at=clock.now())

    def _fail(self, error: OSError) -> None:
        self._close()
        self._pause_seconds = min(LAST_PAUSE_SECONDS, self._pause_seconds * 2 or FIRST_PAUSE_SECONDS)
        self._not_before = time.monotonic() + self._pause_seconds
        text = error.strerror or str(error) or type(error).__name__
        logger.warning("the audit log cannot be forwarded, again in %.0f s: %s", self._pause_seconds, text)
        Forwarding.objects.update(is_connected=False, error=text[:500], changed_at=clock.now())

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._delivered.clear()
