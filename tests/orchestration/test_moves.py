"""Moving objects over REST: what the gateway is asked, and how its answers read. What it decides is tested on real engines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.access import services as access
from apps.access.selectors.policy import store
from apps.access.types import ObjectKind
from apps.core.evictions import Eviction
from apps.gateway.docker.objects import Kind
from apps.orchestration.models import Cluster
from apps.orchestration.selectors import evictions_of_change
from tests.orchestration.conftest import ProjectedCluster, ScriptedGateway, collection, grant
from tests.support.accounts import SYSTEM

ASKED = {
    "title": "Running work would be stopped",
    "status": 409,
    "detail": "moving n3 to /Prod stops 2 running tasks (web.1, 1 more); to do it, …",
    "code": "needs-confirmation",
    "confirm": "0123456789abcdef",
    "evicts": [{"task": "web.1", "node": "n3"}],
    "hidden": 1,
}


def put(projected: ProjectedCluster, kind: ObjectKind, path: str) -> None:
    """An object `x1` of the kind."""
    if kind is ObjectKind.STACK:
        cluster = Cluster.objects.get()
        access.place_stack(actor=SYSTEM, cluster_id=cluster.id, name="x1", collection_id=collection(path))
    elif kind is ObjectKind.CONTAINER:
        projected.container("x1", "name", path=path)
    elif kind is ObjectKind.NODE:
        projected.node("x1", "name", path=path)
    else:
        raw = (
            {"Id": "x1", "Name": "x1"}
            if kind in (ObjectKind.NETWORK, ObjectKind.VOLUME)
            else {"ID": "x1", "Spec": {"Name": "n"}}
        )
        projected.put(Kind(kind.value), raw, path=path)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ObjectKind)
def test_the_gateway_is_asked_in_the_callers_name(
    projected: ProjectedCluster, gateway: ScriptedGateway, as_bob: APIClient, kind: ObjectKind
) -> None:
    grant("user:bob", "View Only", "/Shared/payments")
    put(projected, kind, "/Shared/payments")
    path = f"/quarterdeck/move/{kind.value}s/x1"
    gateway.answer("POST", path, 200, {})

    answer = as_bob.post(f"/api/v1/swarm/{kind.value}s/x1/move", {"collection": "/Prod"})

    assert answer.status_code == 200, answer.content
    assert (answer.json()["kind"], answer.json()["id"], answer.json()["collection"]) == (kind.value, "x1", "/Prod")
    (asked,) = gateway.asked
    assert (asked.target, asked.actor.name, asked.cluster) == (path, "bob", "local")
    assert asked.body == {"collection": "/Prod", "confirm": ""}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ObjectKind)
def test_what_the_caller_may_not_view_never_reaches_the_gateway(
    projected: ProjectedCluster, gateway: ScriptedGateway, as_bob: APIClient, kind: ObjectKind
) -> None:
    put(projected, kind, "/System")

    hidden = as_bob.post(f"/api/v1/swarm/{kind.value}s/x1/move", {"collection": "/Prod"})
    absent = as_bob.post(f"/api/v1/swarm/{kind.value}s/x2/move", {"collection": "/Prod"})

    assert (hidden.status_code, hidden.json()) == (404, absent.json())
    assert gateway.asked == []


def test_a_move_that_stops_tasks_is_asked_about(
    projected: ProjectedCluster, gateway: ScriptedGateway, as_root: APIClient
) -> None:
    projected.node("n3", "n3", path="/Shared")
    gateway.answer("POST", "/quarterdeck/move/nodes/n3", 409, ASKED)
    gateway.answer("POST", "/quarterdeck/move/nodes/n3", 200, {})
    path = "/api/v1/swarm/nodes/n3/move"

    answer = as_root.post(path, {"collection": "/Prod"})

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert {key: answer.json()[key] for key in ASKED} == ASKED
    assert as_root.post(path, {"collection": "/Prod", "confirm": ASKED["confirm"]}).status_code == 200
    assert gateway.asked[-1].body == {"collection": "/Prod", "confirm": ASKED["confirm"]}


@pytest.mark.parametrize(
    "body",
    [{}, {"collection": ""}, {"collection": "/x", "confirm": "y" * 65}, {"collection": "/x", "to": "/y"}],
)
def test_a_bad_body_is_refused(
    projected: ProjectedCluster, gateway: ScriptedGateway, as_root: APIClient, body: dict[str, Any]
) -> None:
    projected.node("n3", "n3", path="/Shared")

    answer = as_root.post("/api/v1/swarm/nodes/n3/move", body)

    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert gateway.asked == []


# What a change of the tree would stop


def running_below(projected: ProjectedCluster, path: str) -> None:
    """A service that may run on the nodes of the collection, with a task on node1, which is in /Shared/payments."""
    constraint = f"node.labels.com.docker.ucp.collection.{collection(path)}==true"
    spec = {"Name": "web", "TaskTemplate": {"Placement": {"Constraints": [constraint]}}}
    projected.put(Kind.SERVICE, {"ID": "s1", "Version": {"Index": 1}, "Spec": spec}, path=path)
    projected.task("t1", "s1", path=path)
    projected.node("node1", "host1", path="/Shared/payments")
    projected.loop.call_soon_threadsafe(lambda: None)


EVICTED = Eviction("web.1", "host1", "t1", "s1")


def test_nothing_is_stopped_where_nothing_changes(projected: ProjectedCluster) -> None:
    running_below(projected, "/Shared/payments")
    store.refresh()
    assert evictions_of_change(store.current.ancestors, store.current.ancestors) == []


def test_what_may_run_above_only_is_stopped_when_the_collection_leaves(projected: ProjectedCluster, as_root: APIClient) -> None:
    running_below(projected, "/Shared")
    payments, _ = collection("/Shared/payments"), collection("/Elsewhere")
    store.refresh()
    path = f"/api/v1/collections/{payments}/"

    asked = as_root.patch(path, {"path": "/Elsewhere/payments"})

    assert asked.status_code == 409, asked.content
    assert asked.json()["evicts"] == [{"task": "web.1", "node": "host1"}]
    assert "moving /Shared/payments to /Elsewhere/payments stops 1 running task (web.1)" in asked.json()["detail"]
    assert as_root.get(path).json()["path"] == "/Shared/payments"
    assert as_root.patch(path, {"path": "/Elsewhere/payments", "confirm": "wrong"}).status_code == 409
    assert as_root.patch(path, {"path": "/Shared/renamed"}).status_code == 200  # a rename takes no label away
    confirmed = as_root.patch(path, {"path": "/Elsewhere/payments", "confirm": asked.json()["confirm"]})
    assert (confirmed.status_code, confirmed.json()["path"]) == (200, "/Elsewhere/payments")


def test_a_removal_asks_for_what_runs_in_the_collection(projected: ProjectedCluster, as_root: APIClient) -> None:
    running_below(projected, "/Shared/payments")
    store.refresh()
    path = f"/api/v1/collections/{collection('/Shared/payments')}/?move_to=/Shared"

    asked = as_root.delete(path)

    assert (asked.status_code, asked.json()["code"]) == (409, "needs-confirmation")
    assert as_root.delete(f"{path}&confirm={asked.json()['confirm']}").status_code == 204


def test_a_projector_that_is_away_is_no_leave_to_stop_things(
    cluster: Cluster, as_root: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.orchestration.clients.projection._RESTART_SECONDS", 0.0)
    payments, _ = collection("/Shared/payments"), collection("/Elsewhere")
    store.refresh()

    answer = as_root.patch(f"/api/v1/collections/{payments}/", {"path": "/Elsewhere/payments"})

    assert answer.status_code == 502
    assert json.loads(as_root.get(f"/api/v1/collections/{payments}/").content)["path"] == "/Shared/payments"
