"""What runs, as each caller may see it, and actions that the gateway decides."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.audit.models import Entry
from apps.gateway.docker.objects import Kind
from apps.jobs.models import Job
from apps.orchestration.models import Cluster, FormerCluster
from apps.orchestration.types import ClusterKind, ClusterState
from tests.orchestration.conftest import ProjectedCluster, ScriptedGateway, grant

pytestmark = pytest.mark.django_db

PAYMENTS, OTHER = "/Shared/payments", "/Shared/other"


@pytest.fixture
def running(projected: ProjectedCluster) -> ProjectedCluster:
    """A service with two tasks and a container in each of two collections, and one node."""
    for number, path in enumerate((PAYMENTS, OTHER), start=1):
        projected.service(f"s{number}", f"web{number}", path=path, replicas=2, owner="bob")
        projected.task(f"t{number}a", f"s{number}", path=path, slot=1)
        projected.task(f"t{number}b", f"s{number}", path=path, slot=2, state="starting")
        projected.container(f"c{number}", f"web{number}.1.t{number}a", path=path, service_id=f"s{number}")
    projected.node("node1", "manager-1", path="/Shared")
    return projected


def _get(client: APIClient, path: str, **query: str) -> Any:
    answer = client.get(f"/api/v1{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def _names(page: dict[str, Any]) -> list[str]:
    return [each["name"] for each in page["results"]]


def test_a_viewer_sees_the_own_services_only_with_state_and_capabilities(running: ProjectedCluster, as_bob: APIClient) -> None:
    grant("user:bob", "View Only", PAYMENTS)

    page = _get(as_bob, "/swarm/services/")

    assert page["count"] == 1
    assert page["results"][0] == {
        "id": "s1",
        "name": "web1",
        "collection": PAYMENTS,
        "owner": "bob",
        "image": "demo/busybox:1.0",
        "mode": "replicated",
        "replicas": {"running": 1, "desired": 2},
        "state": "starting",
        "created_at": "2026-01-02T03:04:05.678901234Z",
        "updated_at": "2026-01-02T03:04:05.678901234Z",
        "labels": {"a": "b"},
        "ports": [],
        "capabilities": {"update": False, "delete": False, "logs": True, "move": False},
    }


def test_full_control_shows_in_the_capabilities(running: ProjectedCluster, as_bob: APIClient) -> None:
    grant("user:bob", "Full Control", PAYMENTS)

    assert _get(as_bob, "/swarm/services/")["results"][0]["capabilities"] == {
        "update": True,
        "delete": True,
        "logs": True,
        "move": True,
    }
    assert _get(as_bob, "/swarm/containers/")["results"][0]["capabilities"] == {"exec": True, "logs": True, "move": False}


def test_an_administrator_sees_everything(running: ProjectedCluster, as_root: APIClient) -> None:
    assert _names(_get(as_root, "/swarm/services/")) == ["web1", "web2"]
    assert _names(_get(as_root, "/swarm/services/", ordering="-name")) == ["web2", "web1"]
    assert _names(_get(as_root, "/swarm/services/", search="B2")) == ["web2"]
    assert _names(_get(as_root, "/swarm/services/", collection=OTHER)) == ["web2"]
    assert _names(_get(as_root, "/swarm/services/", state="failed")) == []
    assert _names(_get(as_root, "/swarm/tasks/", service="s2")) == ["web2.1", "web2.2"]


def test_what_one_may_not_view_is_not_found(running: ProjectedCluster, as_bob: APIClient) -> None:
    grant("user:bob", "View Only", PAYMENTS)

    assert as_bob.get("/api/v1/swarm/services/s1/").status_code == 200
    hidden, absent = as_bob.get("/api/v1/swarm/services/s2/"), as_bob.get("/api/v1/swarm/services/none/")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json() == absent.json()
    assert _names(_get(as_bob, "/swarm/tasks/")) == ["web1.1", "web1.2"]
    assert _names(_get(as_bob, "/swarm/tasks/", service="s2")) == []
    assert _names(_get(as_bob, "/swarm/containers/")) == ["web1.1.t1a"]


def test_a_task_tells_where_it_runs_and_in_which_container(running: ProjectedCluster, as_root: APIClient) -> None:
    task = _get(as_root, "/swarm/tasks/", service="s1")["results"][0]

    expected = {"slot": 1, "node_id": "node1", "node": "manager-1", "container_id": "ct1a", "state": "running"}
    assert expected.items() <= task.items()


def test_a_node_is_reduced_for_who_only_runs_work_there(
    running: ProjectedCluster, as_bob: APIClient, as_root: APIClient
) -> None:
    grant("user:bob", "View Only", PAYMENTS)
    running.node("node1", "manager-1", path="/System")

    (reduced,) = _get(as_bob, "/swarm/nodes/")["results"]
    (full,) = _get(as_root, "/swarm/nodes/")["results"]

    assert reduced == {**full, "address": "", "collection": "", "engine_version": "", "capabilities": {"move": False}}
    assert (full["address"], full["collection"], full["engine_version"]) == ("10.0.0.1", "/System", "20.10.24")


def test_a_node_where_only_ended_work_was_is_hidden(projected: ProjectedCluster, as_bob: APIClient) -> None:
    grant("user:bob", "View Only", PAYMENTS)
    projected.service("s1", "web1", path=PAYMENTS)
    projected.task("t1", "s1", path=PAYMENTS, state="shutdown", desired="shutdown")
    projected.node("node1", "manager-1", path="/System")

    assert _get(as_bob, "/swarm/nodes/")["results"] == []


def test_a_node_is_hidden_from_who_has_nothing_to_do_there(
    projected: ProjectedCluster, as_bob: APIClient, as_root: APIClient
) -> None:
    projected.node("node1", "manager-1", path="/System")

    assert _get(as_bob, "/swarm/nodes/")["results"] == []
    counted = [_get(client, "/clusters/")["results"][0]["nodes"]["total"] for client in (as_bob, as_root)]
    assert counted == [0, 1]


def test_the_detail_of_a_service_has_its_spec(running: ProjectedCluster, as_root: APIClient) -> None:
    assert _get(as_root, "/swarm/services/s1/")["spec"]["Name"] == "web1"


def test_the_summary_counts_what_the_caller_sees(running: ProjectedCluster, as_bob: APIClient, as_root: APIClient) -> None:
    grant("user:bob", "View Only", PAYMENTS)

    mine, everything = _get(as_bob, "/swarm/summary"), _get(as_root, "/swarm/summary")

    assert mine["services"] == {"total": 1, "running": 0, "failed": 0}
    assert mine["tasks"] == {"total": 2, "running": 1, "failed": 0}
    assert everything["containers"] == {"total": 2, "running": 2}
    assert everything["nodes"] == {"total": 1, "ready": 1}
    assert (mine["clusters"][0]["name"], mine["advice"]) == ("local", "")


def test_when_a_worker_joins_administrators_are_advised_to_move_the_managers_out_of_shared(
    projected: ProjectedCluster, as_root: APIClient, as_bob: APIClient
) -> None:
    projected.node("m1", "manager-1", path="/Shared")
    assert _get(as_root, "/clusters/")["results"][0]["advice"] == ""
    projected.node("w1", "worker-1", path="/Shared", role="worker")
    assert "(manager-1): they were placed in /Shared" in _get(as_root, "/clusters/")["results"][0]["advice"]
    assert _get(as_bob, "/clusters/")["results"][0]["advice"] == ""
    projected.node("m1", "manager-1", path="/System")
    assert _get(as_root, "/clusters/")["results"][0]["advice"] == ""


def test_without_a_cluster_the_summary_says_how_to_attach_one(as_root: APIClient) -> None:
    summary = _get(as_root, "/swarm/summary")

    assert summary["clusters"] == []
    assert "POST /api/v1/clusters/" in summary["advice"]


def test_a_silent_projector_is_an_error_and_no_empty_list(cluster: Cluster, as_root: APIClient) -> None:
    answer = as_root.get("/api/v1/swarm/services/")

    assert (answer.status_code, answer.json()["code"]) == (502, "engine-unavailable")


def test_a_cluster_that_was_never_seen_leaves_the_rest_to_be_listed(running: ProjectedCluster, as_root: APIClient) -> None:
    Cluster.objects.create(name="new", kind=ClusterKind.ENGINE, url="unix:///new.sock")

    assert _names(_get(as_root, "/swarm/services/")) == ["web1", "web2"]


def test_scaling_goes_to_the_gateway_as_the_caller(
    running: ProjectedCluster, gateway: ScriptedGateway, as_bob: APIClient
) -> None:
    grant("user:bob", "Restricted Control", PAYMENTS)
    gateway.answer("GET", "/services/s1", 200, {"Version": {"Index": 7}, "Spec": {"Mode": {"Replicated": {"Replicas": 2}}}})
    gateway.answer("POST", "/services/s1/update", 200, {"Warnings": None})

    answer = as_bob.post("/api/v1/swarm/services/s1/scale", {"replicas": 5})

    assert answer.status_code == 200, answer.content
    asked = gateway.asked[-1]
    assert (asked.method, asked.target, asked.cluster) == ("POST", "/services/s1/update?version=7", "local")
    assert (asked.actor.name, asked.body) == ("bob", {"Mode": {"Replicated": {"Replicas": 5}}})


def test_a_refusal_of_the_gateway_is_passed_on_and_recorded_once(
    running: ProjectedCluster, gateway: ScriptedGateway, as_bob: APIClient
) -> None:
    grant("user:bob", "View Only", PAYMENTS)
    sentence = "bob may not do this: Service Delete is missing on /Shared/payments"
    gateway.answer("DELETE", "/services/s1", 403, {"message": sentence})

    answer = as_bob.delete("/api/v1/swarm/services/s1/")

    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert answer.json()["detail"] == sentence
    assert not Entry.objects.filter(outcome="refused").exists(), "the gateway has recorded it"


def test_an_invisible_service_never_reaches_the_gateway(
    running: ProjectedCluster, gateway: ScriptedGateway, as_bob: APIClient
) -> None:
    assert as_bob.delete("/api/v1/swarm/services/s1/").status_code == 404
    assert as_bob.post("/api/v1/swarm/services/s1/scale", {"replicas": 1}).status_code == 404
    assert gateway.asked == []


def test_a_change_at_the_same_time_is_tried_once_more(
    running: ProjectedCluster, gateway: ScriptedGateway, as_root: APIClient
) -> None:
    gateway.answer("GET", "/services/s1", 200, {"Version": {"Index": 7}, "Spec": {"Mode": {"Replicated": {}}}})
    gateway.answer("POST", "/services/s1/update", 409, {"message": "update out of sequence"})
    gateway.answer("POST", "/services/s1/update", 200, {})

    assert as_root.post("/api/v1/swarm/services/s1/scale", {"replicas": 1}).status_code == 200


def test_a_global_service_is_not_scaled(projected: ProjectedCluster, gateway: ScriptedGateway, as_root: APIClient) -> None:
    spec = {"Name": "agent", "TaskTemplate": {}, "Mode": {"Global": {}}}
    raw = {"ID": "g1", "Version": {"Index": 1}, "CreatedAt": "2026-01-02T03:04:05Z", "UpdatedAt": "", "Spec": spec}
    projected.put(Kind.SERVICE, raw, path="/Shared")

    answer = as_root.post("/api/v1/swarm/services/g1/scale", {"replicas": 1})

    assert (answer.status_code, gateway.asked) == (400, [])


@pytest.mark.parametrize("replicas", [-1, 1_000_000, "many", None])
def test_a_bad_number_of_replicas_is_refused(running: ProjectedCluster, as_root: APIClient, replicas: Any) -> None:
    assert as_root.post("/api/v1/swarm/services/s1/scale", {"replicas": replicas}).status_code == 400


@pytest.mark.parametrize("path", ["/swarm/services/", "/swarm/nodes/", "/swarm/summary", "/clusters/"])
def test_nobody_unknown_sees_anything(running: ProjectedCluster, path: str) -> None:
    assert APIClient().get(f"/api/v1{path}").status_code == 401


FACTS = {"version": "28.2.2", "api_version": "1.51", "engine_id": "E1", "swarm_id": "W1", "is_manager": True}


def test_attaching_tests_the_connection_and_keeps_what_it_found(gateway: ScriptedGateway, as_root: APIClient) -> None:
    gateway.answer("POST", "/quarterdeck/probe", 200, FACTS)

    answer = as_root.post("/api/v1/clusters/", {"name": "Prod", "url": "unix:///run/docker.sock"})

    assert answer.status_code == 201, answer.content
    assert answer.json()["name"] == "prod"
    assert (answer.json()["kind"], answer.json()["version"], answer.json()["state"]) == ("swarm", "28.2.2", "unknown")
    assert gateway.asked[0].body == {"url": "unix:///run/docker.sock"}
    assert Entry.objects.get(operation="Cluster Attach").target_name == "prod"
    assert Job.objects.get(kind="orchestration.sync_node_labels").target == "cluster prod"


def test_attaching_the_same_address_again_changes_nothing(gateway: ScriptedGateway, as_root: APIClient) -> None:
    gateway.answer("POST", "/quarterdeck/probe", 200, FACTS)
    body = {"name": "prod", "url": "unix:///run/docker.sock"}
    first, second = as_root.post("/api/v1/clusters/", body), as_root.post("/api/v1/clusters/", body)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


def test_an_engine_that_does_not_answer_is_not_attached(gateway: ScriptedGateway, as_root: APIClient) -> None:
    gateway.answer("POST", "/quarterdeck/probe", 502, {"message": "tcp://10.0.0.9:2375 does not answer"})

    answer = as_root.post("/api/v1/clusters/", {"name": "prod", "url": "tcp://10.0.0.9:2375"})

    assert (answer.status_code, answer.json()["detail"]) == (502, "tcp://10.0.0.9:2375 does not answer")
    assert not Cluster.objects.exists()


def test_without_a_gateway_an_engine_is_attached_untested(as_root: APIClient) -> None:
    answer = as_root.post("/api/v1/clusters/", {"name": "prod", "url": "unix:///run/docker.sock"})

    assert (answer.status_code, answer.json()["state"]) == (201, "unknown")
    assert "has not been seen yet" in answer.json()["advice"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://x",
        "unix://relative",
        "tcp://host",
        "tcp://host:99999",
        "unix:///x?y=1",
        "tcp://a@h:1",
        "unix:///" + "x" * 300,
    ],
)
def test_other_addresses_are_refused(gateway: ScriptedGateway, as_root: APIClient, url: str) -> None:
    assert as_root.post("/api/v1/clusters/", {"name": "prod", "url": url}).status_code == 400
    assert (gateway.asked, Cluster.objects.count()) == ([], 0)


def test_a_name_that_is_taken_is_a_conflict(cluster: Cluster, gateway: ScriptedGateway, as_root: APIClient) -> None:
    gateway.answer("POST", "/quarterdeck/probe", 200, FACTS)

    assert as_root.post("/api/v1/clusters/", {"name": "local", "url": "unix:///other.sock"}).status_code == 409


def test_only_administrators_attach_and_detach(cluster: Cluster, gateway: ScriptedGateway, as_bob: APIClient) -> None:
    assert as_bob.post("/api/v1/clusters/", {"name": "x", "url": "unix:///x.sock"}).status_code == 403
    assert as_bob.delete("/api/v1/clusters/local/").status_code == 403
    assert (gateway.asked, Cluster.objects.count()) == ([], 1)


def test_others_see_a_cluster_without_its_address(cluster: Cluster, as_bob: APIClient, as_root: APIClient) -> None:
    Cluster.objects.update(error="dial unix /run/docker.sock: no such file", state=ClusterState.UNREACHABLE)

    (mine,), (full,) = _get(as_bob, "/clusters/")["results"], _get(as_root, "/clusters/")["results"]

    assert (mine["url"], mine["error"], mine["capabilities"]) == ("", "", {"delete": False})
    assert (full["url"], full["capabilities"]) == ("unix:///run/docker.sock", {"delete": True})
    assert "does not answer" in mine["advice"]


def test_detaching_takes_our_labels_from_the_nodes(cluster: Cluster, gateway: ScriptedGateway, as_root: APIClient) -> None:
    ours = f"com.docker.ucp.collection.{cluster.id}"
    spec = {"Role": "manager", "Availability": "active", "Labels": {ours: "true", "zone": "a"}}
    gateway.answer("GET", "/nodes", 200, [{"ID": "n1", "Version": {"Index": 3}, "Spec": spec}])
    gateway.answer("POST", "/nodes/n1/update", 200)

    assert as_root.delete("/api/v1/clusters/local/").status_code == 204
    assert (gateway.asked[-1].target, gateway.asked[-1].body) == (
        "/nodes/n1/update?version=3",
        {**spec, "Labels": {"zone": "a"}},
    )
    assert not Cluster.objects.exists()


def test_a_cluster_that_is_down_can_be_detached(cluster: Cluster, as_root: APIClient) -> None:
    assert as_root.delete("/api/v1/clusters/local/").status_code == 204
    assert not Cluster.objects.exists()


@pytest.mark.parametrize(
    ("facts", "is_the_same"),
    [({}, True), ({"engine_id": "another manager of it"}, True), ({"swarm_id": "another"}, False), ({"swarm_id": ""}, False)],
)
def test_a_swarm_that_was_detached_is_the_same_when_it_is_attached_again(
    gateway: ScriptedGateway, as_root: APIClient, facts: dict[str, str], is_the_same: bool
) -> None:
    """What is on it is then where it was, whatever collections the labels on it name by now."""
    gateway.answer("GET", "/nodes", 200, [])
    gateway.answer("POST", "/quarterdeck/probe", 200, FACTS)
    gateway.answer("POST", "/quarterdeck/probe", 200, FACTS | facts)
    first = as_root.post("/api/v1/clusters/", {"name": "prod", "url": "unix:///one.sock"}).json()
    as_root.delete("/api/v1/clusters/prod/")
    again = as_root.post("/api/v1/clusters/", {"name": "again", "url": "unix:///two.sock"}).json()
    assert (again["id"] == first["id"]) is is_the_same
    as_root.delete("/api/v1/clusters/again/")
    assert FormerCluster.objects.filter(id=again["id"]).exists()


def test_engines_of_which_nothing_is_known_are_not_the_same(gateway: ScriptedGateway, as_root: APIClient) -> None:
    for _ in range(2):
        gateway.answer("POST", "/quarterdeck/probe", 200, FACTS | {"swarm_id": "", "engine_id": "", "is_manager": False})
        assert as_root.post("/api/v1/clusters/", {"name": "prod", "url": "unix:///one.sock"}).status_code == 201
        as_root.delete("/api/v1/clusters/prod/")
    assert FormerCluster.objects.count() == 2
