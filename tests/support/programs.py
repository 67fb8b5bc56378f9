"""Finding programs, starting servers and ending them: what every module of this package needs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_SEARCHED = f"/usr/sbin:/sbin:{os.environ.get('PATH', os.defpath)}"


class Missing(Exception):
    """A program or a right that a real server needs is not on this machine."""


class StartFailed(Exception):
    """A server ended or stayed silent instead of starting; the message ends with its last lines."""


def find(*names: str, package: str) -> str:
    """The path of the first of these programs that exists.

    Raises:
        Missing: none does; the message names the Debian package.
    """
    for name in names:
        if path := shutil.which(name, path=_SEARCHED):
            return path
    raise Missing(f"{' or '.join(names)} is not installed (Debian package {package})")


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def server(
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    timeout_seconds: float = 30,
    stop_seconds: float = 10,
    death_signal: str = "TERM",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs `command` in a process group of its own until the block ends; it also ends when the suite is killed.

    Args:
        log: where its output goes.
        ready: asked until it says true; an OSError counts as "not yet".
        stop_seconds: how long it may take to end after SIGTERM before its whole group is killed.
        death_signal: what the kernel sends it when the suite is killed; unshare(1) listens to KILL only.

    Raises:
        StartFailed: it ended, or was not ready in time.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [find("setpriv", package="util-linux"), f"--pdeathsig={death_signal}", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, ready, log, timeout_seconds)
        yield process
    finally:
        stop(process, stop_seconds)


def _wait_until_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StartFailed(f"{process.args!r} ended with {process.returncode}:\n{_tail(log)}")
        with contextlib.suppress(OSError):
            if ready():
                return
        time.sleep(0.05)
    raise StartFailed(f"{process.args!r} was not ready after {timeout_seconds} s:\n{_tail(log)}")


def stop(process: subprocess.Popen[bytes], seconds: float) -> None:
    """SIGTERM to the process, then SIGKILL to what is left of its group."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answers(path: Path | str) -> bool:
    """Whether somebody listens on this Unix socket. Raises OSError where not."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        probe.connect(str(path))
    return True


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
