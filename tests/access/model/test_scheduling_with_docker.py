"""Scheduling, as the stock docker CLI meets it on a real engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import or_skip
from tests.support.engine import IMAGE, Engine, engine
from tests.support.installation import IN_PAYMENTS, LABEL, Installation, eventually
from tests.support.installation import installation as start_installation

pytestmark = [pytest.mark.engine, pytest.mark.product]

QUIET = (IMAGE, "sleep", "1000")


@pytest.fixture
def service(installation: Installation, unique: str) -> str:
    installation.bob.docker("service", "create", "-d", "--name", unique, *IN_PAYMENTS, *QUIET)
    return unique


@pytest.fixture
def closed(installation: Installation, unique: str) -> Iterator[str]:
    """A collection in which Bob may everything but schedule."""
    path = f"/{unique}"
    collection_id = installation.admin.post("/collections/", {"path": path})["id"]
    with installation.granted("Restricted Control", path):
        yield path
    installation.admin.delete(f"/collections/{collection_id}/")


@pytest.mark.parametrize("command", [("service", "create", "-d"), ("run", "-d")])
def test_without_node_schedule_anywhere_above_nothing_runs(
    installation: Installation, unique: str, closed: str, swarm: Engine, command: tuple[str, ...]
) -> None:
    label = ("--label", f"{LABEL}={closed}")
    refused = installation.bob.docker(*command, "--name", unique, *label, *QUIET, check=False)
    assert f"bob may not do this: Node Schedule is missing on {closed}" in refused.stderr
    assert unique not in swarm.docker("service", "ls").stdout + swarm.docker("ps", "-a").stdout


def test_a_plain_container_runs_on_a_permitted_node_or_not_at_all(
    installation: Installation, unique: str, closed: str, swarm: Engine
) -> None:
    """Bob may schedule on the nodes of the collection, and it has none: the engine's node is in /Shared."""
    label = ("--label", f"{LABEL}={closed}")
    with installation.granted("Scheduler", closed):
        refused = installation.bob.docker("run", "-d", "--name", unique, *label, *QUIET, check=False)
    assert "bob may not do this: Node Schedule is missing on " in refused.stderr
    assert ", where the node " in refused.stderr
    assert unique not in swarm.docker("ps", "-a").stdout
    installation.bob.docker("run", "-d", "--name", unique, *IN_PAYMENTS, *QUIET)
    assert unique in swarm.docker("ps").stdout


def test_an_engine_outside_swarm_mode_is_one_pseudo_node_in_shared(tmp_path: Path) -> None:
    with or_skip(engine(swarm=False)) as lone, or_skip(start_installation(lone.url, tmp_path)) as started:
        run = ("run", "--rm", *IN_PAYMENTS, IMAGE, "echo", "hi")
        assert started.bob.docker(*run).stdout == "hi\n"
        (everybody,) = started.admin.get("/grants/", subject="organization:everyone")["results"]
        started.admin.delete(f"/grants/{everybody['id']}/")
        eventually(lambda: "Node Schedule is missing on" in started.bob.docker(*run, check=False).stderr)


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


def test_these_labels_are_all_that_attaching_a_swarm_writes_and_detaching_removes_them(tmp_path: Path) -> None:
    with or_skip(engine()) as swarm:
        swarm.docker("node", "update", "--label-add", "zone=a", _node(swarm)["ID"])
        before = _node(swarm)["Spec"]
        with or_skip(start_installation(swarm.url, tmp_path)) as started:
            rows = started.admin.get("/collections/")["results"]
            ids = {row["id"] for row in rows if row["path"] in ("/", "/Shared")}
            ours = {f"com.docker.ucp.collection.{id_}": "true" for id_ in ids}
            eventually(lambda: _node(swarm)["Spec"] == {**before, "Labels": {"zone": "a", **ours}})
            (cluster,) = started.admin.get("/clusters/")["results"]
            started.admin.delete(f"/clusters/{cluster['name']}/")
            eventually(lambda: _node(swarm)["Spec"] == before)


def _node(swarm: Engine) -> dict[str, Any]:
    (node,) = json.loads(swarm.docker("node", "inspect", "self").stdout)
    return dict(node)


def _constraints(swarm: Engine, service: str) -> list[str]:
    spec = json.loads(swarm.docker("service", "inspect", service).stdout)[0]["Spec"]
    found: list[str] = spec["TaskTemplate"]["Placement"].get("Constraints") or []
    return found
