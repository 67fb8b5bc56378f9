from __future__ import annotations

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.access import services as access
from apps.access.models import Collection, Grant, Placement
from apps.accounts import services
from apps.accounts.models import Organization, Team, User
from apps.audit.models import Entry
from apps.certificates.services import create_bundle, ensure_authorities
from tests.support.accounts import SYSTEM, actor_of, client_of, make_organization, make_user

USERS = "/api/v1/users/"
ACME = "/api/v1/organizations/acme/"
BOBS = "/Shared/Private/bob"


def place(path: str, owner: User, name: str = "web") -> Placement:
    collection = Collection.objects.get(path=path)
    return Placement.objects.create(
        cluster_id=uuid.uuid4(),
        kind="service",
        object_id=uuid.uuid4().hex,
        name=name,
        collection=collection,
        owner_id=owner.id,
        owner_name=owner.username,
    )


def effects(client: APIClient, path: str) -> dict[str, dict[str, Any]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return {effect["what"]: effect for effect in answer.json()["effects"]}


@pytest.fixture
def busy_bob(bob: User, alice: User) -> User:
    """Bob has something of everything."""
    acme = make_organization("acme", members=(bob,))
    team = services.create_team(actor=SYSTEM, organization=acme, name="payments")
    services.set_team_member(actor=SYSTEM, team=team, user=bob)
    access.create_grant(actor=SYSTEM, subject="user:bob", role="View Only", collection="/Shared")
    ensure_authorities()
    create_bundle(actor=actor_of(bob), user=bob, name="laptop")
    client_of(bob)
    place(BOBS, bob)
    place("/Shared", bob, "elsewhere")
    return bob


def test_the_preview_of_a_deletion_tells_everything_that_is_lost(as_root: APIClient, busy_bob: User) -> None:
    told = effects(as_root, USERS + "bob/deletion")
    assert {what: effect["count"] for what, effect in told.items()} == {
        "organization memberships": 1,
        "team memberships": 1,
        "sessions": 1,
        "grants": 2,
        "private collection": 1,
        "objects in the private collection": 1,
        "owned objects": 2,
        "client bundles": 1,
    }
    assert told["grants"]["names"] == ["View Only on /Shared", f"Restricted Control on {BOBS}"]
    assert told["team memberships"]["names"] == ["acme/payments"]
    assert told["client bundles"]["names"] == ["bob: laptop"]
    assert told["private collection"]["outcome"] == "it is set aside as /Shared/Private/Formerly bob"
    assert told["owned objects"]["outcome"] == "they stay where they are, and nobody owns them any more"


def test_a_preview_changes_nothing(as_root: APIClient, busy_bob: User) -> None:
    before = Entry.objects.count()
    effects(as_root, USERS + "bob/deletion?inherit_to=alice")
    assert Entry.objects.count() == before
    assert User.objects.filter(username="bob").exists()
    assert busy_bob.bundles.count() == busy_bob.sessions.count() == 1


def test_what_the_preview_says_is_what_happens_without_an_heir(as_root: APIClient, busy_bob: User) -> None:
    assert as_root.delete(USERS + "bob/").status_code == 204
    assert Collection.objects.filter(path="/Shared/Private/Formerly bob").exists()
    assert not Grant.objects.filter(user_id=busy_bob.id).exists()


def test_the_heir_gets_the_private_collection_and_the_objects(as_root: APIClient, busy_bob: User, alice: User) -> None:
    collection = Collection.objects.get(path=BOBS)
    told = effects(as_root, USERS + "bob/deletion?inherit_to=alice")
    assert told["private collection"]["outcome"] == "it moves to /Shared/Private/alice/bob"
    assert told["owned objects"]["outcome"] == "they stay where they are, and alice owns them"
    assert as_root.delete(USERS + "bob/?inherit_to=alice").status_code == 204
    collection.refresh_from_db()
    assert collection.path == "/Shared/Private/alice/bob"
    assert set(Placement.objects.values_list("owner_id", "owner_name")) == {(alice.id, "alice")}
    assert Entry.objects.get(operation="User Delete").detail == {"inherited_by": "alice"}
    assert client_of(alice).get(f"/api/v1/collections/{collection.id}/objects/").json()["count"] == 1


def test_an_empty_private_collection_is_deleted_with_or_without_an_heir(as_root: APIClient, bob: User, alice: User) -> None:
    told = effects(as_root, USERS + "bob/deletion?inherit_to=alice")
    assert told["private collection"]["outcome"] == "it is deleted, because it is empty"
    assert as_root.delete(USERS + "bob/?inherit_to=alice").status_code == 204
    assert not Collection.objects.filter(path__in=[BOBS, "/Shared/Private/alice/bob"]).exists()


def test_what_a_namesake_left_before_is_not_mixed_with_what_comes(as_root: APIClient, bob: User, alice: User) -> None:
    for _ in range(2):
        user = User.objects.filter(username="bob").first() or make_user("bob")
        place(BOBS, user)
        assert as_root.delete(USERS + "bob/?inherit_to=alice").status_code == 204
    below = Collection.objects.filter(path__startswith="/Shared/Private/alice/").values_list("path", flat=True)
    assert set(below) == {"/Shared/Private/alice/bob", "/Shared/Private/alice/bob 2"}


@pytest.mark.parametrize("heir", ["nobody", "bob", "sleeper", "acme", "acme/ci"])
def test_only_another_active_person_inherits_from_a_person(as_root: APIClient, busy_bob: User, heir: str) -> None:
    make_user("sleeper", is_active=False)
    services.create_service_account(actor=SYSTEM, organization=Organization.objects.get(name="acme"), name="ci")
    for answer in (
        as_root.get(USERS + f"bob/deletion?inherit_to={heir}"),
        as_root.delete(USERS + f"bob/?inherit_to={heir}"),
    ):
        assert (answer.status_code, set(answer.json()["errors"])) == (400, {"inherit_to"})
    assert User.objects.filter(username="bob").exists()


def test_an_heir_without_a_private_collection_cannot_take_one_over(as_root: APIClient, busy_bob: User, alice: User) -> None:
    collection = Collection.objects.get(path="/Shared/Private/alice")
    as_root.patch(f"/api/v1/collections/{collection.id}/", {"path": "/Shared/alices"})
    assert as_root.delete(USERS + "bob/?inherit_to=alice").status_code == 409
    assert User.objects.filter(username="bob").exists()
    assert Collection.objects.filter(path=BOBS).exists()


def test_whoever_deletes_nobody_learns_no_names(as_bob: APIClient, alice: User) -> None:
    for heir in ("alice", "nobody"):
        answers = [as_bob.get(USERS + f"bob/deletion?inherit_to={heir}"), as_bob.delete(USERS + f"bob/?inherit_to={heir}")]
        assert [answer.status_code for answer in answers] == [403, 403]
        assert "alice" not in answers[0].json()["detail"]
    assert as_bob.get(USERS + "bob/deletion").status_code == 403
    assert as_bob.get(USERS + "bob/deactivation").status_code == 403
    assert as_bob.get(USERS + "alice/deletion").status_code == 404


def test_a_deactivation_ends_sessions_and_keeps_the_rest_for_a_return(as_root: APIClient, busy_bob: User) -> None:
    told = effects(as_root, USERS + "bob/deactivation")
    assert told["sessions"]["outcome"] == "they end at once"
    assert told["grants"]["outcome"] == "they stay, and count again when the account is active again"
    assert told["client bundles"]["outcome"] == "they sign nobody in until the account is active again"
    assert told["private collection"]["outcome"] == "it stays as it is"
    as_root.patch(USERS + "bob/", {"is_active": False})
    assert not busy_bob.sessions.exists()
    assert busy_bob.bundles.count() == 1
    assert Grant.objects.filter(user=busy_bob).count() == 2


def test_the_preview_says_that_the_last_administrator_stays(as_root: APIClient, bob: User) -> None:
    assert as_root.get(USERS + "root/deletion").json()["refused"] == "root is the last active administrator"
    assert as_root.get(USERS + "root/deactivation").json()["refused"] == "root is the last active administrator"
    assert as_root.get(USERS + "bob/deletion").json()["refused"] == ""


def test_an_organisations_end_is_told_with_teams_and_service_accounts(as_root: APIClient, busy_bob: User, alice: User) -> None:
    acme = Organization.objects.get(name="acme")
    ci = services.create_service_account(actor=SYSTEM, organization=acme, name="ci")
    create_bundle(actor=SYSTEM, user=ci, name="runner")
    place("/Shared", ci)
    for subject in ("organization:acme", "team:acme/payments", "service-account:acme/ci"):
        access.create_grant(actor=SYSTEM, subject=subject, role="View Only", collection="/Shared")
    told = effects(as_root, ACME + "deletion?inherit_to=alice")
    assert {what: effect["count"] for what, effect in told.items()} == {
        "memberships": 1,
        "teams": 1,
        "service accounts": 1,
        "grants": 3,
        "owned objects": 1,
        "client bundles": 1,
    }
    assert as_root.delete(ACME + "?inherit_to=alice").status_code == 204
    assert not Grant.objects.filter(role__name="View Only").exclude(user=busy_bob).exists()
    assert Placement.objects.filter(owner_id=alice.id, owner_name="alice").count() == 1
    assert as_root.get("/api/v1/organizations/everyone/deletion").json()["refused"] == "everyone is built in"


def test_a_teams_end_is_told_to_whoever_may_end_it(busy_bob: User, alice: User) -> None:
    services.set_member(actor=SYSTEM, organization=Organization.objects.get(name="acme"), user=alice, is_admin=True)
    access.create_grant(actor=SYSTEM, subject="team:acme/payments", role="View Only", collection="/Shared")
    told = effects(client_of(alice), ACME + "teams/payments/deletion")
    assert {what: effect["names"] for what, effect in told.items()} == {
        "memberships": ["bob"],
        "grants": ["View Only on /Shared"],
    }
    assert client_of(busy_bob).get(ACME + "teams/payments/deletion").status_code == 403
    assert Team.objects.count() == 1


def test_a_service_accounts_objects_go_to_a_colleague(busy_bob: User, alice: User) -> None:
    acme = Organization.objects.get(name="acme")
    services.set_member(actor=SYSTEM, organization=acme, user=busy_bob, is_admin=True)
    ci, cd = (services.create_service_account(actor=SYSTEM, organization=acme, name=name) for name in ("ci", "cd"))
    placement = place("/Shared", ci)
    client = client_of(busy_bob)
    told = effects(client, ACME + "service-accounts/ci/deletion?inherit_to=acme/cd")
    assert told["owned objects"]["outcome"] == "they stay where they are, and acme/cd owns them"
    for stranger in ("alice", "nobody", "acme/ci"):
        answer = client.delete(ACME + f"service-accounts/ci/?inherit_to={stranger}")
        assert (answer.status_code, set(answer.json()["errors"])) == (400, {"inherit_to"})
    assert client.delete(ACME + "service-accounts/ci/?inherit_to=acme/cd").status_code == 204
    placement.refresh_from_db()
    assert (placement.owner_id, placement.owner_name) == (cd.id, "acme/cd")
