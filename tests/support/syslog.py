"""A syslog receiver over TCP or TLS that keeps what it gets."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from typing import BinaryIO


class Receiver:
    """Reads octet-counted messages and keeps them, as a receiver does until its disk is full."""

    def __init__(self, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.messages: list[str] = []
        self.connections = 0
        self._context = context
        self._clients: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in (self._listener, *self._clients):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def sequences(self) -> list[int]:
        return [int(re.search(r'sequence="(\d+)"', message)[1]) for message in self.messages]  # type: ignore[index]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                self._clients.append(client)
                threading.Thread(target=self._read, args=(client,), daemon=True).start()

    def _read(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            stream = self._context.wrap_socket(client, server_side=True) if self._context else client
            self._clients.append(stream)
            with stream.makefile("rb") as file:
                while length := _length(file):
                    self.messages.append(file.read(length).decode())


def _length(file: BinaryIO) -> int:
    """What stands before the next message; 0 at the end."""
    digits = b""
    while (byte := file.read(1)).isdigit():
        digits += byte
    return int(digits or b"0")
