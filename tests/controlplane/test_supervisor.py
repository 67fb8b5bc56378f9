"""The supervisor's parts with real processes, directories and ports. The whole of it: tests/e2e/test_serve.py."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from controlplane import paths
from controlplane.supervisor import engine, family
from controlplane.supervisor.child import Child, Program
from controlplane.supervisor.errors import CannotStart
from controlplane.supervisor.installation import Installation
from tests.support import programs

SLEEP = "import time; time.sleep(600)"
# Starts a child of its own, notes both ids, and sleeps.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    made = Installation.from_environment(
        {"QUARTERDECK_DATA_DIR": str(tmp_path / "var"), "QUARTERDECK_PORT": str(programs.free_port())}
    )
    made.log_dir.mkdir(parents=True)
    return made


@contextlib.asynccontextmanager
async def kept(program: Program, installation: Installation) -> AsyncIterator[Child]:
    child = Child(program, installation)
    watcher = asyncio.create_task(child.run())
    try:
        yield child
    finally:
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)
        await child.stop()


async def eventually(condition: Callable[[], object], within_seconds: float = 5) -> None:
    async with asyncio.timeout(within_seconds):
        while not condition():
            await asyncio.sleep(0.02)


def is_alive(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_a_killed_process_is_started_again_and_its_children_are_ended(installation: Installation, tmp_path: Path) -> None:
    note = tmp_path / "ids"
    async with kept(Program("family", (sys.executable, "-c", FAMILY, str(note))), installation) as child:
        await eventually(lambda: note.exists() and note.read_text())
        leader, grandchild = map(int, note.read_text().split())
        note.unlink()
        os.kill(leader, signal.SIGKILL)
        await eventually(lambda: note.exists() and note.read_text())
        assert not is_alive(grandchild)
        assert child.process_id not in (None, leader)


async def test_a_process_that_keeps_failing_is_tried_with_growing_pauses(installation: Installation) -> None:
    async with kept(Program("failing", ("sh", "-c", "echo once")), installation):
        await asyncio.sleep(2)
    starts = (installation.log_dir / "failing.log").read_text().count("once")
    assert 3 <= starts <= 5, "after 0, 0.2, 0.6 and 1.4 s"


async def test_a_program_that_is_not_there_does_not_end_the_supervisor(installation: Installation) -> None:
    async with kept(Program("absent", ("/nonexistent/program",)), installation) as child:
        await asyncio.sleep(0.5)
        assert child.process_id is None


async def test_stopping_ends_a_process_that_ignores_sigterm(installation: Installation) -> None:
    ignores = "trap '' TERM; echo up; while true; do sleep 1; done"
    program = Program("stubborn", ("sh", "-c", ignores), stop_seconds=0.5)
    log = installation.log_dir / "stubborn.log"
    async with kept(program, installation) as child:
        await eventually(lambda: log.exists() and "up" in log.read_text())
        process_id, started = child.process_id, time.monotonic()
    assert process_id is not None
    assert not is_alive(process_id)
    assert time.monotonic() - started < 2


async def test_leftover_sockets_are_removed_before_the_start(installation: Installation) -> None:
    leftover = installation.data_dir / "old.sock"
    leftover.write_text("")
    async with kept(Program("clean", (sys.executable, "-c", SLEEP), leftovers=(leftover,)), installation) as child:
        await eventually(lambda: child.process_id)
        assert not leftover.exists()


async def test_a_child_ends_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "id"
    script = f"""
import asyncio, pathlib, sys
from controlplane.supervisor.child import Child, Program
from controlplane.supervisor.installation import Installation
installation = Installation.from_environment({{"QUARTERDECK_DATA_DIR": {str(tmp_path)!r}}})
installation.log_dir.mkdir()
async def main():
    child = Child(Program("sleeper", (sys.executable, "-c", {SLEEP!r})), installation)
    watcher = asyncio.create_task(child.run())
    while child.process_id is None:
        await asyncio.sleep(0.01)
    pathlib.Path({str(note)!r}).write_text(str(child.process_id))
    await watcher
asyncio.run(main())
"""
    supervisor = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    await eventually(lambda: note.exists() and note.read_text())
    child = int(note.read_text())
    assert is_alive(child)
    supervisor.kill()
    await supervisor.wait()
    await eventually(lambda: not is_alive(child))


def test_a_second_start_on_the_same_directory_says_who_has_it(installation: Installation) -> None:
    with installation.taken():
        before = sorted(path.name for path in installation.data_dir.iterdir())
        with pytest.raises(CannotStart, match=f"already runs on .*process {os.getpid()}, port {installation.port}"):
            installation.taken().__enter__()
        assert sorted(path.name for path in installation.data_dir.iterdir()) == before


@pytest.mark.parametrize("shared", [False, True], ids=["plain", "as another gateway"])
def test_a_port_in_use_is_refused_and_nothing_is_made(installation: Installation, shared: bool) -> None:
    with socket.socket() as other:
        if shared:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", installation.port))
        other.listen()
        with pytest.raises(CannotStart, match=f"port {installation.port} is in use"):
            installation.taken().__enter__()
        assert not installation.run_dir.exists()


def test_the_port_stays_ours_while_the_gateway_restarts(installation: Installation) -> None:
    with installation.taken():
        with socket.socket() as stranger, pytest.raises(OSError, match="Address already in use"):
            stranger.bind(("0.0.0.0", installation.port))
        with socket.socket() as gateway:
            gateway.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            gateway.bind(("0.0.0.0", installation.port))
            gateway.listen()


def test_directories_are_for_their_owner_only(installation: Installation) -> None:
    with installation.taken():
        for directory in (installation.data_dir, installation.run_dir, installation.data_dir / "secrets"):
            assert directory.stat().st_mode & 0o777 == 0o700


def test_a_long_path_gets_a_short_directory_for_sockets(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 80)
    assert len(str(paths.run_dir(deep) / "gateway.sock")) < 100
    assert paths.run_dir(Path("/srv/quarterdeck/var")) == Path("/srv/quarterdeck/var/run")


def test_somebody_elses_directory_for_sockets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    installation = Installation(tmp_path / "var", tmp_path / "run", programs.free_port(), "", False, True)
    with pytest.raises(CannotStart, match="is not a directory of this user"):
        installation.taken().__enter__()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(CannotStart, match="must be a number from 1 to 65535"):
        Installation.from_environment({"QUARTERDECK_PORT": port})


def with_engine(installation: Installation, url: str) -> Installation:
    return Installation.from_environment({"QUARTERDECK_DATA_DIR": str(installation.data_dir), "QUARTERDECK_ENGINE": url})


def test_the_engine_asked_for_comes_first(installation: Installation, tmp_path: Path) -> None:
    engine.data_dir(installation).mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "docker.sock"))
        listening.listen()
        asked = with_engine(installation, f"unix://{tmp_path}/docker.sock")
        assert engine.choose(asked, {"DOCKER_HOST": "tcp://elsewhere:2375"}) == engine.Choice(asked.engine)


def test_docker_host_is_used_where_nothing_was_asked_for(installation: Installation) -> None:
    assert engine.choose(installation, {"DOCKER_HOST": "tcp://elsewhere:2375"}) == engine.Choice("tcp://elsewhere:2375")


def test_an_engine_that_is_down_is_attached_and_reported(installation: Installation) -> None:
    choice = engine.choose(with_engine(installation, "unix:///nonexistent/docker.sock"), {})
    assert choice.url == "unix:///nonexistent/docker.sock"
    assert "does not answer now" in choice.advice


@pytest.mark.parametrize("url", ["ssh://somewhere", "/var/run/docker.sock", "unix://relative"])
def test_an_address_that_no_engine_has_is_refused(installation: Installation, url: str) -> None:
    with pytest.raises(CannotStart, match=r"unix:///path or tcp://host:port"):
        engine.choose(with_engine(installation, url), {})


def test_a_machine_whose_own_engine_is_stopped_is_left_alone(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docker" / "containers").mkdir(parents=True)
    monkeypatch.setattr(engine, "USUAL_SOCKET", tmp_path / "no.sock")
    monkeypatch.setattr(engine, "USUAL_DATA", tmp_path / "docker")
    choice = engine.choose(installation, {})
    assert choice.url == ""
    assert "none can be started here" in choice.advice or "is not running, and is left alone" in choice.advice


async def test_orphans_that_came_to_us_are_collected() -> None:
    orphan = os.posix_spawn("/bin/true", ["true"], {})
    await eventually(lambda: not is_alive(orphan))
    family.reap_adopted(own={orphan})
    assert Path(f"/proc/{orphan}").exists(), "its owner waits for it"
    family.reap_adopted(own=set())
    assert not Path(f"/proc/{orphan}").exists()
