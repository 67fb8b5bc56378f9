"""The master: it forks, has back what dies, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.gateway.master import CannotListen, listen_internal, listen_public
from tests.support import programs

PROGRAM = """
    import os, signal, sys, time
    from pathlib import Path
    from apps.gateway.master import Child, Master

    directory = Path(sys.argv[1])

    def work():
        stop = []
        signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
        signal.signal(signal.SIGHUP, lambda *_: (directory / "hup").touch())
        (directory / "pid").write_text(str(os.getpid()))
        while not stop:
            time.sleep(0.05)
        (directory / "stopped").touch()

    def stubborn():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        (directory / "stubborn").write_text(str(os.getpid()))
        time.sleep(600)

    children = [Child("work", work)] + ([Child("stubborn", stubborn)] if "stubborn" in sys.argv else [])
    Master(children, lambda master: None).run()
"""


@pytest.fixture
def master(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    extra = ["stubborn"] if "stubborn" in request.node.name else []
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path), *extra])
    wait_for(lambda: content(tmp_path / "pid"))
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def wait_for(condition: object, seconds: float = 10) -> None:
    give_up_at = time.monotonic() + seconds
    assert callable(condition)
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.02)


def content(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def is_alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_that_dies_is_back(master: subprocess.Popen[bytes], tmp_path: Path) -> None:
    first = content(tmp_path / "pid")
    os.kill(int(first), signal.SIGKILL)
    wait_for(lambda: content(tmp_path / "pid") not in ("", first), 5)


def test_sigterm_ends_everything_in_order(master: subprocess.Popen[bytes], tmp_path: Path) -> None:
    child = content(tmp_path / "pid")
    master.terminate()
    assert master.wait(10) == 0
    assert (tmp_path / "stopped").exists()
    assert not is_alive(child)


def test_a_stubborn_child_is_killed(master: subprocess.Popen[bytes], tmp_path: Path) -> None:
    wait_for(lambda: content(tmp_path / "stubborn"))
    started = time.monotonic()
    master.terminate()
    assert master.wait(10) == 0
    assert time.monotonic() - started < 8
    assert not is_alive(content(tmp_path / "stubborn"))


def test_sighup_reaches_who_asked_for_it_and_ends_no_stubborn_one(master: subprocess.Popen[bytes], tmp_path: Path) -> None:
    wait_for(lambda: content(tmp_path / "stubborn"))
    master.send_signal(signal.SIGHUP)
    wait_for((tmp_path / "hup").exists)
    assert is_alive(content(tmp_path / "stubborn"))


def test_children_do_not_outlive_a_killed_master(master: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """They hold the port, and the supervisor starts a new master at once."""
    child = content(tmp_path / "pid")
    master.kill()
    master.wait()
    wait_for(lambda: not is_alive(child), 2)


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port} is in use by another program"):
            listen_public(port, 1)


def test_another_gateway_on_the_port_is_noticed_though_ports_can_be_shared() -> None:
    port = programs.free_port()
    ours = listen_public(port, 2)
    with pytest.raises(CannotListen, match="is in use"):
        listen_public(port, 2)
    for listener in ours:
        listener.close()


def test_the_internal_socket_is_for_our_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "run" / "gateway.sock"
    listener = listen_internal(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CannotListen, match="another gateway listens"):
        listen_internal(path)
    listener.close()
    listen_internal(path).close()  # what a crash left is replaced
