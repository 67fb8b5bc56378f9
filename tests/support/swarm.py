"""A real swarm of several engines on one machine.

Each engine is in namespaces of its own (`tests.support.engine`); their networks are joined by a bridge inside the network
namespace of the manager, so that nothing of it is seen or filtered outside.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support import programs
from tests.support.engine import Engine, engine

MANAGER = "n1"
_NETWORK = "10.213.77"


@dataclass(frozen=True)
class Swarm:
    """Args: engines: by host name; MANAGER is the manager, the others are workers."""

    engines: dict[str, Engine]

    @property
    def manager(self) -> Engine:
        return self.engines[MANAGER]

    def node_ids(self) -> dict[str, str]:
        """Host name → id of the node."""
        listed = self.manager.docker("node", "ls", "--format", "{{.Hostname}} {{.ID}}").stdout
        return dict(line.split() for line in listed.splitlines())

    def running(self, service: str) -> dict[str, str]:
        """Id → host name of the node, of each task of the service that runs."""
        ids = self.manager.docker(
            "service", "ps", "-q", "--no-trunc", "--filter", "desired-state=running", service
        ).stdout.split()
        if not ids:
            return {}
        template = "{{.ID}}/{{.NodeID}}/{{.Status.State}}"
        listed = self.manager.docker("inspect", "--type", "task", "--format", template, *ids).stdout.splitlines()
        names = {node_id: name for name, node_id in self.node_ids().items()}
        return {task: names[node] for task, node, state in (line.split("/") for line in listed) if state == "running"}


@contextlib.contextmanager
def swarm(size: int = 3) -> Iterator[Swarm]:
    """Starts `size` engines, n1 to nN, and joins them.

    Raises:
        Missing, StartFailed: see `engine`.
    """
    with contextlib.ExitStack() as stack:
        names = [f"n{number}" for number in range(1, size + 1)]
        engines = {name: stack.enter_context(engine(swarm=False, hostname=name)) for name in names}
        manager, *workers = engines.values()
        _inside(manager, "ip", "link", "add", "swarm0", "type", "bridge")
        _inside(manager, "ip", "address", "add", f"{_NETWORK}.1/24", "dev", "swarm0")
        _inside(manager, "ip", "link", "set", "swarm0", "up")
        _inside(manager, "iptables", "-I", "FORWARD", "-i", "swarm0", "-o", "swarm0", "-j", "ACCEPT")
        manager.docker("swarm", "init", "--advertise-addr", f"{_NETWORK}.1")
        token = manager.docker("swarm", "join-token", "-q", "worker").stdout.strip()
        for number, worker in enumerate(workers, start=2):
            _plug_in(worker, manager, number)
            address = f"{_NETWORK}.{number}"
            worker.docker("swarm", "join", "--token", token, "--advertise-addr", address, f"{_NETWORK}.1:2377")
        yield Swarm(engines)


def _plug_in(worker: Engine, manager: Engine, number: int) -> None:
    """A cable from the worker to the manager's bridge."""
    plug = f"worker{number}"
    link = ["ip", "link", "add", "swarm0", "type", "veth", "peer", "name", plug, "netns", str(manager.process_id)]
    _inside(worker, *link)
    _inside(worker, "ip", "address", "add", f"{_NETWORK}.{number}/24", "dev", "swarm0")
    _inside(worker, "ip", "link", "set", "swarm0", "up")
    _inside(manager, "ip", "link", "set", plug, "master", "swarm0", "up")


def _inside(where: Engine, program: str, *arguments: str) -> None:
    """Runs a program in the network namespace of an engine."""
    nsenter = programs.find("nsenter", package="util-linux")
    path = programs.find(program, package={"ip": "iproute2"}.get(program, program))
    subprocess.run([nsenter, "-t", str(where.process_id), "-n", path, *arguments], check=True, capture_output=True)
