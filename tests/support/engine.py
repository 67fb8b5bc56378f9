"""A real Docker engine in swarm mode, apart from any other engine on the machine.

It runs in network, mount and process namespaces of its own: its firewall rules and bridge touch nobody else's, and when
its first process ends the kernel ends every container with it. So its published ports are reachable only inside that
network namespace, and a kernel without IPVS has no ingress mesh: tests use `--endpoint-mode dnsrr` on networks.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support import programs

IMAGE = "demo/busybox:1.0"


@dataclass(frozen=True)
class Engine:
    """A running engine.

    Args:
        socket: the Unix socket it listens on.
        process_id: of its dockerd, as the machine counts.
    """

    socket: Path
    process_id: int

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def docker(self, *arguments: str, stdin: bytes | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs the stock docker CLI against the engine itself, past the product."""
        return docker_cli(["-H", self.url, *arguments], env=plain_environment(), stdin=stdin, check=check)


def docker_cli(
    arguments: list[str],
    *,
    env: dict[str, str],
    cwd: Path | None = None,
    stdin: bytes | None = None,
    timeout_seconds: float = 90,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Runs the stock docker CLI; the output is text.

    Raises:
        AssertionError: `check`, and it failed; with what it printed.
    """
    command = [programs.find("docker", package="docker.io"), *arguments]
    done = subprocess.run(
        command, env=env, cwd=cwd, input=stdin or b"", capture_output=True, timeout=timeout_seconds, check=False
    )
    result = subprocess.CompletedProcess(done.args, done.returncode, _text(done.stdout), _text(done.stderr))
    if check and result.returncode:
        raise AssertionError(f"{' '.join(command)} ended with {result.returncode}\n{result.stdout}{result.stderr}")
    return result


def plain_environment() -> dict[str, str]:
    """Our environment without what points the docker CLI somewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")}


@contextlib.contextmanager
def engine(*, swarm: bool = True, hostname: str = "") -> Iterator[Engine]:
    """Starts one engine with the image `demo/busybox:1.0`.

    Args:
        swarm: as the manager of a swarm of one.
        hostname: its own; "" for the machine's.

    Raises:
        Missing: no dockerd, no busybox-static, or no right to start an engine.
        StartFailed: it did not come up.
    """
    dockerd = programs.find("dockerd", package="docker.io")
    unshare = programs.find("unshare", package="util-linux")
    programs.find("iptables", package="iptables")
    if os.geteuid() != 0:
        raise programs.Missing("starting a Docker engine needs root")
    with tempfile.TemporaryDirectory(prefix="qd-engine-", dir="/tmp", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        socket = directory / "docker.sock"
        options = [
            "--data-root",
            name + "/data",
            "--exec-root",
            name + "/exec",
            "--pidfile",
            name + "/pid",
            "-H",
            f"unix://{socket}",
        ]
        script = f'{f"hostname {hostname} && " if hostname else ""}ip link set lo up && exec "$0" "$@"'
        namespaces = ["--mount", "--net", "--uts", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"]
        isolated = [unshare, *namespaces, "sh", "-c", script]
        with programs.server(
            [*isolated, dockerd, *options],
            log=directory / "log",
            ready=lambda: _answers_ping(socket),
            timeout_seconds=60,
            death_signal="KILL",
        ) as process:
            started = Engine(socket, _only_child(process.pid))
            started.docker("import", "-", IMAGE, stdin=busybox_root())
            if swarm:
                started.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
            try:
                yield started
            finally:
                process.kill()  # and the kernel ends everything in its process namespace


def busybox_root() -> bytes:
    """A root file system as a tar archive: busybox and its commands as links, made without any registry.

    Raises:
        Missing: busybox-static is not installed.
    """
    binary = Path(programs.find("busybox", package="busybox-static"))
    commands = subprocess.run([str(binary), "--list"], check=True, capture_output=True, text=True).stdout.split()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for directory in ("bin", "tmp", "root", "etc", "proc", "sys", "dev"):
            entry = tarfile.TarInfo(directory)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if directory == "tmp" else 0o755
            tar.addfile(entry)
        tar.add(binary.resolve(), "bin/busybox")
        for command in sorted(set(commands) - {"busybox"}):
            link = tarfile.TarInfo(f"bin/{command}")
            link.type, link.linkname, link.mode = tarfile.SYMTYPE, "busybox", 0o777
            tar.addfile(link)
    return archive.getvalue()


def _only_child(process_id: int) -> int:
    return int(Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()[0])


def _answers_ping(socket: Path) -> bool:
    return (
        programs.answers(socket)
        and docker_cli(["-H", f"unix://{socket}", "version"], env=plain_environment(), check=False).returncode == 0
    )


def _text(output: bytes) -> str:
    return output.decode(errors="replace")
