"""What the gateway's benchmarks share: an engine, the product on it, Bob with rights in one collection, and plain clients."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.engine import Engine, engine
from tests.support.product import Bundle, Product, product

COLLECTION = "/Shared/bench"
LABEL = f"com.docker.ucp.access.label={COLLECTION}"
_PASSWORD = "a password for the bench"
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Scene:
    engine: Engine
    product: Product
    bob: Bundle
    admin: Bundle


@contextlib.contextmanager
def scene() -> Iterator[Scene]:
    with tempfile.TemporaryDirectory(prefix="qd-bench-") as name, engine() as docker, product(docker.url) as running:
        admin = running.rest("admin", running.admin_password)
        admin.post("/users/", {"username": "bob", "password": _PASSWORD})
        admin.post("/collections/", {"path": COLLECTION})
        admin.post("/grants/", {"subject": "user:bob", "role": "Restricted Control", "resource": f"collection:{COLLECTION}"})
        bob = running.bundle(running.rest("bob", _PASSWORD), "bench", Path(name) / "bob")
        yield Scene(docker, running, bob, running.bundle(admin, "bench", Path(name) / "admin"))


def through_gateway(scene: Scene, bundle: Bundle) -> http.client.HTTPConnection:
    """One keep-alive connection with the bundle's certificate."""
    context = ssl.create_default_context(cafile=str(bundle.directory / "ca.pem"))
    context.load_cert_chain(bundle.directory / "cert.pem", bundle.directory / "key.pem")
    return http.client.HTTPSConnection("localhost", scene.product.port, context=context, timeout=120)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("docker", timeout=120)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def to_engine(scene: Scene) -> http.client.HTTPConnection:
    """One keep-alive connection to the engine's own socket: the reference."""
    return _UnixConnection(scene.engine.socket)


def get(connection: http.client.HTTPConnection, path: str) -> tuple[float, int]:
    """Seconds and bytes of one answer, read to its end and thrown away."""
    began = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 200, f"{path}: {answer.status} {answer.read()[:500]!r}"
    buffer, size = bytearray(_READ_BYTES), 0
    while count := answer.readinto(buffer):
        size += count
    return time.perf_counter() - began, size
