"""A real PostgreSQL: a fresh cluster in a directory of its own, on a Unix socket only."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tests.support import programs

_INSTALLED = Path("/usr/lib/postgresql")


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Yields a DATABASE_URL whose user may create databases, as the test runner needs.

    PostgreSQL refuses to run as root: then its processes run as the package's own user `postgres`.
    """
    binaries = _binaries()
    with tempfile.TemporaryDirectory(prefix="qd-pg-", dir="/tmp") as name:
        directory = Path(name)
        prefix = _as_own_user(directory)
        data = directory / "data"
        initialise = [*prefix, str(binaries / "initdb"), "-D", str(data), "-U", "quarterdeck", "-A", "trust", "-E", "UTF8"]
        done = subprocess.run(
            [*initialise, "--no-sync", "--locale=C.UTF-8"], cwd=directory, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise programs.StartFailed(f"initdb: {done.stderr}")
        settings = ["-k", name, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]
        with programs.server(
            [*prefix, str(binaries / "postgres"), "-D", str(data), *settings],
            log=directory / "log",
            ready=lambda: _accepts(binaries, name),
            cwd=directory,
        ):
            subprocess.run(
                [str(binaries / "createdb"), "-h", name, "-U", "quarterdeck", "quarterdeck"], check=True, capture_output=True
            )
            yield f"postgresql://quarterdeck@/quarterdeck?host={quote(name, safe='')}"


def _binaries() -> Path:
    versions = sorted(_INSTALLED.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise programs.Missing("PostgreSQL is not installed (Debian package postgresql)")
    return versions[-1].parent


def _as_own_user(directory: Path) -> list[str]:
    """What to put before a command so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    setpriv = programs.find("setpriv", package="util-linux")
    owner = pwd.getpwnam("postgres")
    shutil.chown(directory, owner.pw_uid, owner.pw_gid)
    directory.chmod(0o755)
    return [setpriv, f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", "--pdeathsig=TERM", "--"]


def _accepts(binaries: Path, directory: str) -> bool:
    asked = [str(binaries / "pg_isready"), "-h", directory, "-U", "quarterdeck", "-d", "postgres", "-q"]
    return subprocess.run(asked, check=False).returncode == 0
