"""The Docker engine of a one-machine installation: found where there is one, private where there is none.

An engine that is the user's own is taken as it is. A private engine is Debian's dockerd under our data directory, in
process and mount namespaces of its own, in swarm mode, and ends with us. It shares the machine's network, or the ports
that its services publish would be of no use; so it is only started where no other engine's firewall rules are.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controlplane.supervisor import polling
from controlplane.supervisor.child import Program
from controlplane.supervisor.errors import CannotStart
from controlplane.supervisor.installation import Installation

USUAL_SOCKET = Path("/var/run/docker.sock")
USUAL_DATA = Path("/var/lib/docker")
_ATTACH = "attach one on the dashboard of the console, or start with: manage.py serve --engine unix:///path/to/docker.sock"
_START_SECONDS = 60


@dataclass(frozen=True)
class Choice:
    """The engine to attach.

    Args:
        url: where it listens; "" where there is none.
        is_private: we start it.
        advice: what to tell the person at the terminal; "" where all is well.
    """

    url: str
    is_private: bool = False
    advice: str = ""


def choose(installation: Installation, environment: Mapping[str, str]) -> Choice:
    """In this order: the one asked for, the private one of an earlier start, DOCKER_HOST, the usual socket, a new private one.

    Raises:
        CannotStart: an address that no engine can have was asked for.
    """
    if installation.engine:
        return _named(installation.engine, "--engine")
    if data_dir(installation).is_dir():
        return _private(installation)
    if host := environment.get("DOCKER_HOST"):
        return _named(host, "DOCKER_HOST")
    if is_listening(USUAL_SOCKET) and not installation.wants_private_engine:
        return Choice(f"unix://{USUAL_SOCKET}")
    return _new_private(installation)


def data_dir(installation: Installation) -> Path:
    """Where the private engine keeps images, containers and its swarm. That it exists is the record that there is one."""
    return installation.data_dir / "engine"


def socket_path(installation: Installation) -> Path:
    return installation.run_dir / "docker.sock"


def program(installation: Installation) -> Program:
    """dockerd as the first process of its namespace.

    It has a /run/containerd of its own, so that it starts its own containerd even where the machine runs one, and a
    configuration file of its own, because /etc/docker/daemon.json is the user's.
    """
    data, run = data_dir(installation), installation.run_dir / "engine"
    data.mkdir(mode=0o710, exist_ok=True)
    configuration = installation.data_dir / "engine.json"
    configuration.write_text("{}\n")
    isolate = ("unshare", "--mount", "--propagation", "slave", "--pid", "--fork", "--kill-child=SIGTERM", "--mount-proc")
    script = 'mkdir -p /run/containerd && mount -t tmpfs -o mode=711 tmpfs /run/containerd && exec "$0" "$@"'
    socket_file, pid_file = socket_path(installation), installation.run_dir / "engine.pid"
    options = {
        "--config-file": configuration,
        "--data-root": data,
        "--exec-root": run,
        "--pidfile": pid_file,
        "--host": f"unix://{socket_file}",
        "--log-level": "warn",
    }
    words = tuple(str(word) for option in options.items() for word in option)
    return Program(
        "engine",
        (*isolate, "sh", "-c", script, "dockerd", *words),
        leftovers=(socket_file, pid_file, run),
        stop_seconds=14,  # dockerd gives containers that ignore SIGTERM 10 s
        is_namespace=True,
        is_quiet=True,
    )


def forget(installation: Installation) -> None:
    """Removes a private engine that never came up, so that the next start looks for another one."""
    shutil.rmtree(data_dir(installation), ignore_errors=True)


async def make_ready(installation: Installation) -> None:
    """Waits for the private engine and makes it the manager of a swarm of one.

    Raises:
        CannotStart: it does not answer, or refuses.
    """
    path = socket_path(installation)
    log = installation.log_dir / "engine.log"
    try:
        await polling.until(lambda: _answers(path), seconds=_START_SECONDS)
        state = (await _ask(path, "GET", "/info"))["Swarm"]["LocalNodeState"]
        if state == "inactive":
            await _ask(path, "POST", "/swarm/init", {"ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1"})
    except TimeoutError as error:
        raise CannotStart(f"the private engine does not answer; the last lines of {log}:\n{_last_lines(log)}") from error
    except OSError as error:
        raise CannotStart(f"the private engine: {error}; see {log}") from error


def _named(url: str, where: str) -> Choice:
    if not url.startswith(("unix:///", "tcp://")):
        raise CannotStart(f"{where} is {url!r}: an engine's address is unix:///path or tcp://host:port")
    path = Path(url.removeprefix("unix://"))
    if url.startswith("unix://") and not is_listening(path):
        return Choice(url, advice=f"the engine {url} of {where} does not answer now; it is used as soon as it does")
    return Choice(url)


def _private(installation: Installation) -> Choice:
    if missing := _why_no_private_engine():
        return Choice("", advice=f"the private engine under {installation.data_dir} cannot be started: {missing}")
    return Choice(f"unix://{socket_path(installation)}", is_private=True)


def _new_private(installation: Installation) -> Choice:
    """A private engine where nothing of another engine can be disturbed, or where it was asked for."""
    if is_listening(USUAL_SOCKET):
        return Choice(
            f"unix://{USUAL_SOCKET}",
            advice="this machine runs an engine already, whose firewall rules a private one would replace: it is used instead",
        )
    if missing := _why_no_private_engine():
        return Choice("", advice=f"no Docker engine was found, and none can be started here: {missing}; {_ATTACH}")
    if _has_content(USUAL_DATA) and not installation.wants_private_engine:
        return Choice(
            "",
            advice=f"this machine's own Docker engine ({USUAL_DATA}) is not running, and is left alone: start it, or "
            f"start with --private-engine to run one under {installation.data_dir}; {_ATTACH}",
        )
    return _private(installation)


def _why_no_private_engine() -> str:
    if shutil.which("dockerd") is None:
        return "dockerd is not installed (Debian package docker.io)"
    if os.geteuid() != 0:
        return "starting one needs root (sudo make run)"
    return ""


def _has_content(directory: Path) -> bool:
    return directory.is_dir() and any(directory.iterdir())


def is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


async def _answers(path: Path) -> bool:
    try:
        await _ask(path, "GET", "/_ping")
    except (OSError, EOFError):
        return False
    return True


async def _ask(path: Path, method: str, target: str, body: dict[str, Any] | None = None) -> Any:
    """One request to the engine, in HTTP/1.0, so that the answer ends with the connection.

    Raises:
        OSError: it does not answer, or with an error, whose sentence is the message.
    """
    content = json.dumps(body).encode() if body is not None else b""
    reader, writer = await asyncio.open_unix_connection(str(path))
    try:
        head = f"{method} {target} HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: {len(content)}"
        writer.write(f"{head}\r\n\r\n".encode() + content)
        status_line, _, rest = (await reader.read(-1)).partition(b"\r\n")
    finally:
        writer.close()
    answer = rest.partition(b"\r\n\r\n")[2]
    if not status_line.startswith((b"HTTP/1.0 2", b"HTTP/1.1 2")):
        raise OSError(answer.decode(errors="replace").strip() or f"no answer to {target}")
    return json.loads(answer) if answer[:1] in (b"{", b'"') else answer


def _last_lines(file: Path, count: int = 5) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-count:]) if file.exists() else ""
