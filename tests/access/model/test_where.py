"""Where: collections, grants on them, and what everybody starts with."""

from __future__ import annotations

import datetime

import pytest
from rest_framework.test import APIClient

from apps.access import services
from apps.access.models import Collection, Grant, Placement
from apps.access.rules.repositories import Repositories
from apps.access.selectors.policy import store
from apps.access.types import AdoptableObject, ObjectKind
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.core import clock
from tests.access.model.conftest import Model
from tests.support.accounts import SYSTEM, actor_of


def paths() -> set[str]:
    return set(Collection.objects.values_list("path", flat=True))


def test_collections_form_a_tree_and_a_grant_on_one_covers_its_descendants(model: Model, bob: User) -> None:
    for path in ("/Shared/payments", "/Shared/payments/eu", "/Shared/payments/eu/prod", "/Shared/other"):
        model.collection(path)
    model.grant("user:bob", "View Only", "/Shared/payments")
    seen = {path for path in paths() if model.may(bob, "Service View", path)}
    assert seen == {"/Shared/payments", "/Shared/payments/eu", "/Shared/payments/eu/prod", "/Shared/Private/bob"}


def test_the_default_tree_has_a_place_for_the_system_for_workers_and_for_each_user(model: Model) -> None:
    assert paths() == {"/", "/System", "/Shared", "/Shared/Private"}
    model.user("bob")
    assert "/Shared/Private/bob" in paths()


def test_managers_are_in_system_and_workers_in_shared(model: Model) -> None:
    nodes = [AdoptableObject(ObjectKind.NODE, role, role=role) for role in ("manager", "worker")]
    services.adopt(cluster_id=model.id_of("/"), objects=nodes)
    placed = Placement.objects.values_list("object_id", "collection__path")
    assert dict(placed) == {"manager": "/System", "worker": "/Shared"}


def test_while_a_swarm_has_no_worker_its_managers_are_in_shared_and_when_one_joins_nothing_moves_by_itself(
    model: Model,
) -> None:
    manager, worker = (AdoptableObject(ObjectKind.NODE, role, role=role) for role in ("manager", "worker"))
    services.adopt(cluster_id=model.id_of("/"), objects=[manager])
    services.adopt(cluster_id=model.id_of("/"), objects=[manager, worker])
    assert set(Placement.objects.values_list("object_id", "collection__path")) == {
        ("manager", "/Shared"),
        ("worker", "/Shared"),
    }


def test_collections_are_of_any_depth(model: Model, bob: User) -> None:
    path = ""
    for _ in range(100):
        path += "/x"
        model.collection(path)
    model.grant("user:bob", "View Only", "/x")
    assert model.may(bob, "Service View", path)


def test_collections_can_be_renamed_and_moved_and_grants_follow(model: Model, bob: User) -> None:
    collection = model.collection("/Shared/payments")
    model.collection("/Finance")
    model.grant("user:bob", "View Only", "/Shared/payments")
    for path in ("/Shared/money", "/Finance/money"):
        services.update_collection(actor=SYSTEM, collection=Collection.objects.get(id=collection.id), path=path)
        assert model.may(bob, "Service View", path)
        assert path in str([grant.path for grant in Grant.objects.filter(user=bob)])
    assert not model.may(bob, "Service View", "/Shared")


@pytest.mark.parametrize("subject", ["user:bob", "team:acme/payments", "organization:acme"])
def test_a_grant_is_a_subject_a_role_and_a_resource_set(model: Model, bob: User, subject: str) -> None:
    model.team(model.organization("acme"), "payments", bob)
    model.grant(subject, "View Only", "/Shared")
    assert model.may(bob, "Service View", "/Shared")
    assert not model.may(bob, "Service Create", "/Shared")


def test_a_grant_to_a_service_account_is_its_own(model: Model, bob: User) -> None:
    acme = model.organization("acme", members=[bob])
    machine = accounts.create_service_account(actor=SYSTEM, organization=acme, name="ci")
    model.grant("service-account:acme/ci", "View Only", "/Shared")
    assert model.may(machine, "Service View", "/Shared")
    assert not model.may(bob, "Service View", "/Shared")


def test_a_grant_lasts_until_its_time_if_it_has_one(model: Model, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = clock.now() + datetime.timedelta(minutes=5)
    model.grant("user:bob", "View Only", "/Shared", until=ends)
    assert model.may(bob, "Service View", "/Shared")
    monkeypatch.setattr(clock, "now", lambda: ends)
    assert not model.may(bob, "Service View", "/Shared")


def test_there_is_no_deny_and_permissions_add_up(model: Model, bob: User) -> None:
    model.grant("user:bob", "View Only", "/Shared")
    model.grant("user:bob", "None", "/Shared")
    model.team(model.organization("acme"), "payments", bob)
    model.grant("team:acme/payments", model.role("Removing", "Service Delete"), "/Shared")
    assert model.may(bob, "Service View", "/Shared")
    assert model.may(bob, "Service Delete", "/Shared")


def test_a_user_starts_with_restricted_control_on_the_own_private_collection_scheduler_on_shared_and_nothing_else(
    model: Model, bob: User
) -> None:
    store.refresh()
    held = [(str(grant.user or grant.organization), grant.role.name, grant.path) for grant in Grant.objects.all()]
    assert set(held) == {("bob", "Restricted Control", "/Shared/Private/bob"), ("everyone", "Scheduler", "/Shared")}
    assert {path for path, _ in store.current.what_may(actor_of(bob))} == {"/Shared", "/Shared/Private/bob"}


def test_the_grant_on_shared_stays_away_when_the_administrator_takes_it_away(model: Model, bob: User) -> None:
    services.delete_grant(actor=SYSTEM, grant=Grant.objects.get(organization__name="everyone"))
    services.ensure_builtin_roles_and_collections()
    assert not model.may(bob, "Node Schedule", "/Shared")
    assert not Grant.objects.filter(organization__name="everyone").exists()


@pytest.mark.parametrize(("registry", "covered"), [("acme/*", {"web", "shop"}), ("acme/web", {"web"})])
def test_a_resource_set_is_a_registry_namespace_or_one_repository(
    model: Model, bob: User, registry: str, covered: set[str]
) -> None:
    model.organization("acme")
    services.create_grant(actor=SYSTEM, subject="user:bob", role="Registry Read", registry=registry)
    store.refresh()
    asked = {name: Repositories("acme", name) for name in ("web", "shop")}
    may = {
        name for name, each in asked.items() if store.current.decide_in_registry(actor_of(bob), "Repository Pull", each).allowed
    }
    assert may == covered


@pytest.mark.parametrize("resource", ["kubernetes:prod/default", "kubernetes:prod/*"])
def test_no_kubernetes_cluster_can_be_attached_yet_and_a_grant_on_one_says_so(
    as_root: APIClient, bob: User, resource: str
) -> None:
    before = Grant.objects.count()
    answer = as_root.post("/api/v1/grants/", {"subject": "user:bob", "role": "View Only", "resource": resource})
    assert answer.status_code == 400
    assert "none can be attached yet" in answer.json()["errors"]["resource"][0]
    assert Grant.objects.count() == before
