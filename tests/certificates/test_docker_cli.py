"""Real docker clients with a real bundle, against a real engine behind TLS that asks for our client certificates."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.certificates import selectors, services
from tests.certificates.conftest import BundleMaker
from tests.support.engine import Engine, plain_environment


def docker_clients() -> list[str]:
    """Every docker CLI on the PATH: machines may have an old and a new one."""
    found = (shutil.which("docker", path=directory) for directory in os.get_exec_path())
    return sorted({os.path.realpath(path) for path in found if path})


@pytest.fixture
def port(docker_engine: Engine, tmp_path: Path) -> Iterator[int]:
    """The port of a TLS server that takes clients of our authority only and passes them on to the engine."""
    services.ensure_server_certificate(["localhost", "127.0.0.1"])
    chain, key = selectors.server_credentials()
    (tmp_path / "server.pem").write_bytes(chain + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=selectors.client_authority_pem().decode())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, context, str(docker_engine.socket)), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _serve(listener: socket.socket, context: ssl.SSLContext, engine: str) -> None:
    with contextlib.suppress(OSError):
        while True:
            accepted, _ = listener.accept()
            threading.Thread(target=_pass_on, args=(accepted, context, engine), daemon=True).start()


def _pass_on(accepted: socket.socket, context: ssl.SSLContext, engine: str) -> None:
    with (
        contextlib.suppress(OSError),
        context.wrap_socket(accepted, server_side=True) as client,
        socket.socket(socket.AF_UNIX) as upstream,
    ):
        upstream.connect(engine)
        back = threading.Thread(target=_copy, args=(upstream, client), daemon=True)
        back.start()
        _copy(client, upstream)
        upstream.shutdown(socket.SHUT_WR)
        back.join(10)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)


@pytest.mark.engine
@pytest.mark.parametrize("client", docker_clients())
def test_stock_docker_clients_work_with_a_bundle(client: str, port: int, make_bundle: BundleMaker, tmp_path: Path) -> None:
    _, files = make_bundle(host=f"localhost:{port}")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    environment = {**plain_environment(), "DOCKER_CONFIG": str(tmp_path / "config"), "DOCKER": client}

    def run(script: str) -> str:
        done = subprocess.run(
            ["/bin/sh", "-euc", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    ask = "version --format '{{.Server.Os}}'"
    assert run(f'eval "$(cat env.sh)"; "$DOCKER" {ask}').strip() == "linux"
    run('"$DOCKER" context import quarterdeck docker-context.zip')
    assert run(f'"$DOCKER" --context quarterdeck {ask}').strip() == "linux"
    assert f"tcp://localhost:{port}" in run('"$DOCKER" context inspect quarterdeck')
