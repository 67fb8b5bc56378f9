"""Who: users, service accounts, organisations, teams, and their names."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.access.rules.operations import OPERATIONS
from apps.access.selectors.policy import store
from apps.accounts import services as accounts
from apps.accounts.models import TeamMember, User
from apps.accounts.services import create_service_account
from apps.core.actor import Actor
from apps.core.errors import Conflict, InvalidInput
from tests.access.model.conftest import Model
from tests.support.accounts import PASSWORD, SYSTEM, anonymous_client, client_of, make_user


def test_a_service_account_is_owned_by_an_organisation_and_has_no_password(model: Model) -> None:
    machine = create_service_account(actor=SYSTEM, organization=model.organization("acme"), name="ci")
    assert machine.username == "acme/ci"
    assert not machine.has_usable_password()
    answer = anonymous_client().post("/api/v1/auth/login", {"username": "acme/ci", "password": PASSWORD})
    assert answer.status_code == 401


def test_an_organisation_owns_teams_and_service_accounts_and_takes_them_along_when_it_goes(model: Model) -> None:
    acme = model.organization("acme")
    model.team(acme, "payments")
    create_service_account(actor=SYSTEM, organization=acme, name="ci")
    accounts.delete_organization(actor=SYSTEM, organization=acme)
    assert not User.objects.filter(username="acme/ci").exists()
    assert not TeamMember.objects.filter(team__name="payments").exists()


def test_a_team_belongs_to_one_organisation_whose_users_are_its_members(model: Model) -> None:
    bob = model.user("bob")
    model.organization("umbrella", members=[bob])
    team = model.team(model.organization("acme"), "payments")
    assert team.organization.name == "acme"
    assert not team.organization.memberships.filter(user=bob).exists()
    accounts.set_team_member(actor=SYSTEM, team=team, user=bob)
    assert team.organization.memberships.filter(user=bob).exists()


def test_user_and_organisation_names_live_in_one_namespace(model: Model) -> None:
    model.user("acme")
    with pytest.raises(Conflict):
        model.organization("acme")
    model.organization("umbrella")
    with pytest.raises(Conflict):
        model.user("umbrella")


@pytest.mark.parametrize("name", ["bob", "b0b", "bob.jones", "bob_jones", "bob-jones", "a" * 64])
def test_a_name_is_lower_case_letters_and_digits_with_single_separators(model: Model, name: str) -> None:
    assert model.user(name).username == name


@pytest.mark.parametrize("name", ["", "-bob", "bob.", "bob..jones", "bob jones", "bob/x", "b\u043eb", "bob\n", "a" * 65])
def test_no_other_name_is_taken(model: Model, name: str) -> None:
    with pytest.raises(InvalidInput):
        model.user(name)
    assert User.objects.count() == 0


def test_a_name_is_stored_in_lower_case_and_signing_in_ignores_case(model: Model) -> None:
    assert model.user("Bob").username == "bob"
    answer = anonymous_client().post("/api/v1/auth/login", {"username": "BOB", "password": PASSWORD})
    assert answer.status_code == 200


def test_adding_a_user_to_a_team_makes_that_user_a_member_of_the_organisation(model: Model) -> None:
    bob, acme = model.user("bob"), model.organization("acme")
    model.team(acme, "payments", bob)
    assert acme.memberships.filter(user=bob).exists()


def test_leaving_the_organisation_leaves_its_teams(model: Model) -> None:
    bob, acme = model.user("bob"), model.organization("acme")
    model.team(acme, "payments", bob)
    accounts.remove_member(actor=SYSTEM, organization=acme, user=bob)
    assert not TeamMember.objects.filter(user=bob).exists()


def test_administrator_is_a_flag_and_never_a_role(model: Model) -> None:
    bob = model.user("bob")
    model.role("Everything", *OPERATIONS)
    model.grant("user:bob", "Everything", "/")
    answer = client_of(bob).post("/api/v1/users/", {"username": "carol"})
    assert answer.status_code == 403
    assert not User.objects.filter(username="carol").exists()
    assert client_of(make_user("root", is_admin=True)).post("/api/v1/users/", {"username": "carol"}).status_code == 201


def test_an_unknown_or_missing_actor_is_refused_and_never_allowed(model: Model) -> None:
    store.refresh()
    for operation in OPERATIONS:
        assert not store.current.decide(Actor.anonymous(), operation).allowed
    unknown = Actor.from_payload(
        {**Actor.system("x").to_payload(), "kind": "user", "id": "00000000-0000-4000-8000-000000000000"}
    )
    assert not store.current.decide(unknown, "Service View").allowed
    assert anonymous_client().get("/api/v1/collections/").status_code == 401


def test_accounts_are_listed_to_administrators_and_auditors_and_others_see_themselves_and_their_organisations(
    model: Model, bob: User, as_bob: APIClient, as_root: APIClient
) -> None:
    model.user("alice")
    model.organization("acme", members=[bob])
    model.organization("umbrella")
    auditor = model.user("auditor")
    model.grant("user:auditor", "Auditor", "/")

    def seen(client: APIClient, what: str, key: str) -> set[str]:
        return {row[key] for row in client.get(f"/api/v1/{what}/").json()["results"]}

    assert seen(as_bob, "users", "username") == {"bob"}
    assert seen(as_bob, "organizations", "name") == {"acme", "everyone"}
    for everything in (as_root, client_of(auditor)):
        assert seen(everything, "users", "username") >= {"alice", "bob", "auditor"}
        assert seen(everything, "organizations", "name") >= {"acme", "umbrella"}
