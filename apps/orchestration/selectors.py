"""What a person sees of clusters and of what runs on them: the projection, filtered by the policy.

Everything comes from the projector (`clients.projection`); nothing here asks an engine. Each function fetches and
authorises in one call. What the actor may not view is absent.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from apps.access.rules.moving import LEAVE
from apps.access.rules.policy import Policy
from apps.access.selectors import VIEW_OPERATIONS, placements_of
from apps.access.selectors.policy import store
from apps.access.types import ObjectKind
from apps.core.actor import Actor
from apps.core.errors import EngineUnavailable, NotFound
from apps.orchestration.clients import projection
from apps.orchestration.models import Cluster
from apps.orchestration.rules import summaries
from apps.orchestration.types import ClusterState, Projected, ServiceState

PLURALS = {
    "service": "services",
    "task": "tasks",
    "node": "nodes",
    "container": "containers",
    "network": "networks",
    "volume": "volumes",
    "secret": "secrets",
    "config": "configs",
}


@dataclass(frozen=True, slots=True)
class ClusterRow:
    cluster: Cluster
    nodes_total: int
    nodes_ready: int
    advice: str


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """Args: collection: its path, "" where the actor may not know it."""

    service: Projected
    collection: str
    mode: str
    desired: int
    running: int
    state: ServiceState
    capabilities: dict[str, bool]


@dataclass(frozen=True, slots=True)
class TaskRow:
    task: Projected
    name: str
    node: str
    capabilities: dict[str, bool]


@dataclass(frozen=True, slots=True)
class NodeRow:
    """Args: is_reduced: the actor sees the node only because of what may run there."""

    node: Projected
    collection: str
    is_reduced: bool
    capabilities: dict[str, bool]


@dataclass(frozen=True, slots=True)
class ContainerRow:
    container: Projected
    collection: str
    node: str
    capabilities: dict[str, bool]


@dataclass(slots=True)
class Summary:
    """How much of what there is, as far as the actor may see it."""

    clusters: list[ClusterRow]
    services: dict[str, int] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)
    nodes: dict[str, int] = field(default_factory=dict)
    containers: dict[str, int] = field(default_factory=dict)


def clusters() -> QuerySet[Cluster]:
    """All attached clusters. That they exist is no secret; where they listen is (the API leaves it out)."""
    return Cluster.objects.order_by("name")


def cluster_named(name: str) -> Cluster:
    """Raises NotFound."""
    cluster = Cluster.objects.filter(name=name).first()
    if cluster is None:
        raise NotFound(f"there is no cluster {name[:64]}")
    return cluster


class View:
    """What one actor sees in one request. Fetches each kind at most once, from every cluster or from one.

    A cluster that the projector does not know yet is left out; where the projector itself is away, EngineUnavailable is
    raised, so that nobody takes silence for an empty cluster.
    """

    def __init__(self, actor: Actor, *, cluster_name: str = "") -> None:
        self._actor = actor
        self._policy: Policy = store.current
        self._clusters = [cluster_named(cluster_name)] if cluster_name else list(clusters())
        self._fetched: dict[tuple[uuid.UUID, str], list[Projected]] = {}

    def _all(self, kind: str) -> list[Projected]:
        return [each for cluster in self._clusters for each in self._of_cluster(cluster, kind)]

    def _of_cluster(self, cluster: Cluster, kind: str) -> list[Projected]:
        key = (cluster.id, kind)
        if key not in self._fetched:
            try:
                self._fetched[key] = projection.objects(cluster.id, PLURALS[kind])[1]
            except EngineUnavailable:
                if cluster.state == ClusterState.READY:
                    raise
                self._fetched[key] = []
        return self._fetched[key]

    def _may(self, operation: str, target: Projected) -> bool:
        return self._policy.may(self._actor, operation, target.collection_id)

    def _path(self, target: Projected) -> str:
        return self._policy.path_of(target.collection_id) if target.collection_id else "/"

    def clusters(self) -> list[ClusterRow]:
        """Each cluster with the nodes counted that the actor sees, in full or in reduced form."""
        return [self._cluster_row(cluster) for cluster in self._clusters]

    def _cluster_row(self, cluster: Cluster) -> ClusterRow:
        try:
            nodes = [row.node for row in self._nodes_of(cluster)]
        except EngineUnavailable:
            nodes = []  # the list of clusters is where one looks when something is away
        ready = _count(node_state(node) == "ready" for node in nodes)
        return ClusterRow(cluster, len(nodes), ready, self._advice(cluster, nodes))

    def _advice(self, cluster: Cluster, nodes: list[Projected]) -> str:
        is_administrator = self._actor.is_administrator
        advice = summaries.advice_for(cluster.kind, cluster.state, cluster.name, is_administrator=is_administrator)
        if advice or not is_administrator:
            return advice
        return summaries.managers_advice(cluster.name, [(node.object, self._path(node)) for node in nodes])

    def services(self) -> list[ServiceRow]:
        tasks = self._tasks_by_service()
        visible = (service for service in self._all("service") if self._may("Service View", service))
        return [self._service_row(service, tasks[service.id]) for service in visible]

    def service(self, service_id: str) -> ServiceRow:
        """Raises NotFound where it is absent or invisible."""
        for service in self._all("service"):
            if service.id == service_id and self._may("Service View", service):
                return self._service_row(service, self._tasks_by_service()[service.id])
        raise NotFound("there is no such service, or you may not see it")

    def _tasks_by_service(self) -> dict[str, list[dict[str, Any]]]:
        grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for task in self._all("task"):
            grouped[task.service_id].append(task.object)
        return grouped

    def _service_row(self, service: Projected, tasks: list[dict[str, Any]]) -> ServiceRow:
        return ServiceRow(
            service=service,
            collection=self._path(service),
            mode=summaries.mode_of(service.object),
            desired=summaries.desired_tasks(service.object, tasks),
            running=summaries.running_tasks(tasks),
            state=summaries.service_state(service.object, tasks),
            capabilities={
                "update": self._may("Service Update", service),
                "delete": self._may("Service Delete", service),
                "logs": self._may("Service Logs", service),
                "move": self._may(LEAVE[ObjectKind.SERVICE], service),
            },
        )

    def tasks(self, *, service_id: str = "") -> list[TaskRow]:
        """The tasks of one service, or of all, newest first within a slot."""
        names = {service.id: service.name for service in self._all("service")}
        hostnames = self._hostnames()
        visible = [
            task
            for task in self._all("task")
            if service_id in ("", task.service_id) and task.service_id in names and self._may("Service View Tasks", task)
        ]
        visible.sort(key=lambda task: str(task.object.get("CreatedAt") or ""), reverse=True)
        visible.sort(key=lambda task: (names[task.service_id], task.object.get("Slot") or 0))
        return [
            TaskRow(
                task=task,
                name=summaries.task_name(task.object, names[task.service_id]),
                node=hostnames.get(task.object.get("NodeID") or "", ""),
                capabilities={"exec": self._may("Container Exec", task), "logs": self._may("Service Logs", task)},
            )
            for task in visible
        ]

    def nodes(self) -> list[NodeRow]:
        """Nodes the actor may view, and in reduced form those where the actor's work runs or may run."""
        return [row for cluster in self._clusters for row in self._nodes_of(cluster)]

    def _nodes_of(self, cluster: Cluster) -> list[NodeRow]:
        placed = (task for task in self._of_cluster(cluster, "task") if summaries.holds_its_node(task.object))
        used = {task.object.get("NodeID") for task in placed if self._may("Service View Tasks", task)}
        rows = []
        for node in self._of_cluster(cluster, "node"):
            capabilities = {"move": self._may(LEAVE[ObjectKind.NODE], node)}
            if self._may("Node View", node):
                rows.append(NodeRow(node, self._path(node), False, capabilities))
            elif node.id in used or self._may("Node Schedule", node):
                rows.append(NodeRow(node, "", True, capabilities))
        return rows

    def _hostnames(self) -> dict[str, str]:
        """Names of the nodes that the actor sees in any form."""
        return {row.node.id: hostname_of(row.node) for row in self.nodes()}

    def container(self, container_id: str) -> ContainerRow:
        """Raises NotFound where it is absent or invisible."""
        for row in self.containers():
            if row.container.id == container_id:
                return row
        raise NotFound("there is no such container, or you may not see it")

    def placed(self, kind: ObjectKind, object_id: str) -> Projected:
        """An object of any kind that is in a collection. Raises NotFound where it is absent or invisible."""
        candidates = self._stacks(object_id) if kind is ObjectKind.STACK else self._all(kind.value)
        for each in candidates:
            if each.id == object_id and self._may(VIEW_OPERATIONS[kind], each):
                return each
        raise NotFound(f"there is no such {kind.value}, or you may not see it")

    def _stacks(self, name: str) -> list[Projected]:
        """Of this name, one a cluster: no engine knows of stacks, only our placements."""
        found = ((cluster.id, placements_of(cluster.id, ObjectKind.STACK, [name]).get(name)) for cluster in self._clusters)
        kind = ObjectKind.STACK.value
        return [Projected(id_, name, kind, name, info.collection_id, info.owner_name) for id_, info in found if info]

    def containers(self, *, service_id: str = "") -> list[ContainerRow]:
        hostnames = self._hostnames()
        return [
            ContainerRow(
                container=container,
                collection=self._path(container),
                node=hostnames.get(_node_id(container), ""),
                capabilities={
                    "exec": self._may("Container Exec", container),
                    "logs": self._may("Container Logs", container),
                    "move": not container.service_id and self._may(LEAVE[ObjectKind.CONTAINER], container),
                },
            )
            for container in self._all("container")
            if service_id in ("", container.service_id) and self._may("Container View", container)
        ]

    def summary(self) -> Summary:
        services = self.services()
        states = [summaries.task_state(row.task.object) for row in self.tasks()]
        nodes = self.nodes()
        containers = self.containers()
        return Summary(
            clusters=self.clusters(),
            services={
                "total": len(services),
                "running": _count(row.state == ServiceState.RUNNING for row in services),
                "failed": _count(row.state in (ServiceState.FAILED, ServiceState.DEGRADED) for row in services),
            },
            tasks={
                "total": len(states),
                "running": states.count("running"),
                "failed": _count(state in summaries.FAILED_TASK_STATES for state in states),
            },
            nodes={"total": len(nodes), "ready": _count(node_state(row.node) == "ready" for row in nodes)},
            containers={
                "total": len(containers),
                "running": _count(row.container.object.get("State") == "running" for row in containers),
            },
        )


def hostname_of(node: Projected) -> str:
    return str((node.object.get("Description") or {}).get("Hostname") or node.name)


def node_state(node: Projected) -> str:
    return str((node.object.get("Status") or {}).get("State") or "")


def cluster_of(target: Projected) -> Cluster:
    """Raises NotFound where it was detached meanwhile."""
    cluster = Cluster.objects.filter(id=target.cluster_id).first()
    if cluster is None:
        raise NotFound("its cluster was detached")
    return cluster


def _node_id(container: Projected) -> str:
    return str((container.object.get("Labels") or {}).get("com.docker.swarm.node.id") or "")


def _count(truths: Iterable[bool]) -> int:
    return sum(truths)
