"""`manage.py serve` as a person at the terminal knows it: starting, starting twice, being killed, ending."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.product import SOURCE_DIR, Product, product
from tests.support.programs import free_port

pytestmark = pytest.mark.product

NAMES = ("redis", "web", "streams", "gateway", "worker", "beat")
MEMORY_LIMIT_MB = 600


def eventually(condition: Callable[[], object], *, within_seconds: float, what: str) -> None:
    deadline = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_seconds} s: {what}"
        time.sleep(0.1)


def serve_to_its_end(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SOURCE_DIR / "manage.py"), "serve", *options]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("QUARTERDECK_", "REDIS_URL"))}
    return subprocess.run(command, env=env, cwd=SOURCE_DIR, capture_output=True, text=True, timeout=60, check=False)


def processes_of(installation: Product) -> dict[int, str]:
    """Every living process that was started for this data directory, by its environment: id and command line."""
    mark = f"QUARTERDECK_DATA_DIR={installation.data_dir}".encode()
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def running() -> Iterator[Product]:
    with product() as started:
        yield started


def test_the_first_start_prints_address_and_password(running: Product) -> None:
    eventually(lambda: "ready after" in running.log.read_text(), within_seconds=5, what="it says that it is ready")
    printed = running.log.read_text()
    assert f"https://localhost:{running.port}/" in printed
    assert f"password: {running.admin_password}" in printed
    assert "does not answer now" in printed, "the engine of this test is down, and the terminal says so"
    assert running.rest("admin", running.admin_password).get("/auth/me")["user"]["username"] == "admin"


def test_sockets_are_for_their_owner_only(running: Product) -> None:
    run = running.data_dir / "run"
    assert run.stat().st_mode & 0o777 == 0o700
    for name in ("web.sock", "redis.sock", "gateway.sock", "projector.sock"):
        assert (run / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_process_is_back_within_five_seconds(running: Product, name: str) -> None:
    old = running.process_of(name)
    old.kill()
    eventually(lambda: running.process_of(name).pid not in (0, old.pid), within_seconds=5, what=f"{name} again")
    eventually(running.is_ready, within_seconds=5, what=f"ready after {name} died")


def test_a_second_start_on_the_same_directory_changes_nothing(running: Product) -> None:
    second = serve_to_its_end("--data-dir", str(running.data_dir), "--port", str(running.port + 1))
    assert second.returncode == 1
    assert f"already runs on {running.data_dir}" in second.stderr
    assert running.is_ready()


def test_a_second_start_on_the_same_port_changes_nothing(running: Product, tmp_path: Path) -> None:
    second = serve_to_its_end("--data-dir", str(tmp_path / "other"), "--port", str(running.port))
    assert second.returncode == 1
    assert f"port {running.port} is in use" in second.stderr
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["serve.lock"]
    assert running.is_ready()


def test_a_missing_redis_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    for name in ("setpriv", "sh"):
        (empty / name).symlink_to(f"/usr/bin/{name}")
    command = [
        sys.executable,
        str(SOURCE_DIR / "manage.py"),
        "serve",
        "--data-dir",
        str(tmp_path / "var"),
        "--port",
        str(free_port()),
    ]
    done = subprocess.run(command, env={"PATH": str(empty)}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "redis-server is not installed" in done.stderr


def test_all_processes_at_rest_fit_into_600_megabytes(running: Product) -> None:
    shares = {
        process_id: int(match[1]) / 1024
        for process_id in processes_of(running)
        if (match := re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{process_id}/smaps_rollup").read_text(), re.MULTILINE))
    }
    assert 0 < sum(shares.values()) <= MEMORY_LIMIT_MB


def test_a_restart_is_ready_within_ten_seconds_and_keeps_the_data(running: Product) -> None:
    running.stop()
    assert processes_of(running) == {}
    started = time.monotonic()
    running.start()
    assert time.monotonic() - started < 10
    assert running.rest("admin", running.admin_password).get("/auth/me")["user"]["username"] == "admin"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_signal_ends_everything(running: Product, number: signal.Signals) -> None:
    os.kill(running.supervisor.pid, number)
    eventually(lambda: not processes_of(running), within_seconds=20, what="all processes ended")
    running.restart()


def test_a_killed_supervisor_leaves_nothing_behind(running: Product) -> None:
    running.supervisor.kill()
    eventually(lambda: not processes_of(running), within_seconds=20, what="all processes ended")
    running.restart()
