from __future__ import annotations

import uuid

import pytest
from rest_framework.test import APIClient

from apps.access.models import Collection, Placement
from apps.access.selectors.policy import store
from apps.accounts import services
from apps.accounts.models import AccountName, Organization, User
from apps.audit.models import Entry
from apps.core import lifecycle
from apps.core.errors import Conflict
from tests.access.conftest import at_the_same_time
from tests.support.accounts import PASSWORD, SYSTEM, actor_of, anonymous_client, client_of, make_organization, make_user

USERS = "/api/v1/users/"
ORGANIZATIONS = "/api/v1/organizations/"


def login(username: str) -> int:
    return anonymous_client().post("/api/v1/auth/login", {"username": username, "password": PASSWORD}).status_code


def private_collection(username: str) -> Collection:
    return Collection.objects.get(path=f"/Shared/Private/{username}")


def test_a_renamed_user_signs_in_under_the_new_name_only(as_root: APIClient, bob: User) -> None:
    answer = as_root.patch(USERS + "bob/", {"username": "Robert"})
    assert (answer.status_code, answer.json()["username"]) == (200, "robert")
    assert (login("bob"), login("robert")) == (401, 200)
    assert as_root.get(USERS + "bob/").status_code == 404
    assert as_root.get(USERS + "robert/").json()["id"] == str(bob.id)


def test_a_session_outlives_the_name(as_root: APIClient, bob: User) -> None:
    client = client_of(bob)
    as_root.patch(USERS + "bob/", {"username": "robert"})
    assert client.get("/api/v1/auth/me").json()["user"]["username"] == "robert"


def test_collection_default_grants_and_objects_follow_a_renamed_user(as_root: APIClient, bob: User) -> None:
    collection = private_collection("bob")
    Placement.objects.create(
        cluster_id=uuid.uuid4(), kind="service", object_id="s1", collection=collection, owner_id=bob.id, owner_name="bob"
    )
    as_root.patch(USERS + "bob/", {"username": "robert"})
    store.refresh()
    renamed = User.objects.get(id=bob.id)
    assert private_collection("robert").id == collection.id
    assert store.current.default_collection(bob.id) == collection.id
    assert store.current.by_path("/Shared/Private/bob") == collection.id  # what labels still say
    assert store.current.may(actor_of(renamed), "Service Create", collection.id)
    assert Placement.objects.get().owner_name == "robert"
    grants = as_root.get("/api/v1/grants/?subject=user:robert").json()["results"]
    assert [grant["subject"] for grant in grants] == ["user:robert"]


def test_a_rename_is_recorded_with_both_names_and_older_entries_keep_theirs(as_root: APIClient, bob: User) -> None:
    as_root.patch(USERS + "bob/", {"username": "robert"})
    entry = Entry.objects.get(operation="User Rename")
    assert (entry.target_id, entry.detail) == (str(bob.id), {"username": ["bob", "robert"]})
    assert Entry.objects.get(operation="User Create", target_id=str(bob.id)).target_name == "bob"
    assert not Entry.objects.filter(operation="User Update").exists()


def test_the_former_name_is_free_and_its_next_user_inherits_nothing(as_root: APIClient, bob: User) -> None:
    collection = private_collection("bob")
    as_root.patch(USERS + "bob/", {"username": "robert"})
    newcomer = make_user("bob")
    store.refresh()
    assert private_collection("bob").id != collection.id
    assert not store.current.may(actor_of(newcomer), "Service View", collection.id)


def test_nobody_renames_but_administrators(as_bob: APIClient, bob: User) -> None:
    assert as_bob.patch(USERS + "bob/", {"username": "robert"}).status_code == 403
    bob.refresh_from_db()
    assert bob.username == "bob"
    assert AccountName.objects.get(user=bob).name == "bob"


@pytest.mark.parametrize(
    ("name", "status"),
    [("alice", 409), ("ALICE", 409), ("acme", 409), ("everyone", 409), ("a/b", 400), ("r\u043ebert", 400), ("", 400)],
)
def test_a_name_that_is_taken_or_none_changes_nothing(
    as_root: APIClient, bob: User, alice: User, name: str, status: int
) -> None:
    make_organization("acme")
    assert as_root.patch(USERS + "bob/", {"username": name, "full_name": "x"}).status_code == status
    bob.refresh_from_db()
    assert (bob.username, bob.full_name) == ("bob", "Bob Builder")
    assert AccountName.objects.get(user=bob).name == "bob"
    assert not Entry.objects.filter(operation="User Rename").exists()


def test_a_name_whose_private_collection_is_somebody_elses_is_refused_whole(as_root: APIClient, bob: User) -> None:
    as_root.post("/api/v1/collections/", {"path": "/Shared/Private/robert"})
    assert as_root.patch(USERS + "bob/", {"username": "robert"}).status_code == 409
    assert User.objects.filter(username="bob").exists()
    assert Collection.objects.filter(path="/Shared/Private/bob").exists()


def test_the_same_name_in_capitals_is_no_change(as_root: APIClient, bob: User) -> None:
    assert as_root.patch(USERS + "bob/", {"username": "BOB"}).json()["username"] == "bob"
    assert not Entry.objects.filter(operation="User Rename").exists()


@pytest.mark.django_db(transaction=True)
def test_of_those_who_take_a_name_at_once_one_gets_it() -> None:
    bob, alice = make_user("bob"), make_user("alice")
    outcomes = at_the_same_time(
        lambda: services.update_user(actor=SYSTEM, user=bob, username="robert"),
        lambda: services.update_user(actor=SYSTEM, user=alice, username="robert"),
        lambda: services.create_user(actor=SYSTEM, username="robert"),
        lambda: services.create_organization(actor=SYSTEM, name="robert"),
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert [str(each) for each in refused] == ["the name robert is taken: users and organisations share their names"] * 3
    assert AccountName.objects.filter(name="robert").count() == 1
    assert User.objects.filter(username="robert").count() + Organization.objects.filter(name="robert").count() == 1


def test_a_renamed_organisation_takes_its_teams_members_and_service_accounts_along(as_root: APIClient, bob: User) -> None:
    acme = make_organization("acme", admins=(bob,))
    services.create_team(actor=SYSTEM, organization=acme, name="payments")
    ci = services.create_service_account(actor=SYSTEM, organization=acme, name="ci")
    answer = as_root.patch(ORGANIZATIONS + "acme/", {"name": "Ajax", "full_name": "Ajax Inc."})
    assert (answer.status_code, answer.json()["name"], answer.json()["full_name"]) == (200, "ajax", "Ajax Inc.")
    assert as_root.get(ORGANIZATIONS + "acme/").status_code == 404
    assert as_root.get(ORGANIZATIONS + "ajax/teams/payments/").status_code == 200
    assert as_root.get(ORGANIZATIONS + "ajax/service-accounts/ci/").json()["username"] == "ajax/ci"
    store.refresh()
    renamed = store.current.user(ci.id)
    assert renamed is not None
    assert renamed.username == "ajax/ci"
    assert Entry.objects.get(operation="Organization Rename").detail == {"name": ["acme", "ajax"]}
    assert Entry.objects.get(operation="Service Account Rename").detail == {"username": ["acme/ci", "ajax/ci"]}
    assert as_root.post(USERS, {"username": "acme"}).status_code == 201


def test_higher_apps_are_told_of_every_name_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    acme = make_organization("acme")
    services.create_service_account(actor=SYSTEM, organization=acme, name="ci")
    told: list[lifecycle.Change] = []
    monkeypatch.setattr(lifecycle, "emit", told.append)
    services.update_organization(actor=SYSTEM, organization=acme, name="ajax")
    assert [(change.event, change.old_name, change.name) for change in told] == [
        (lifecycle.Event.RENAMED, "acme", "ajax"),
        (lifecycle.Event.RENAMED, "acme/ci", "ajax/ci"),
    ]


def test_everyone_keeps_its_name(as_root: APIClient) -> None:
    assert as_root.patch(ORGANIZATIONS + "everyone/", {"name": "nobody"}).status_code == 409
    assert as_root.get(ORGANIZATIONS + "everyone/").status_code == 200


def test_an_organisation_administrator_renames_no_organisation(as_bob: APIClient, bob: User) -> None:
    make_organization("acme", admins=(bob,))
    assert as_bob.patch(ORGANIZATIONS + "acme/", {"name": "ajax"}).status_code == 403
    assert as_bob.get(ORGANIZATIONS + "acme/").status_code == 200
