"""One word for a service, and the other short values a person reads."""

from __future__ import annotations

from typing import Any

import pytest

from apps.orchestration.rules import summaries
from apps.orchestration.types import ClusterKind, ClusterState, ServiceState


def _service(mode: dict[str, Any] | None = None, update: str = "") -> dict[str, Any]:
    service: dict[str, Any] = {"Spec": {"Mode": mode or {"Replicated": {"Replicas": 2}}}}
    if update:
        service["UpdateStatus"] = {"State": update}
    return service


def _task(state: str, *, slot: int = 1, desired: str = "running", created: str = "1", node: str = "n1") -> dict[str, Any]:
    return {
        "ID": "task" + state,
        "Slot": slot,
        "NodeID": node,
        "DesiredState": desired,
        "CreatedAt": created,
        "Status": {"State": state},
    }


RUNNING = [_task("running", slot=1), _task("running", slot=2)]


@pytest.mark.parametrize(
    ("service", "tasks", "state"),
    [
        (_service(), RUNNING, ServiceState.RUNNING),
        (_service(), [*RUNNING, _task("failed", slot=1, desired="shutdown")], ServiceState.RUNNING),
        (_service(), [_task("running"), _task("preparing", slot=2)], ServiceState.STARTING),
        (_service(), [], ServiceState.STARTING),
        (_service(), [_task("running"), _task("failed", slot=2, desired="shutdown")], ServiceState.DEGRADED),
        (_service(), [_task("rejected", desired="shutdown"), _task("ready", created="2")], ServiceState.FAILED),
        (_service(), [_task("complete", desired="shutdown"), _task("running", slot=2)], ServiceState.STARTING),
        (_service(update="updating"), RUNNING, ServiceState.UPDATING),
        (_service(update="rollback_started"), [], ServiceState.UPDATING),
        (_service(update="paused"), RUNNING, ServiceState.PAUSED),
        (_service(update="completed"), RUNNING, ServiceState.RUNNING),
        (_service({"Replicated": {"Replicas": 0}}), [], ServiceState.STOPPED),
        (_service({"Replicated": {"Replicas": 0}}), [_task("failed", desired="shutdown")], ServiceState.STOPPED),
        (_service({"Replicated": {}}), [_task("running")], ServiceState.RUNNING),
        (_service({"Global": {}}), [_task("running", slot=0)], ServiceState.RUNNING),
        (_service({"Global": {}}), [_task("running", slot=0), _task("starting", slot=0, node="n2")], ServiceState.STARTING),
        (_service({"Global": {}}), [_task("failed", slot=0, desired="shutdown")], ServiceState.FAILED),
        (_service({"Global": {}}), [], ServiceState.STOPPED),
        (_service({"ReplicatedJob": {"TotalCompletions": 1}}), [_task("complete", desired="complete")], ServiceState.COMPLETED),
        (_service({"ReplicatedJob": {}}), [_task("running", desired="complete")], ServiceState.STARTING),
        (_service({"GlobalJob": {}}), [_task("failed", slot=0, desired="complete")], ServiceState.FAILED),
    ],
)
def test_the_state_of_a_service_follows_from_its_tasks(
    service: dict[str, Any], tasks: list[dict[str, Any]], state: ServiceState
) -> None:
    assert summaries.service_state(service, tasks) == state


def test_tasks_are_named_as_the_docker_cli_names_them() -> None:
    assert summaries.task_name({"ID": "t", "Slot": 3}, "web") == "web.3"
    assert summaries.task_name({"ID": "t", "NodeID": "node1"}, "web") == "web.node1"


def test_an_image_is_shown_without_its_digest() -> None:
    assert summaries.image_of("nginx:1@sha256:abc") == "nginx:1"
    assert summaries.image_of("sha256:abc") == "sha256:abc"


def test_ports_come_from_the_endpoint_that_knows_the_number_the_engine_chose() -> None:
    service = {
        "Spec": {"EndpointSpec": {"Ports": [{"TargetPort": 80}]}},
        "Endpoint": {"Ports": [{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 30000, "PublishMode": "ingress"}]},
    }

    assert summaries.ports_of(service) == [{"protocol": "tcp", "target": 80, "published": 30000, "mode": "ingress"}]


def test_a_healthy_swarm_needs_no_advice() -> None:
    assert summaries.advice_for(ClusterKind.SWARM, ClusterState.READY, "local", is_administrator=True) == ""


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        (ClusterKind.ENGINE, ClusterState.READY, "docker swarm init"),
        (ClusterKind.SWARM, ClusterState.UNREACHABLE, "does not answer"),
        (ClusterKind.SWARM, ClusterState.UNKNOWN, "has not been seen yet"),
    ],
)
def test_advice_says_what_to_do(kind: ClusterKind, state: ClusterState, words: str) -> None:
    assert words in summaries.advice_for(kind, state, "local", is_administrator=True)
