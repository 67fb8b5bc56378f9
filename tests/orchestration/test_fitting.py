"""Which nodes the swarm's scheduler takes for a placement, and whom a change of labels evicts."""

from __future__ import annotations

from typing import Any

import pytest

from apps.orchestration.rules import fitting, specs
from apps.orchestration.rules.fitting import Node, Relabelling

RAW: dict[str, Any] = {
    "ID": "n1",
    "Spec": {"Role": "worker", "Labels": {"Zone": "A"}},
    "Description": {
        "Hostname": "host-1",
        "Platform": {"Architecture": "x86_64", "OS": "linux"},
        "Engine": {"Labels": {"disk": "ssd"}},
    },
}
NODE = Node(RAW, {"Zone": "A"})


@pytest.mark.parametrize(
    "constraint",
    [
        "node.labels.Zone==A",
        "node.labels.Zone == a",
        "NODE.LABELS.Zone==A",
        "node.labels.zone!=A",
        "node.labels.none!=x",
        "engine.labels.disk==SSD",
        "node.hostname==HOST-1",
        "node.id==n1",
        "node.role==worker",
        "node.role!=manager",
        "node.platform.os==linux",
        "node.platform.arch!=arm64",
        "node.ip==10.0.0.1",
    ],
)
def test_a_constraint_that_the_node_satisfies(constraint: str) -> None:
    assert fitting.fits(NODE, {"Constraints": [constraint]})


@pytest.mark.parametrize(
    "constraint",
    [
        "node.labels.zone==A",
        "node.labels.Zone!=a",
        "node.labels.Zone==",
        "engine.labels.Disk==ssd",
        "node.hostname!=host-1",
        "node.role==manager",
        "node.platform.os==windows",
        "node.colour==red",
        "nonsense",
    ],
)
def test_a_constraint_that_the_node_does_not_satisfy(constraint: str) -> None:
    assert not fitting.fits(NODE, {"Constraints": ["node.id==n1", constraint]})


@pytest.mark.parametrize(
    ("platforms", "fits"),
    [
        ([], True),
        ([{"Architecture": "amd64", "OS": "linux"}], True),
        ([{"OS": "linux"}], True),
        ([{"Architecture": "arm64", "OS": "linux"}, {"Architecture": "", "OS": ""}], True),
        ([{"Architecture": "arm64", "OS": "linux"}], False),
        ([{"Architecture": "amd64", "OS": "windows"}], False),
    ],
)
def test_platforms(platforms: list[dict[str, str]], fits: bool) -> None:
    assert fitting.fits(NODE, {"Platforms": platforms}) is fits


def service(*constraints: str) -> dict[str, Any]:
    return {"ID": "s1", "Spec": {"Name": "web", "TaskTemplate": {"Placement": {"Constraints": list(constraints)}}}}


def task(slot: int, *, node: str = "n1", state: str = "running", desired: str = "running") -> dict[str, Any]:
    return {
        "ID": f"t{slot}",
        "ServiceID": "s1",
        "NodeID": node,
        "Slot": slot,
        "DesiredState": desired,
        "Status": {"State": state},
    }


CHANGE = [Relabelling(Node(RAW, {"a": "true", "b": "true"}), Node(RAW, {"b": "true"}))]


def test_what_needs_the_label_that_goes_is_evicted() -> None:
    found = fitting.evictions(CHANGE, [service("node.labels.a==true")], [task(2), task(1, state="starting")])
    assert [(each.name, each.node, each.task_id) for each in found] == [("web.1", "host-1", "t1"), ("web.2", "host-1", "t2")]


@pytest.mark.parametrize(
    ("constraint", "there"),
    [
        ("node.labels.b==true", task(1)),
        ("node.labels.a==true", task(1, node="n2")),
        ("node.labels.a==true", task(1, node="", state="pending")),
        ("node.labels.a==true", task(1, desired="shutdown")),
        ("node.labels.a==true", task(1, state="failed")),
        ("node.labels.c==true", task(1)),
    ],
)
def test_nothing_else_is(constraint: str, there: dict[str, Any]) -> None:
    assert fitting.evictions(CHANGE, [service(constraint)], [there]) == []
    assert fitting.evictions(CHANGE, [], [there]) == []


def template(**more: Any) -> dict[str, Any]:
    return {"TaskTemplate": {"ContainerSpec": {"Image": "a", **more}}}


def test_tasks_are_the_same_whatever_the_nodes_and_the_collection_of_volumes() -> None:
    one = template(Mounts=[{"Type": "volume", "VolumeOptions": {"Labels": {"com.docker.ucp.access.label": "/a"}}}])
    other = template(Mounts=[{"Type": "volume", "VolumeOptions": {}}], Env=[])
    other["TaskTemplate"]["Placement"] = {"Constraints": ["node.role==worker"]}
    assert specs.has_same_tasks(one, other)
    assert not specs.has_same_tasks(one, template(Env=["A=b"]))
    other["TaskTemplate"]["Placement"]["MaxReplicas"] = 1
    assert not specs.has_same_tasks(one, other)


def test_specs_are_equal_but_for_the_nonce_and_what_says_nothing() -> None:
    one = {"Name": "web", "Labels": {"com.docker.ucp.access.nonce": "x"}, **template(Env=None)}
    assert specs.are_equal(one, {"Name": "web", **template()})
    assert not specs.are_equal(one, {"Name": "web", "Labels": {"a": "b"}, **template()})


def test_nobody_but_us_changed_the_node() -> None:
    ours = {"com.docker.ucp.collection.x": "true"}
    assert specs.differ_in_our_labels_only(
        {"Role": "worker", "Labels": {"a": "b", **ours}}, {"Role": "worker", "Labels": {"a": "b"}}
    )
    assert not specs.differ_in_our_labels_only({"Role": "worker", "Labels": ours}, {"Role": "manager", "Labels": ours})
