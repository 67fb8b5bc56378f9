"""Deciding: one question, one answer with its reasons, and what does not exist for somebody."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.access import services
from apps.access.selectors.policy import store
from apps.access.types import AdoptableObject, ObjectKind
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core import authorization
from apps.core.authorization import Target
from apps.core.errors import Refused
from tests.access.model.conftest import Model
from tests.support.accounts import actor_of, client_of
from tests.support.engine import IMAGE, Engine
from tests.support.installation import IN_PAYMENTS, LABEL, PAYMENTS, Installation
from tests.support.product import Bundle


def test_authorize_tells_whether_and_through_which_grants(model: Model, bob: User) -> None:
    model.grant("user:bob", "View Only", "/Shared")
    decision = authorization.authorize(actor_of(bob), "Service View", Target(model.id_of("/Shared"), "/Shared"))
    assert decision.allowed
    assert decision.because == ("user bob has View Only on /Shared",)


def test_authorize_tells_the_operation_the_collection_and_the_options_that_are_missing(model: Model, bob: User) -> None:
    model.grant("user:bob", "Restricted Control", "/Shared")
    with pytest.raises(Refused) as refused:
        authorization.authorize(
            actor_of(bob), "Service Create", Target(model.id_of("/Shared"), "/Shared"), ("Host Bind Mounts",)
        )
    assert refused.value.detail == "bob may not do this: Service Create with Host Bind Mounts is missing on /Shared"


def test_everything_that_refuses_prints_that_sentence_and_so_does_the_audit_log(
    model: Model, bob: User, as_bob: APIClient, as_root: APIClient
) -> None:
    asked = {"subject": "user:bob", "operation": "Audit View", "target": "collection:/"}
    explained = as_root.get("/api/v1/access/explain", asked).json()
    refused = as_bob.get("/api/v1/audit/").json()
    assert refused["detail"] == explained["sentence"] == "bob may not do this: Audit View is missing on /"
    answer = as_bob.post("/api/v1/roles/", {"name": "x", "operations": {}})
    assert Entry.objects.get(outcome="refused", operation="Role Create").reason == answer.json()["detail"]


@pytest.mark.engine
@pytest.mark.product
def test_the_docker_gateway_the_rest_api_and_the_explorer_give_the_same_answer_in_the_same_words(
    installation: Installation, unique: str
) -> None:
    installation.bob.docker("run", "-d", "--name", unique, *IN_PAYMENTS, IMAGE, "sleep", "1000")
    target = f"collection:{PAYMENTS}"
    explained = installation.bob_rest.get("/access/explain", subject="user:bob", operation="Container Exec", target=target)
    sentence = explained["sentence"]
    assert sentence == f"bob may not do this: Container Exec is missing on {PAYMENTS}"
    assert sentence in installation.bob.docker("exec", unique, "true", check=False).stderr
    assert sentence in [entry["reason"] for entry in installation.audit()]


@pytest.mark.engine
@pytest.mark.product
def test_what_one_may_not_view_does_not_exist_and_what_one_may_not_do_is_forbidden_with_the_sentence(
    installation: Installation, unique: str, swarm: Engine
) -> None:
    installation.bob.docker("run", "-d", "--name", unique, *IN_PAYMENTS, IMAGE, "sleep", "1000")
    hidden, missing = (
        installation.eve.docker("rm", "-f", name, check=False).stderr.replace(name, "X") for name in (unique, "qdnosuch")
    )
    assert hidden == missing
    assert unique not in installation.eve.docker("ps", "-a").stdout
    assert installation.eve.docker("info", "--format", "{{.Containers}}").stdout == "0\n"
    assert "Container Exec is missing" in installation.bob.docker("exec", unique, "true", check=False).stderr
    assert unique in swarm.docker("ps").stdout


def test_what_one_may_not_view_is_absent_from_lists_counts_and_search(
    model: Model, bob: User, as_bob: APIClient, as_root: APIClient
) -> None:
    collection = model.collection("/Shared/payments")
    services.adopt(
        cluster_id=collection.id, objects=[AdoptableObject(ObjectKind.SECRET, "s1", "the-secret", label="/Shared/payments")]
    )
    path = f"/api/v1/collections/{collection.id}"
    assert as_root.get(f"{path}/objects/").json()["count"] == 1
    assert as_bob.get(f"{path}/objects/").json()["count"] == 0
    assert "the-secret" not in json.dumps(as_bob.get(f"{path}/").json())
    hidden = model.collection("/Hidden")
    assert as_bob.get("/api/v1/collections/", {"search": "Hid"}).json()["count"] == 0
    assert as_bob.get(f"/api/v1/collections/{hidden.id}/").status_code == 404


@pytest.fixture
def without_everyones_grant(installation: Installation) -> Iterator[None]:
    """Nobody holds Scheduler on /Shared by default, Node View with it."""
    (everybody,) = installation.admin.get("/grants/", subject="organization:everyone")["results"]
    installation.admin.delete(f"/grants/{everybody['id']}/")
    time.sleep(1)
    yield
    installation.admin.post("/grants/", {name: everybody[name] for name in ("subject", "role", "resource")})


def shows_reduced(bundle: Bundle, node: str) -> bool:
    shown = json.loads(bundle.docker("node", "inspect", node).stdout)[0]
    assert (shown["ID"], shown["Spec"]["Role"], shown["Status"]["State"]) == (node, "manager", "ready")
    assert shown["Description"]["Hostname"]
    hidden = (shown["Spec"].get("Labels"), shown["Status"].get("Addr"), shown["Description"].get("Engine"))
    return not any(hidden) and node in bundle.docker("node", "ls", "--format", "{{.ID}}").stdout


@pytest.mark.engine
@pytest.mark.product
def test_a_node_on_which_one_may_schedule_is_listed_in_reduced_form(
    installation: Installation, swarm: Engine, without_everyones_grant: None, unique: str
) -> None:
    node = swarm.docker("node", "ls", "-q").stdout.strip()
    installation.admin.post("/roles/", {"name": unique, "operations": {"Node Schedule": []}})
    assert installation.eve.docker("node", "ls", "-q").stdout == ""
    with installation.granted(unique, "/Shared", "user:eve"):
        assert shows_reduced(installation.eve, node)
    installation.admin.delete(f"/roles/{unique}/")


@pytest.mark.engine
@pytest.mark.product
def test_a_node_that_runs_something_one_may_view_is_listed_in_reduced_form(
    installation: Installation, swarm: Engine, without_everyones_grant: None, unique: str
) -> None:
    node = swarm.docker("node", "ls", "-q").stdout.strip()
    assert installation.bob.docker("node", "ls", "-q").stdout == ""
    label = ("--label", f"{LABEL}={PAYMENTS}")
    installation.root.docker("service", "create", "--name", unique, *label, IMAGE, "sleep", "1000")
    assert shows_reduced(installation.bob, node)
    assert installation.eve.docker("node", "ls", "-q").stdout == ""


def test_deciding_asks_no_database(model: Model, bob: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    model.grant("user:bob", "Restricted Control", "/Shared")
    actor, shared = actor_of(bob), model.id_of("/Shared")
    with django_assert_num_queries(0):
        assert store.current.may(actor, "Service Create", shared)
        assert store.current.decide(actor, "Service Create", shared).allowed
        assert store.current.scheduling_root(actor, shared) == shared


def test_the_explorer_tells_whether_somebody_may_and_through_what(model: Model, bob: User, as_bob: APIClient) -> None:
    model.grant("user:bob", "View Only", "/Shared")
    asked = {"subject": "user:bob", "operation": "Service View", "target": "collection:/Shared"}
    answer = as_bob.get("/api/v1/access/explain", asked).json()
    assert answer["allowed"]
    assert answer["because"] == ["user bob has View Only on /Shared"]


def test_the_explorer_tells_who_can(model: Model, bob: User, as_root: APIClient) -> None:
    model.grant("user:bob", "View Only", "/Shared")
    asked = {"operation": "Service View", "target": "collection:/Shared"}
    assert [row["subject"] for row in as_root.get("/api/v1/access/who-can", asked).json()["results"]] == ["bob", "root"]


def test_the_explorer_tells_what_somebody_can(model: Model, bob: User, as_bob: APIClient) -> None:
    model.grant("user:bob", "View Only", "/Shared")
    rows = as_bob.get("/api/v1/access/what-can", {"subject": "user:bob"}).json()["results"]
    assert {row["collection"] for row in rows} == {"/Shared", "/Shared/Private/bob"}


def test_administrators_and_auditors_ask_about_everybody_and_others_about_themselves(
    model: Model, bob: User, as_bob: APIClient
) -> None:
    model.user("alice")
    auditor = model.user("auditor")
    model.grant("user:auditor", "Auditor", "/")
    asked = {"subject": "user:alice", "operation": "Service View", "target": "collection:/Shared"}
    assert client_of(auditor).get("/api/v1/access/explain", asked).status_code == 200
    assert as_bob.get("/api/v1/access/explain", asked).status_code == 404
