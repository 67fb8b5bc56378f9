"""The processes of the product, each as deployments elsewhere start it too (docker-compose.yml)."""

from __future__ import annotations

import shutil
import sys

from controlplane.supervisor.child import Program
from controlplane.supervisor.errors import CannotStart
from controlplane.supervisor.installation import SOURCE_DIR, Installation

_PYTHON = (sys.executable,)
MANAGE = (*_PYTHON, str(SOURCE_DIR / "manage.py"))


def redis(installation: Installation) -> Program:
    """Broker, notices and channel layer. Nothing in it must survive, so nothing is written to disk.

    Raises:
        CannotStart: redis-server is not installed.
    """
    binary = shutil.which("redis-server")
    if binary is None:
        raise CannotStart(
            "redis-server is not installed: run `make run`, which installs it, or `apt install redis-server`, "
            "or name a Redis of yours in REDIS_URL"
        )
    socket = installation.run_dir / "redis.sock"
    options = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--save": "",
        "--appendonly": "no",
        "--dir": str(installation.data_dir / "redis"),
        "--daemonize": "no",
        "--maxmemory": "256mb",
        "--maxmemory-policy": "noeviction",  # a broker must not forget
        "--loglevel": "warning",
        "--set-proc-title": "no",  # its title would overwrite the environment, by which we are told apart
    }
    command = (binary, *(word for option in options.items() for word in option))
    return Program("redis", command, leftovers=(socket,), is_quiet=True)


def prepare(engine_url: str, *, is_private: bool) -> Program:
    """Ends: brings the database up to date and attaches the engine."""
    options = ("--engine", engine_url) if engine_url else ()
    return Program("prepare", (*MANAGE, "prepare", *options, *(("--engine-is-private",) if is_private else ())))


def gateway(installation: Installation) -> Program:
    """The one port, the Docker gateway and the projectors; it forks its own workers."""
    sockets = (installation.run_dir / "gateway.sock", installation.run_dir / "projector.sock")
    return Program("gateway", (*MANAGE, "rungateway"), leftovers=sockets, stop_seconds=8)


def web(installation: Installation) -> Program:
    """REST API, sign-in and the console's files."""
    socket = installation.run_dir / "web.sock"
    options = ("--interface", "wsgi", "--uds", str(socket), "--uds-permissions", "0o600", "--no-ws", "--log-level", "warning")
    workers = ("--workers", "1", "--blocking-threads", "4", "--respawn-failed-workers", "--workers-kill-timeout", "4")
    command = (*_PYTHON, "-m", "granian", *options, *workers, "controlplane.wsgi:application")
    return Program("web", command, leftovers=(socket,))


def streams(installation: Installation) -> Program:
    """Websockets of the console."""
    socket = installation.run_dir / "streams.sock"
    options = ("--uds", str(socket), "--log-level", "warning", "--timeout-graceful-shutdown", "2", "--lifespan", "auto")
    return Program("streams", (*_PYTHON, "-m", "uvicorn", *options, "controlplane.asgi:application"), leftovers=(socket,))


def worker() -> Program:
    """Background work. Threads: the work is database and HTTP, and one process is a quarter of the memory of four."""
    options = ("--pool", "threads", "--concurrency", "4", "--without-gossip", "--without-mingle", "--without-heartbeat")
    return Program("worker", (*_celery("worker"), *options, "--loglevel", "warning"))


def beat(installation: Installation) -> Program:
    """The clock of background work."""
    schedule = installation.data_dir / "beat" / "schedule"
    return Program("beat", (*_celery("beat"), "--schedule", str(schedule), "--pidfile", "", "--loglevel", "warning"))


def _celery(part: str) -> tuple[str, ...]:
    # Celery warns that root runs pickled tasks; ours are JSON, and one machine's supervisor may well be root.
    return (
        *_PYTHON,
        "-W",
        "ignore:You're running the worker with superuser",
        "-m",
        "celery",
        "--app",
        "controlplane",
        "--quiet",
        part,
    )
