"""A connection to a syslog receiver over TCP or TLS.

Syslog has no acknowledgement: what the receiver's machine has taken from the network may be lost with its process. So a
sender can only say what has arrived there (the socket's queue is empty), and that the connection still stands later.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import ssl
import struct
import termios
from collections.abc import Iterator

from apps.audit.types import SyslogReceiver

CONNECT_SECONDS = 5.0
SEND_SECONDS = 10.0
_KEEPALIVE = {socket.TCP_KEEPIDLE: 15, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3}


class Connection:
    """Every method raises OSError (`ssl.SSLError` is one) where the connection is of no more use."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._descriptor = connected.fileno()

    @classmethod
    def open(cls, receiver: SyslogReceiver) -> Connection:
        """Raises OSError: it cannot be reached, its certificate is not trusted, or is not of this host."""
        plain = socket.create_connection((receiver.host, receiver.port), timeout=CONNECT_SECONDS)
        try:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _KEEPALIVE.items():
                plain.setsockopt(socket.IPPROTO_TCP, option, value)
            connected = _context(receiver).wrap_socket(plain, server_hostname=receiver.host) if receiver.is_tls else plain
            connected.settimeout(SEND_SECONDS)
        except BaseException:
            plain.close()
            raise
        return cls(connected)

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def check(self) -> None:
        """A receiver says nothing; what can be read is that it has closed."""
        self._socket.setblocking(False)
        try:
            if self._socket.recv(4096) == b"":
                raise ConnectionResetError("the receiver closed the connection")
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        finally:
            self._socket.settimeout(SEND_SECONDS)

    def is_delivered(self) -> bool:
        """Whether the receiver's machine has everything that was sent."""
        answer = fcntl.ioctl(self._descriptor, termios.TIOCOUTQ, b"\0" * 4)
        return struct.unpack("i", answer) == (0,)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()


def _context(receiver: SyslogReceiver) -> ssl.SSLContext:
    """Certificates are checked, and the name in them, as RFC 5425 (5.2) wants it."""
    context = ssl.create_default_context(cadata=receiver.ca_pem or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if receiver.client_pem:
        with _as_file(receiver.client_pem + "\n" + receiver.client_key_pem) as path:
            context.load_cert_chain(path)
    return context


@contextlib.contextmanager
def _as_file(text: str) -> Iterator[str]:
    """Python reads keys from files only; this one is in memory, and ours alone."""
    descriptor = os.memfd_create("syslog client", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
