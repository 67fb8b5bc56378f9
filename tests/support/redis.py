"""A real Redis on a Unix socket."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.support import programs


@contextlib.contextmanager
def redis_server(socket_path: Path) -> Iterator[str]:
    """Yields its URL, `unix:///…`. Nothing is written to disk but its log, beside the socket."""
    binary = programs.find("redis-server", package="redis-server")
    directory = socket_path.parent
    command = [binary, "--port", "0", "--unixsocket", str(socket_path), "--unixsocketperm", "700", "--save", ""]
    command += ["--appendonly", "no", "--dir", str(directory), "--daemonize", "no"]
    with programs.server(command, log=directory / "redis.log", ready=lambda: programs.answers(socket_path)):
        yield f"unix://{socket_path}"
