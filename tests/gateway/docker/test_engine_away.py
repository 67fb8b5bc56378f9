"""No cluster, and an engine that goes away: clear answers, and back without anybody's help."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import uuid
from pathlib import Path

import pytest

from tests.conftest import or_skip
from tests.gateway.docker.conftest import eventually
from tests.support.engine import Engine
from tests.support.product import product

pytestmark = [pytest.mark.engine, pytest.mark.product]


class Relay:
    """Stands between the product and the engine, and goes away like an engine that dies: with every connection."""

    def __init__(self, path: Path, engine: Path) -> None:
        self._path = path
        self._engine = engine
        self._sockets: list[socket.socket] = []

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
                for source, sink in ((client, engine), (engine, client)):
                    threading.Thread(target=_copy, args=(source, sink), daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_answers_say_what_is_wrong_and_recover(swarm: Engine, tmp_path: Path) -> None:
    path = Path(f"/tmp/{uuid.uuid4().hex[:12]}.sock")
    relay = Relay(path, swarm.socket)
    relay.start()
    try:
        with or_skip(product(f"unix://{path}")) as running:
            admin = running.rest("admin", running.admin_password)
            bundle = running.bundle(admin, "cli", tmp_path / "bundle")
            name = admin.get("/clusters/")["results"][0]["name"]
            eventually(lambda: bundle.docker("ps", check=False).returncode == 0)
            eventually(lambda: admin.get("/clusters/")["results"][0]["state"] == "ready")
            relay.stop()
            began = time.monotonic()
            refused = bundle.docker("ps", check=False)
            assert f"cluster {name}: " in refused.stderr
            assert time.monotonic() - began < 8
            eventually(lambda: admin.get("/clusters/")["results"][0]["state"] == "unreachable")
            relay.start()
            eventually(lambda: bundle.docker("ps", check=False).returncode == 0, 4)
            eventually(lambda: admin.get("/clusters/")["results"][0]["state"] == "ready", 4)
    finally:
        relay.stop()


def test_without_a_cluster_the_answer_says_what_to_do(tmp_path: Path) -> None:
    with or_skip(product()) as running:
        admin = running.rest("admin", running.admin_password)
        bundle = running.bundle(admin, "cli", tmp_path / "bundle")
        for cluster in admin.get("/clusters/")["results"]:
            admin.delete(f"/clusters/{cluster['name']}/")
        eventually(lambda: "no cluster is attached" in bundle.docker("ps", check=False).stderr)
