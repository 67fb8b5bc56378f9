"""Scheduling, as the stock docker CLI meets it on a real engine."""

from __future__ import annotations

import json

import pytest

from tests.support.engine import IMAGE, Engine
from tests.support.installation import IN_PAYMENTS, LABEL, Installation

pytestmark = [pytest.mark.engine, pytest.mark.product]

QUIET = (IMAGE, "sleep", "1000")


@pytest.fixture
def service(installation: Installation, unique: str) -> str:
    installation.bob.docker("service", "create", "-d", "--name", unique, *IN_PAYMENTS, *QUIET)
    return unique


def test_the_constraint_is_added_on_create(installation: Installation, service: str, swarm: Engine) -> None:
    rows = installation.admin.get("/collections/")["results"]
    (shared,) = [row for row in rows if row["path"] == "/Shared"]
    assert _constraints(swarm, service) == [f"node.labels.com.docker.ucp.collection.{shared['id']}==true"]


@pytest.mark.parametrize("way", ["--constraint-rm", "--constraint-add"])
def test_the_caller_cannot_remove_or_weaken_it_in_an_update(
    installation: Installation, service: str, swarm: Engine, way: str
) -> None:
    (before,) = _constraints(swarm, service)
    text = before if way == "--constraint-rm" else before.replace("==", "!=")
    installation.bob.docker("service", "update", "-d", way, text, service)
    assert _constraints(swarm, service) == [before]


def test_the_caller_cannot_weaken_it_in_a_create(installation: Installation, unique: str, swarm: Engine) -> None:
    weaker = ("--constraint", "node.labels.com.docker.ucp.collection.x!=true", "--constraint", "node.role==manager")
    installation.bob.docker("service", "create", "-d", "--name", unique, *IN_PAYMENTS, *weaker, *QUIET)
    constraints = _constraints(swarm, unique)
    assert len([text for text in constraints if "com.docker.ucp" in text]) == 1
    assert not any("!=" in text for text in constraints)
    assert "node.role==manager" in constraints, "the caller's own narrow it further"


def test_an_administrators_work_in_the_root_has_none(installation: Installation, unique: str, swarm: Engine) -> None:
    installation.root.docker("service", "create", "-d", "--name", unique, "--label", f"{LABEL}=/", *QUIET)
    assert _constraints(swarm, unique) == []


def test_these_labels_are_all_that_attaching_a_swarm_writes(installation: Installation, swarm: Engine) -> None:
    (node,) = json.loads(swarm.docker("node", "inspect", "self").stdout)
    assert {key for key in node["Spec"]["Labels"] if not key.startswith("com.docker.ucp.collection.")} == set()
    ids = {row["id"] for row in installation.admin.get("/collections/")["results"] if row["path"] in ("/", "/Shared")}
    assert set(node["Spec"]["Labels"]) == {f"com.docker.ucp.collection.{id_}" for id_ in ids}


def _constraints(swarm: Engine, service: str) -> list[str]:
    spec = json.loads(swarm.docker("service", "inspect", service).stdout)[0]["Spec"]
    found: list[str] = spec["TaskTemplate"]["Placement"].get("Constraints") or []
    return found
