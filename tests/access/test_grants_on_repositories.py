"""A grant is on a collection, on a namespace of the registry (`acme/*`) or on one repository (`acme/web`)."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.access import services
from apps.access.models import Grant, RegistryScope
from apps.access.rules.repositories import Repositories, repositories
from apps.access.selectors.policy import store
from apps.accounts import services as accounts
from apps.accounts.models import Organization, User
from apps.audit.models import Entry
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, Refused
from tests.support.accounts import SYSTEM, actor_of, client_of, make_organization, make_user

GRANTS = "/api/v1/grants/"
WEB, SHOP, ALL = Repositories("acme", "web"), Repositories("acme", "shop"), Repositories("acme")


@pytest.fixture
def acme() -> Organization:
    return make_organization("acme")


def give(registry: str, *, subject: str = "user:bob", role: str = "Registry Write", **more: Any) -> Grant:
    grant, _ = services.create_grant(actor=SYSTEM, subject=subject, role=role, registry=registry, **more)
    store.refresh()
    return grant


def may(user: User, operation: str, where: Repositories) -> bool:
    store.refresh()
    return store.current.decide_in_registry(actor_of(user), operation, where).allowed


def test_a_grant_on_a_namespace_covers_its_repositories_and_nothing_else(acme: Organization, bob: User) -> None:
    make_organization("globex")
    give("acme/*")
    assert may(bob, "Repository Push", WEB)
    assert may(bob, "Repository Push", ALL)
    assert not may(bob, "Repository Manage", WEB)
    assert not may(bob, "Repository Push", Repositories("globex", "web"))
    assert not store.current.may(actor_of(bob), "Repository Push", store.current.root_id)


def test_a_grant_on_a_repository_covers_only_it(acme: Organization, bob: User) -> None:
    give("acme/web")
    assert may(bob, "Repository Pull", WEB)
    assert not may(bob, "Repository Pull", SHOP)
    assert not may(bob, "Repository Pull", ALL)


def test_the_namespace_of_a_user_is_granted_like_that_of_an_organization(bob: User) -> None:
    alice = make_user("alice")
    give("alice/*", subject="user:bob")
    assert may(bob, "Repository Pull", Repositories("alice", "site"))
    assert not may(alice, "Repository Pull", Repositories("alice", "site"))


def test_what_is_held_on_the_root_is_held_in_the_registry(acme: Organization, bob: User) -> None:
    services.create_grant(actor=SYSTEM, subject="user:bob", role="Auditor", collection="/")
    assert may(bob, "Repository View", WEB)
    assert not may(bob, "Repository Pull", WEB)


def test_other_operations_count_for_nothing_in_the_registry(acme: Organization, bob: User) -> None:
    services.create_role(
        actor=SYSTEM, name="Both", operations={"Image View": [], "Service View": [], "Repository Pull": [], "Audit View": []}
    )
    give("acme/*", role="Both")
    assert may(bob, "Repository Pull", WEB)
    assert not may(bob, "Service View", WEB)
    assert not may(bob, "Audit View", WEB)
    Grant.objects.filter(user=bob, collection__isnull=False).delete()
    store.forget()
    store.refresh()
    assert not store.current.holds_anywhere(actor_of(bob), "Image View").allowed


def test_operations_on_repositories_count_for_nothing_in_a_collection(bob: User) -> None:
    services.create_grant(actor=SYSTEM, subject="user:bob", role="Registry Admin", collection="/Shared")
    store.refresh()
    shared = store.current.by_path("/Shared")
    assert not store.current.may(actor_of(bob), "Repository View", shared)
    assert not may(bob, "Repository View", Repositories("bob", "web"))


def test_a_grant_on_repositories_makes_no_collection_visible_and_is_none(acme: Organization, bob: User) -> None:
    def seen() -> set[str]:
        policy = store.current
        return {policy.path_of(id_) for id_ in policy.collection_ids() if policy.is_visible(actor_of(bob), id_)}

    store.refresh()
    before = seen()
    give("acme/*")
    assert seen() == before
    assert store.current.by_path("registry:acme/*") is None


def test_the_decision_names_the_repository_and_the_grant(acme: Organization, bob: User) -> None:
    give("acme/*")
    allowed = store.current.decide_in_registry(actor_of(bob), "Repository Push", WEB)
    assert allowed.sentence == "user bob has Registry Write on registry:acme/*"
    refused = store.current.decide_in_registry(actor_of(bob), "Repository Manage", WEB)
    assert refused.sentence == "bob may not do this: Repository Manage is missing on registry:acme/web"


def test_it_ends_on_time(acme: Organization, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    end = clock.now() + datetime.timedelta(hours=1)
    give("acme/*", expires_at=end)
    assert may(bob, "Repository Push", WEB)
    monkeypatch.setattr(clock, "now", lambda: end)
    assert not may(bob, "Repository Push", WEB)


def test_the_same_grant_again_is_the_same(acme: Organization, as_root: APIClient, bob: User) -> None:
    body = {"subject": "user:bob", "role": "Registry Read", "resource": "registry:acme/web"}
    first, second = as_root.post(GRANTS, body), as_root.post(GRANTS, body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert second.json()["resource"] == "registry:acme/web"
    assert RegistryScope.objects.count() == 2
    entry = Entry.objects.get(operation="Grant Create", target_id=first.json()["id"])
    assert entry.target_name == "user:bob has Registry Read on registry:acme/web"


@pytest.mark.parametrize(
    ("resource", "role", "field", "words"),
    [
        ("registry:", "Registry Read", "resource", "must be collection:/PATH, registry:NAMESPACE/"),
        ("registry:acme", "Registry Read", "resource", "must be registry:NAMESPACE/"),
        ("registry:/web", "Registry Read", "resource", "must be registry:NAMESPACE/"),
        ("registry:acme/", "Registry Read", "resource", "lower-case"),
        ("registry:acme/Web", "Registry Read", "resource", "lower-case"),
        ("registry:acme/../x", "Registry Read", "resource", "lower-case"),
        ("registry:acme/web/*", "Registry Read", "resource", "lower-case"),
        ("registry:acme/w\u0435b", "Registry Read", "resource", "lower-case"),
        ("registry:*/*", "Registry Read", "resource", "may not contain"),
        ("registry:ac me/*", "Registry Read", "resource", "may not contain"),
        (f"registry:acme/{'x' * 129}", "Registry Read", "resource", "128"),
        ("registry:nobody/*", "Registry Read", "resource", "no namespace 'nobody'"),
        ("registry:everyone/*", "Registry Read", "resource", "no namespace 'everyone'"),
        ("registry:acme/*", "View Only", "role", "would give nothing on registry:acme/*"),
        ("registry:acme/*", "None", "role", "would give nothing"),
        ("kubernetes:production/default", "View Only", "resource", "no Kubernetes cluster 'production'"),
        ("volume:acme/*", "View Only", "resource", "must be collection:/PATH"),
    ],
)
def test_a_wrong_one_names_the_field_and_leaves_nothing(
    acme: Organization, bob: User, as_root: APIClient, resource: str, role: str, field: str, words: str
) -> None:
    before = Grant.objects.count()
    answer = as_root.post(GRANTS, {"subject": "user:bob", "role": role, "resource": resource})
    assert answer.status_code == 400, answer.content
    assert list(answer.json()["errors"]) == [field]
    assert words in answer.json()["errors"][field][0]
    assert (Grant.objects.count(), RegistryScope.objects.count()) == (before, 0)


def test_names_have_one_spelling() -> None:
    assert repositories("ACME/web", field="resource") == WEB
    assert repositories("acme/a__b--c.d", field="resource").repository == "a__b--c.d"


def test_grants_follow_the_name_of_the_namespace(acme: Organization, bob: User, administrator: Actor) -> None:
    grant = give("acme/web")
    give("acme/*", role="Registry Read")
    accounts.update_organization(actor=administrator, organization=acme, name="globex")
    assert Grant.objects.get(id=grant.id).path == "registry:globex/web"
    assert may(bob, "Repository Push", Repositories("globex", "web"))
    assert may(bob, "Repository Pull", Repositories("globex", "shop"))
    assert not may(bob, "Repository Pull", WEB)


def test_they_go_with_the_namespace_which_says_so_before(
    acme: Organization, bob: User, administrator: Actor, as_root: APIClient
) -> None:
    give("acme/web")
    effects = as_root.get("/api/v1/organizations/acme/deletion").json()["effects"]
    [lost] = [effect for effect in effects if effect["what"] == "grants on its repositories"]
    assert (lost["count"], lost["names"]) == (1, ["Registry Write on registry:acme/web"])
    accounts.delete_organization(actor=administrator, organization=acme)
    assert not Grant.objects.filter(registry_scope__isnull=False).exists()
    assert not RegistryScope.objects.exists()
    assert not may(bob, "Repository Push", WEB)
    make_organization("acme")
    assert not may(bob, "Repository Push", WEB)


def test_they_go_with_the_user_whose_namespace_it_is(bob: User, administrator: Actor) -> None:
    alice = make_user("alice")
    give("alice/*", subject="user:bob")
    accounts.delete_user(actor=administrator, user=alice)
    assert not may(bob, "Repository Pull", Repositories("alice", "site"))
    assert not RegistryScope.objects.exists()


def test_who_administers_an_organization_grants_what_they_hold_there() -> None:
    head, alice = make_user("head"), make_user("alice")
    acme = make_organization("acme", admins=(head,), members=(alice,))
    team = accounts.create_team(actor=SYSTEM, organization=acme, name="payments")
    accounts.set_team_member(actor=SYSTEM, team=team, user=alice)
    make_organization("globex")
    give("acme/*", subject="user:head", role="Registry Write")
    services.create_grant(actor=actor_of(head), subject="team:acme/payments", role="Registry Read", registry="acme/web")
    assert may(alice, "Repository Pull", WEB)
    for role, registry in (("Registry Admin", "acme/web"), ("Registry Read", "globex/*"), ("Registry Read", "nobody/*")):
        with pytest.raises(Refused, match="one grants what one holds there"):
            services.create_grant(actor=actor_of(head), subject="team:acme/payments", role=role, registry=registry)
    assert RegistryScope.objects.count() == 2


def test_the_explorer_answers_for_repositories(acme: Organization, as_root: APIClient, bob: User) -> None:
    give("acme/*")
    asked = {"operation": "Repository Push", "target": "registry:acme/web"}
    told = as_root.get("/api/v1/access/explain", {"subject": "user:bob", **asked}).json()
    assert (told["allowed"], told["collection"]) == (True, "registry:acme/web")
    assert told["because"] == ["user bob has Registry Write on registry:acme/*"]
    who = as_root.get("/api/v1/access/who-can", asked).json()["results"]
    assert [row["subject"] for row in who] == ["bob", "root"]
    assert who[0]["because"] == told["because"]
    what = as_root.get("/api/v1/access/what-can", {"subject": "user:bob"}).json()["results"]
    [held] = [row["operations"] for row in what if row["collection"] == "registry:acme/*"]
    assert "Repository Push" in held
    wrong = as_root.get("/api/v1/access/who-can", {**asked, "target": "registry:acme"})
    assert list(wrong.json()["errors"]) == ["target"]
    wrong = as_root.get("/api/v1/access/who-can", {**asked, "operation": "Service Create"})
    assert wrong.json()["errors"] == {"operation": ["Service Create means nothing on registry:acme/web"]}


def test_nobody_learns_from_the_explorer_which_repositories_are_granted(acme: Organization, as_bob: APIClient) -> None:
    make_user("alice")
    give("acme/web", subject="user:alice")
    asked = {"subject": "user:bob", "operation": "Repository Pull"}
    granted, absent = (
        as_bob.get("/api/v1/access/explain", {**asked, "target": f"registry:{name}"}).content
        for name in ("acme/web", "nope/web")
    )
    assert granted.replace(b"acme", b"nope") == absent


def test_grants_are_found_by_what_they_are_on(acme: Organization, as_root: APIClient, bob: User) -> None:
    give("acme/web")
    give("acme/*", role="Registry Read")
    services.create_grant(actor=SYSTEM, subject="user:bob", role="Auditor", collection="/")

    def found(**query: str) -> list[tuple[str, str]]:
        rows = as_root.get(GRANTS, {"subject": "user:bob", **query}).json()["results"]
        return sorted((row["role"], row["resource"]) for row in rows)

    on_web, on_all = ("Registry Write", "registry:acme/web"), ("Registry Read", "registry:acme/*")
    assert found(registry="acme/web") == [on_web]
    assert found(registry="acme/*") == [on_all]
    assert found(registry="acme/web", inherited="1") == [("Auditor", "collection:/"), on_all, on_web]
    assert found(search="web") == [on_web]
    assert found(search="ACME") == [on_all, on_web]


def test_a_preview_says_who_would_gain_what_in_the_registry(acme: Organization, as_root: APIClient, bob: User) -> None:
    body = {"subject": "user:bob", "role": "Registry Read", "resource": "registry:acme/web"}
    effect = as_root.post(f"{GRANTS}?preview=1", body).json()
    assert [(shift["people"], shift["collections"]) for shift in effect["gained"]] == [(["bob"], ["registry:acme/web"])]
    assert effect["gained"][0]["operations"] == ["Repository Pull", "Repository View"]
    assert not RegistryScope.objects.exists()


def test_a_list_of_grants_of_both_kinds_takes_as_many_queries(
    acme: Organization, bob: User, django_assert_max_num_queries: Any
) -> None:
    client = client_of(make_user("another", is_admin=True))
    for name in ("web", "shop", "site"):
        give(f"acme/{name}")
    with django_assert_max_num_queries(8):
        rows = client.get(GRANTS, {"subject": "user:bob"}).json()["results"]
    assert len(rows) == 4


def test_the_arguments_are_either_of_both(acme: Organization, bob: User) -> None:
    with pytest.raises(InvalidInput):
        services.create_grant(actor=SYSTEM, subject="user:bob", role="Registry Read")
