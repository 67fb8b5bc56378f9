"""The constraint that holds a service on its nodes, against everybody who would rather not have it, on a real engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.docker.conftest import IN_PAYMENTS, LABEL, PAYMENTS, Installation, eventually
from tests.gateway.docker.test_requests import Raw
from tests.support.engine import IMAGE, Engine

pytestmark = [pytest.mark.engine, pytest.mark.product]

FOREVER = (IMAGE, "sleep", "100000")


@pytest.fixture
def bob(installation: Installation) -> Raw:
    return Raw(installation.bob, installation.product.port)


@pytest.fixture
def service(installation: Installation, unique: str) -> Iterator[str]:
    """Bob's, with the constraint on the nodes of /Shared; its name."""
    installation.bob.docker("service", "create", "-d", "--name", unique, *IN_PAYMENTS, *FOREVER)
    yield unique
    installation.root.docker("service", "rm", unique, check=False)


def inspected(swarm: Engine, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(swarm.docker("service", "inspect", name).stdout)[0]
    return found


def constraints(spec: dict[str, Any]) -> list[str]:
    return list(spec["TaskTemplate"]["Placement"].get("Constraints") or [])


@pytest.fixture
def ours(installation: Installation) -> str:
    (shared,) = installation.admin.get("/collections/?path=/Shared")["results"]
    return f"node.labels.com.docker.ucp.collection.{shared['id']}==true"


@pytest.mark.parametrize(
    "placement",
    [
        None,
        {},
        {"Constraints": None},
        {"Constraints": ["node.labels.com.docker.ucp.collection.x==true"]},
        {"Constraints": [" NODE.labels.com.docker.UCP.collection.x != true"]},
        {"Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.com.docker.ucp.collection.x"}}]},
        {"Platforms": [{"OS": "linux"}]},
    ],
)
def test_no_update_takes_it_away(bob: Raw, swarm: Engine, service: str, ours: str, placement: Any) -> None:
    now = inspected(swarm, service)
    spec = now["Spec"]
    spec["TaskTemplate"]["Placement"] = placement
    status, answer, _ = bob("POST", f"/v1.41/services/{now['ID']}/update?version={now['Version']['Index']}", spec)
    assert status == 200, answer
    assert constraints(inspected(swarm, service)["Spec"]) == [ours]


def test_no_create_goes_without_it(bob: Raw, swarm: Engine, unique: str, ours: str) -> None:
    placement = {"Constraints": ["node.labels.com.docker.ucp.collection.x!=true", "node.role==manager"]}
    template = {"ContainerSpec": {"Image": IMAGE, "Command": ["sleep", "1000"]}, "Placement": placement}
    spec = {"Name": unique, "Labels": {LABEL: PAYMENTS}, "TaskTemplate": template}
    status, answer, _ = bob("POST", "/v1.41/services/create", spec)
    assert status == 201, answer
    assert constraints(inspected(swarm, unique)["Spec"]) == ["node.role==manager", ours]


def test_an_old_version_of_the_service_is_not_replayed(bob: Raw, swarm: Engine, service: str, ours: str) -> None:
    now = inspected(swarm, service)
    old = now["Version"]["Index"]
    path = f"/v1.41/services/{now['ID']}/update?version={old}"
    assert bob("POST", path, now["Spec"])[0] == 200
    now["Spec"]["TaskTemplate"]["Placement"] = {}
    assert bob("POST", path, now["Spec"])[0] >= 400
    assert constraints(inspected(swarm, service)["Spec"]) == [ours]


def test_an_administrator_who_changes_something_else_leaves_it(
    installation: Installation, swarm: Engine, service: str, ours: str
) -> None:
    installation.root.docker("service", "update", "-d", "--env-add", "A=b", service)
    assert constraints(inspected(swarm, service)["Spec"]) == [ours]
    installation.admin.post(f"/swarm/services/{inspected(swarm, service)['ID']}/scale", {"replicas": 2})
    assert constraints(inspected(swarm, service)["Spec"]) == [ours]
    installation.root.docker("service", "update", "-d", "--constraint-rm", ours, service)
    assert constraints(inspected(swarm, service)["Spec"]) == []


def test_a_move_by_an_administrator_gives_it_the_nodes_of_its_owner(
    installation: Installation, swarm: Engine, service: str, ours: str
) -> None:
    installation.root.docker("service", "update", "-d", "--constraint-rm", ours, service)
    installation.admin.post(f"/swarm/services/{inspected(swarm, service)['ID']}/move", {"collection": "/Shared/other"})
    assert constraints(inspected(swarm, service)["Spec"]) == [ours]


def test_a_failed_update_that_rolls_back_by_itself_keeps_it(
    installation: Installation, swarm: Engine, service: str, ours: str
) -> None:
    """The engine goes back to the administrator's spec, which had no constraint, without asking anybody."""
    installation.root.docker("service", "update", "-d", "--constraint-rm", ours, service)
    failing = ("--args", "false", "--update-failure-action", "rollback", "--update-monitor", "2s", "--restart-delay", "100ms")
    installation.bob.docker("service", "update", "-d", *failing, service)
    assert constraints(inspected(swarm, service)["Spec"]) == [ours]
    eventually(lambda: inspected(swarm, service)["UpdateStatus"]["State"] == "rollback_completed", 40)
    spec = inspected(swarm, service)["Spec"]
    assert spec["TaskTemplate"]["ContainerSpec"]["Args"] == ["sleep", "100000"]
    assert constraints(spec) == [ours]


def test_a_service_without_a_node_is_refused_and_changes_nothing(
    installation: Installation, swarm: Engine, service: str, unique: str
) -> None:
    before = inspected(swarm, service)["Spec"]
    for wish, sentence in (
        (("--constraint-add", "node.hostname==nowhere"), "node.hostname==nowhere"),
        (("--constraint-add", "node.labels.disk==ssd"), "node.labels.disk==ssd"),
        (("--constraint-add", "node.role!=manager"), "node.role!=manager"),
        (("--constraint-add", "node.platform.os==windows"), "node.platform.os==windows"),
        (("--constraint-add", "engine.labels.a==b", "--constraint-add", "node.id!=x"), "engine.labels.a==b and node.id!=x"),
    ):
        refused = installation.bob.docker("service", "update", "-d", *wish, service, check=False)
        assert f"no node where bob may schedule satisfies {sentence}" in refused.stderr
        create = [word.replace("-add", "") for word in wish]
        new = ("service", "create", "-d", "--name", f"{unique}-new", *IN_PAYMENTS, *create, *FOREVER)
        assert sentence in installation.bob.docker(*new, check=False).stderr
    assert inspected(swarm, service)["Spec"] == before
    assert f"{unique}-new" not in swarm.docker("service", "ls").stdout
    nothing = ("--replicas", "0", "--constraint-add", "node.hostname==nowhere")
    installation.bob.docker("service", "update", "-d", *nothing, service)
