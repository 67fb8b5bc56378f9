"""What a person sees of the engine's objects: short values derived from its own JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apps.access.types import SHARED_PATH, SYSTEM_PATH
from apps.orchestration.types import ClusterKind, ClusterState, ServiceState

Json = Mapping[str, Any]

FAILED_TASK_STATES = frozenset({"failed", "rejected", "orphaned"})
_STARTING_TASK_STATES = frozenset({"new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting"})


def image_of(reference: str) -> str:
    """The name a person wrote: without the digest that the CLI pins behind it."""
    return reference.partition("@")[0] or reference


def mode_of(service: Json) -> str:
    """replicated, global, replicated-job or global-job."""
    names = {"Global": "global", "ReplicatedJob": "replicated-job", "GlobalJob": "global-job"}
    mode = service["Spec"].get("Mode") or {}
    return next((name for key, name in names.items() if key in mode), "replicated")


def desired_tasks(service: Json, tasks: Iterable[Json]) -> int:
    """How many tasks should run now (of a job: should have completed)."""
    mode = service["Spec"].get("Mode") or {}
    if "ReplicatedJob" in mode:
        return int((mode["ReplicatedJob"] or {}).get("TotalCompletions") or 1)
    if "Global" in mode or "GlobalJob" in mode:
        wanted = {"running", "complete"}
        return len({task.get("NodeID") for task in tasks if task.get("DesiredState") in wanted})
    replicas = (mode.get("Replicated") or {}).get("Replicas")
    return 1 if replicas is None else int(replicas)


def running_tasks(tasks: Iterable[Json]) -> int:
    return sum(1 for task in tasks if task_state(task) == "running" and task.get("DesiredState") == "running")


def task_state(task: Json) -> str:
    return str((task.get("Status") or {}).get("State") or "")


def service_state(service: Json, tasks: Iterable[Json]) -> ServiceState:
    """One word for a service.

    An update on its way comes first, because while it lasts the numbers say little. Of failures only each slot's newest
    task counts: an old failure that was replaced by a running task is history.
    """
    tasks = list(tasks)
    match (service.get("UpdateStatus") or {}).get("State"):
        case "updating" | "rollback_started":
            return ServiceState.UPDATING
        case "paused" | "rollback_paused":
            return ServiceState.PAUSED
    if mode_of(service).endswith("-job"):
        return _job_state(service, tasks)
    desired, running = desired_tasks(service, tasks), running_tasks(tasks)
    if desired == 0:
        # A global service wants as many tasks as still are to run: none also where all gave up.
        gave_up = mode_of(service) == "global" and has_failed(tasks)
        return ServiceState.FAILED if gave_up else ServiceState.STOPPED
    if running >= desired:
        return ServiceState.RUNNING
    if not has_failed(tasks):
        return ServiceState.STARTING
    return ServiceState.DEGRADED if running else ServiceState.FAILED


def _job_state(service: Json, tasks: list[Json]) -> ServiceState:
    completed = sum(1 for task in tasks if task_state(task) == "complete")
    if completed >= desired_tasks(service, tasks) > 0:
        return ServiceState.COMPLETED
    if has_failed(tasks):
        return ServiceState.FAILED if not running_tasks(tasks) else ServiceState.DEGRADED
    return ServiceState.RUNNING if running_tasks(tasks) else ServiceState.STARTING


def has_failed(tasks: Iterable[Json]) -> bool:
    """Whether the newest ended task of some slot failed and none of the slot runs since."""
    slots: dict[Any, list[Json]] = {}
    for task in tasks:
        slots.setdefault(task.get("Slot") or task.get("NodeID"), []).append(task)
    return any(_slot_has_failed(of_slot) for of_slot in slots.values())


def _slot_has_failed(tasks: list[Json]) -> bool:
    if any(task_state(task) == "running" for task in tasks):
        return False
    ended = [task for task in tasks if task_state(task) not in _STARTING_TASK_STATES]
    newest = max(ended, key=lambda task: str(task.get("CreatedAt") or ""), default=None)
    return newest is not None and task_state(newest) in FAILED_TASK_STATES


def holds_its_node(task: Json) -> bool:
    """Whether a task is or will be on its node: what was stopped there, or moved away, is history."""
    return task.get("DesiredState") not in ("shutdown", "remove")


def task_name(task: Json, service_name: str) -> str:
    """`web.1` of a replicated service, `web.<node>` of a global one, as the docker CLI names them."""
    return f"{service_name}.{task.get('Slot') or task.get('NodeID') or task['ID'][:12]}"


def ports_of(service: Json) -> list[dict[str, Any]]:
    """The published ports, as the engine gave them where the spec left the number open."""
    ports = (service.get("Endpoint") or {}).get("Ports") or (service["Spec"].get("EndpointSpec") or {}).get("Ports") or []
    return [
        {
            "protocol": port.get("Protocol") or "tcp",
            "target": port.get("TargetPort") or 0,
            "published": port.get("PublishedPort") or 0,
            "mode": port.get("PublishMode") or "ingress",
        }
        for port in ports
    ]


def container_name(container: Json) -> str:
    names = container.get("Names") or [container["Id"][:12]]
    return str(names[0]).lstrip("/")


def advice_for(kind: str, state: str, name: str, *, is_administrator: bool) -> str:
    """What to do about a cluster, as sentences; "" where all is well."""
    if state == ClusterState.UNREACHABLE:
        if not is_administrator:
            return f"The engine of {name} does not answer. What is shown may be old; an administrator has to look after it."
        return (
            f"The engine of {name} does not answer. Start it, or check its address; it is found again by itself. "
            "What is shown may be old."
        )
    if state == ClusterState.UNKNOWN:
        return f"{name} was just attached and has not been seen yet."
    if kind == ClusterKind.ENGINE:
        return (
            f"The engine of {name} is not in swarm mode, so containers run but services do not. "
            "To make it a swarm, run docker swarm init on it; it is found by itself."
        )
    return ""


def managers_advice(name: str, nodes: Iterable[tuple[Json, str]]) -> str:
    """What to do about managers that were placed in /Shared while their swarm had no worker (ADR 0005); "" where all is well.

    Args:
        nodes: each with the path of its collection.
    """
    placed = [(node["Spec"].get("Role"), (node.get("Description") or {}).get("Hostname", ""), path) for node, path in nodes]
    managers = sorted(hostname for role, hostname, path in placed if role == "manager" and path == SHARED_PATH)
    if not managers or not any(role == "worker" for role, _, _ in placed):
        return ""
    return (
        f"{name} has workers now, and work of users still runs on its managers, too ({', '.join(managers)}): they were placed "
        f"in {SHARED_PATH} while there was no worker. To keep that work off them, move them to {SYSTEM_PATH}."
    )


NONE_ATTACHED = (
    "No Docker engine is attached. Start with `manage.py serve --engine unix:///var/run/docker.sock`, or attach one: "
    'POST /api/v1/clusters/ {"name": "local", "url": "unix:///var/run/docker.sock"}.'
)
