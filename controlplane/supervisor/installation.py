"""One installation: its data directory and its port, which nobody else may use while it runs."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import socket
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from controlplane import paths
from controlplane.supervisor.errors import CannotStart

_LEAST_FREE_BYTES = 64 * 1024 * 1024
_DIRECTORIES = ("log", "redis", "beat", "secrets")
SOURCE_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Installation:
    """What the environment says about this installation (docs/configuration.md).

    Args:
        data_dir: everything that must survive.
        run_dir: Unix sockets, and what else is worthless after a stop.
        port: the one port.
        engine: the address asked for, or "".
        wants_private_engine: start an engine of our own even beside traces of another.
        has_own_redis: no REDIS_URL is set, so Redis is a child.
    """

    data_dir: Path
    run_dir: Path
    port: int
    engine: str
    wants_private_engine: bool
    has_own_redis: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Installation:
        """Raises CannotStart where a value makes no sense."""
        data_dir = Path(environment.get("QUARTERDECK_DATA_DIR") or SOURCE_DIR / "var").resolve()
        run_dir = environment.get("QUARTERDECK_RUN_DIR")
        return cls(
            data_dir=data_dir,
            run_dir=Path(run_dir).resolve() if run_dir else paths.run_dir(data_dir),
            port=_port(environment.get("QUARTERDECK_PORT") or "8443"),
            engine=environment.get("QUARTERDECK_ENGINE", ""),
            wants_private_engine=environment.get("QUARTERDECK_PRIVATE_ENGINE", "") not in ("", "0"),
            has_own_redis=not (environment.get("REDIS_URL") or environment.get("REDIS_URL_FILE")),
        )

    @property
    def environment(self) -> dict[str, str]:
        """What every child gets."""
        return {
            **os.environ,
            "QUARTERDECK_DATA_DIR": str(self.data_dir),
            "QUARTERDECK_RUN_DIR": str(self.run_dir),
            "QUARTERDECK_PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "controlplane.settings",
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # glibc's arena a thread costs memory that nothing here is faster for
        }

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "log"

    @property
    def password_file(self) -> Path:
        """Holds the first administrator's password until it is changed."""
        return self.data_dir / "initial-admin-password"

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Makes the directories, and holds the data directory and the port until the block ends.

        Raises:
            CannotStart: another one runs there, somebody listens on the port, or the disk cannot be written.
        """
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.data_dir / "serve.lock").open("a+")
        except OSError as error:
            raise CannotStart(f"the data directory {self.data_dir} cannot be written: {error.strerror}") from error
        with lock:
            self._take_directory(lock.fileno())
            with self._hold_port():
                self._make_directories()
                yield

    def _take_directory(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(lock, 200, 0).decode(errors="replace").strip() or "unknown"
            raise CannotStart(
                f"Quarterdeck already runs on {self.data_dir} ({holder}). Stop it first, or give this one "
                "another directory and port: manage.py serve --data-dir DIR --port PORT"
            ) from error

    @contextlib.contextmanager
    def _hold_port(self) -> Iterator[None]:
        """Binds the port without listening, so that it stays ours while the gateway restarts.

        The gateway's workers share the port by SO_REUSEPORT; ours is set only after the bind, which therefore fails
        when anybody else has the port, another installation's gateway included.
        """
        with socket.socket() as holder:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                holder.bind(("0.0.0.0", self.port))  # noqa: S104  the product serves every interface
            except OSError as error:
                reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
                raise CannotStart(f"port {self.port} {reason}; choose another: manage.py serve --port PORT") from error
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            yield

    def _make_directories(self) -> None:
        free = shutil.disk_usage(self.data_dir).free
        if free < _LEAST_FREE_BYTES:
            raise CannotStart(f"the disk of {self.data_dir} is full: {free // 2**20} MiB are free, 64 MiB are needed")
        try:
            self.data_dir.chmod(0o700)
            for name in _DIRECTORIES:
                (self.data_dir / name).mkdir(mode=0o700, exist_ok=True)
            self.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check_run_dir()
            (self.data_dir / "serve.lock").write_text(f"process {os.getpid()}, port {self.port}\n")
        except OSError as error:
            raise CannotStart(f"{error.filename}: {error.strerror}") from error

    def _check_run_dir(self) -> None:
        """In /tmp anybody could have made it first."""
        status = self.run_dir.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise CannotStart(f"{self.run_dir} is not a directory of this user; remove it, or set QUARTERDECK_RUN_DIR")
        self.run_dir.chmod(0o700)


def _port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise CannotStart(f"the port must be a number from 1 to 65535, not {text!r}")
