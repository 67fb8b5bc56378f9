"""Which nodes a service's tasks may run on, as the swarm's own scheduler reads a placement, and whom a change of labels evicts.

Only what does not change by itself counts: labels, host name, role, platform and id. A node that is down or drained may come
back. What cannot be told from here (the address of a node) counts as satisfied. Source: swarmkit `manager/constraint`,
`manager/scheduler/filter.go` and `manager/orchestrator/constraintenforcer`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.evictions import Eviction
from apps.orchestration.rules import summaries

Json = Mapping[str, Any]
Labels = Mapping[str, str]

_EXPRESSION = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*(==|!=)(.*)", re.DOTALL)
_NODE_LABELS, _ENGINE_LABELS = "node.labels.", "engine.labels."
_SAME_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}
_EVICTABLE = frozenset({"assigned", "accepted", "preparing", "ready", "starting", "running"})


@dataclass(frozen=True, slots=True)
class Node:
    """Args: labels: those that it has, or will have; object: the engine's own JSON."""

    object: Json
    labels: Labels

    @property
    def id(self) -> str:
        return str(self.object["ID"])

    @property
    def hostname(self) -> str:
        return str((self.object.get("Description") or {}).get("Hostname") or self.id)


@dataclass(frozen=True, slots=True)
class Relabelling:
    """A node before and after its labels change."""

    before: Node
    after: Node


def fits(node: Node, placement: Json) -> bool:
    """Whether the scheduler may put a task with this placement (of a `TaskTemplate`) on the node."""
    constraints = placement.get("Constraints") or []
    return all(_satisfies(node, text) for text in constraints) and _has_platform(node, placement.get("Platforms") or [])


def _satisfies(node: Node, constraint: str) -> bool:
    match = _EXPRESSION.fullmatch(constraint)
    if match is None:
        return False
    key, operator, expected = match[1], match[2], match[3].strip()
    if key.casefold() == "node.ip":
        return True
    value = _value(node, key)
    # The engine compares values whatever their case; an unknown key fits nowhere.
    return value is not None and (value.casefold() == expected.casefold()) is (operator == "==")


def _value(node: Node, key: str) -> str | None:
    folded = key.casefold()
    description = node.object.get("Description") or {}
    if folded.startswith(_NODE_LABELS):
        return node.labels.get(key[len(_NODE_LABELS) :], "")
    if folded.startswith(_ENGINE_LABELS):
        labels: Labels = (description.get("Engine") or {}).get("Labels") or {}
        return labels.get(key[len(_ENGINE_LABELS) :], "")
    platform = description.get("Platform") or {}
    known = {
        "node.id": node.id,
        "node.hostname": description.get("Hostname"),
        "node.role": (node.object.get("Spec") or {}).get("Role"),
        "node.platform.os": platform.get("OS"),
        "node.platform.arch": platform.get("Architecture"),
    }
    return str(known[folded] or "") if folded in known else None


def _has_platform(node: Node, platforms: Sequence[Json]) -> bool:
    """A platform that names no system or no architecture takes any."""
    own = (node.object.get("Description") or {}).get("Platform") or {}
    system, architecture = str(own.get("OS") or "").lower(), _architecture(own)
    return not platforms or any(
        str(each.get("OS") or "").lower() in ("", system) and _architecture(each) in ("", architecture) for each in platforms
    )


def _architecture(platform: Json) -> str:
    name = str(platform.get("Architecture") or "").lower()
    return _SAME_ARCHITECTURE.get(name, name)


def wants_tasks(spec: Json) -> bool:
    """Whether the service wants any task at all: one scaled to nothing needs no node."""
    replicated = (spec.get("Mode") or {}).get("Replicated")
    return not replicated or replicated.get("Replicas") != 0


def placement_of(spec: Json) -> Json:
    placement: Json = (spec.get("TaskTemplate") or {}).get("Placement") or {}
    return placement


def evictions(changes: Iterable[Relabelling], services: Iterable[Json], tasks: Iterable[Json]) -> list[Eviction]:
    """The tasks that lose their node, by name.

    Args:
        services, tasks: of the swarm, as the engine lists them. The swarm holds a task to its service's placement of now.
    """
    by_node = {each.after.id: each for each in changes}
    by_id = {service["ID"]: service for service in services}
    found = []
    for task in tasks:
        change, service = by_node.get(task.get("NodeID") or ""), by_id.get(task.get("ServiceID"))
        if change is None or service is None or not _is_evictable(task):
            continue
        placement = placement_of(service["Spec"])
        if fits(change.before, placement) and not fits(change.after, placement):
            name = summaries.task_name(task, service["Spec"].get("Name") or "")
            found.append(Eviction(name, change.after.hostname, task["ID"], service["ID"]))
    return sorted(found)


def _is_evictable(task: Json) -> bool:
    return task.get("DesiredState") == "running" and summaries.task_state(task) in _EVICTABLE
