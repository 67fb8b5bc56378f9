"""Between the product and an engine, to take the engine away without ending it, and to stop time at one request."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path


class Relay:
    """Stands between the product and the engine, and goes away like an engine that dies: with every connection."""

    def __init__(self, path: Path, engine: Path) -> None:
        self._path = path
        self._engine = engine
        self._sockets: list[socket.socket] = []
        self._held = b""
        self._forwards = False
        self.is_reached = threading.Event()

    def hold(self, request: bytes, *, forwards: bool) -> None:
        """From now on a request whose head holds these bytes gets no answer; `is_reached` is set when there was one.

        Args:
            forwards: whether the engine gets it.
        """
        self._forwards = forwards
        self.is_reached.clear()
        self._held = request

    def let_go(self) -> None:
        """Requests to come are answered again."""
        self._held = b""

    def start(self) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        listener.listen(64)
        self._sockets = [listener]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self) -> None:
        self._path.unlink(missing_ok=True)
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(str(self._engine))
                self._sockets += [client, engine]
                is_silent = threading.Event()
                threading.Thread(target=self._copy_requests, args=(client, engine, is_silent), daemon=True).start()
                threading.Thread(target=_copy, args=(engine, client, is_silent), daemon=True).start()

    def _copy_requests(self, client: socket.socket, engine: socket.socket, is_silent: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self._held and self._held in data:
                    is_silent.set()
                    if self._forwards:
                        engine.sendall(data)
                    self.is_reached.set()
                elif not is_silent.is_set() or self._forwards:
                    engine.sendall(data)
            engine.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def silent(path: Path) -> Iterator[None]:
    """Listens there and never answers, like an engine that is just starting."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(64)
        try:
            yield
        finally:
            path.unlink()


def _copy(source: socket.socket, sink: socket.socket, is_silent: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if not is_silent.is_set():
                sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
