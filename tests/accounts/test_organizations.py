from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts import selectors, services
from apps.accounts.models import Organization, OrganizationMember, TeamMember, User
from apps.audit.models import Entry
from apps.core import lifecycle
from tests.support.accounts import SYSTEM, client_of, make_organization, make_user

ORGANIZATIONS = "/api/v1/organizations/"
ACME = ORGANIZATIONS + "acme/"
PAYMENTS = ACME + "teams/payments/"


@pytest.fixture
def acme(bob: User, alice: User) -> Organization:
    """Bob administers it, Alice is a member, Carol is in no organisation."""
    make_user("carol")
    return make_organization("acme", admins=(bob,), members=(alice,))


def test_an_administrator_makes_changes_and_removes_an_organisation(as_root: APIClient) -> None:
    answer = as_root.post(ORGANIZATIONS, {"name": "Acme", "full_name": "Acme Inc."})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["name"], body["members_count"], body["teams_count"], body["is_builtin"]) == ("acme", 0, 0, False)
    assert set(body["capabilities"].values()) == {True}
    changed = as_root.patch(ACME, {"full_name": "Acme"}, HTTP_IF_MATCH=answer["ETag"])
    assert changed.json()["full_name"] == "Acme"
    assert as_root.patch(ACME, {"full_name": "Other"}, HTTP_IF_MATCH=answer["ETag"]).status_code == 412
    assert as_root.delete(ACME).status_code == 204
    assert as_root.get(ACME).status_code == 404
    operations = Entry.objects.filter(target_kind="organization").order_by("time").values_list("operation", flat=True)
    assert list(operations) == ["Organization Create", "Organization Update", "Organization Delete"]


def test_an_organisation_administrator_manages_members_but_not_the_organisation(acme: Organization, as_bob: APIClient) -> None:
    body = as_bob.get(ACME).json()
    assert body["capabilities"] == {
        "update": False,
        "delete": False,
        "manage_members": True,
        "manage_teams": True,
        "manage_service_accounts": True,
    }
    answer = as_bob.put(ACME + "members/carol/", {"is_admin": True})
    assert (answer.status_code, answer.json()) == (200, {"username": "carol", "full_name": "", "is_admin": True})
    assert as_bob.put(ACME + "members/carol/", {}).json()["is_admin"] is False
    assert as_bob.delete(ACME + "members/carol/").status_code == 204
    assert as_bob.delete(ACME + "members/carol/").status_code == 404
    assert as_bob.put(ACME + "members/nobody/", {}).status_code == 404
    assert as_bob.patch(ACME, {"full_name": "x"}).status_code == 403
    assert as_bob.delete(ACME).status_code == 403
    assert as_bob.post(ORGANIZATIONS, {"name": "mine"}).status_code == 403
    assert Organization.objects.filter(name="acme", full_name="").exists()


def test_a_member_sees_fellow_members_and_changes_nothing(acme: Organization, as_alice: APIClient) -> None:
    members = as_alice.get(ACME + "members/").json()["results"]
    assert [(member["username"], member["is_admin"]) for member in members] == [("alice", False), ("bob", True)]
    assert [m["username"] for m in as_alice.get(ACME + "members/?search=builder").json()["results"]] == ["bob"]
    assert as_alice.delete(ACME + "members/bob/").status_code == 403
    assert as_alice.put(ACME + "members/alice/", {"is_admin": True}).status_code == 403
    assert as_alice.post(ACME + "teams/", {"name": "mine"}).status_code == 403
    assert OrganizationMember.objects.filter(organization=acme, is_admin=True).count() == 1
    assert Entry.objects.filter(outcome="refused", actor_name="alice").count() == 3


def test_a_member_learns_nothing_of_other_accounts(acme: Organization, as_alice: APIClient) -> None:
    there, nowhere = as_alice.put(ACME + "members/carol/", {}), as_alice.put(ACME + "members/nobody/", {})
    assert there.status_code == nowhere.status_code == 404
    assert there.content == nowhere.content


def test_strangers_see_no_organisation_but_everyone(acme: Organization) -> None:
    client = client_of(User.objects.get(username="carol"))
    organizations = client.get(ORGANIZATIONS).json()["results"]
    assert [organization["name"] for organization in organizations] == ["everyone"]
    for path in (ACME, ACME + "members/", ACME + "teams/", PAYMENTS):
        assert client.get(path).status_code == 404
    assert client.put(ACME + "members/carol/", {"is_admin": True}).status_code == 404


def test_everyone_is_everybody_and_tells_only_whom_one_may_see(
    acme: Organization, as_root: APIClient, as_bob: APIClient
) -> None:
    make_user("sleeper", is_active=False)
    assert as_root.get(ORGANIZATIONS + "everyone/").json()["members_count"] == 4
    assert as_root.get(ORGANIZATIONS + "everyone/members/").json()["count"] == 4
    assert as_bob.get(ORGANIZATIONS + "everyone/").json()["members_count"] == 1
    assert [m["username"] for m in as_bob.get(ORGANIZATIONS + "everyone/members/").json()["results"]] == ["bob"]


def test_nobody_changes_everyone(acme: Organization, as_root: APIClient) -> None:
    everyone = ORGANIZATIONS + "everyone/"
    assert as_root.delete(everyone).status_code == 409
    assert as_root.put(everyone + "members/bob/", {}).status_code == 409
    assert as_root.post(everyone + "teams/", {"name": "x"}).status_code == 409
    assert as_root.get(everyone).json()["capabilities"]["manage_members"] is False


def test_a_team_member_becomes_a_member_of_the_organisation(acme: Organization, as_bob: APIClient) -> None:
    created = as_bob.post(ACME + "teams/", {"name": "Payments", "description": "Pays."})
    assert created.status_code == 201
    assert created.json()["organization"] == "acme"
    assert set(created.json()["capabilities"].values()) == {True}
    assert as_bob.post(ACME + "teams/", {"name": "payments"}).status_code == 409
    assert as_bob.put(PAYMENTS + "members/carol/", {}).status_code == 200
    assert OrganizationMember.objects.filter(organization=acme, user__username="carol").exists()
    assert [m["username"] for m in as_bob.get(PAYMENTS + "members/").json()["results"]] == ["carol"]
    assert as_bob.get(PAYMENTS).json()["members_count"] == 1


def test_a_renamed_team_keeps_its_members_and_grants(acme: Organization, as_bob: APIClient, as_root: APIClient) -> None:
    tag = as_bob.post(ACME + "teams/", {"name": "payments"})["ETag"]
    as_bob.post(ACME + "teams/", {"name": "ops"})
    as_bob.put(PAYMENTS + "members/alice/", {})
    as_root.post("/api/v1/grants/", {"subject": "team:acme/payments", "role": "View Only", "resource": "collection:/Shared"})
    changed = as_bob.patch(PAYMENTS, {"name": "Money", "description": "Pays."}, HTTP_IF_MATCH=tag)
    assert (changed.json()["name"], changed.json()["description"], changed.json()["members_count"]) == ("money", "Pays.", 1)
    assert as_bob.patch(ACME + "teams/money/", {"name": "pay"}, HTTP_IF_MATCH=tag).status_code == 412
    assert as_bob.patch(ACME + "teams/money/", {"name": "ops"}).status_code == 409
    assert as_bob.patch(ACME + "teams/money/", {"name": "a/b"}).status_code == 400
    assert as_bob.get(PAYMENTS).status_code == 404
    assert as_root.get("/api/v1/grants/?subject=team:acme/money").json()["count"] == 1
    assert Entry.objects.get(operation="Team Update").detail["name"] == ["payments", "money"]


def test_leaving_the_organisation_leaves_its_teams(acme: Organization, as_bob: APIClient) -> None:
    as_bob.post(ACME + "teams/", {"name": "payments"})
    as_bob.put(PAYMENTS + "members/alice/", {})
    assert as_bob.delete(ACME + "members/alice/").status_code == 204
    assert not TeamMember.objects.exists()


def test_leaving_a_team_stays_in_the_organisation(acme: Organization, as_bob: APIClient) -> None:
    as_bob.post(ACME + "teams/", {"name": "payments"})
    as_bob.put(PAYMENTS + "members/alice/", {})
    assert as_bob.delete(PAYMENTS + "members/alice/").status_code == 204
    assert as_bob.delete(PAYMENTS + "members/alice/").status_code == 404
    assert OrganizationMember.objects.filter(organization=acme, user__username="alice").exists()


def test_a_team_administrator_takes_from_the_organisations_members(
    acme: Organization, as_bob: APIClient, as_alice: APIClient
) -> None:
    as_bob.post(ACME + "teams/", {"name": "payments"})
    assert as_alice.put(PAYMENTS + "members/alice/", {}).status_code == 403
    as_bob.put(PAYMENTS + "members/alice/", {"is_admin": True})
    assert as_alice.get(PAYMENTS).json()["capabilities"] == {"update": False, "delete": False, "manage_members": True}
    assert as_alice.patch(PAYMENTS, {"description": "mine"}).status_code == 403
    assert as_alice.put(PAYMENTS + "members/bob/", {}).status_code == 200
    assert as_alice.put(PAYMENTS + "members/carol/", {}).status_code == 404
    assert as_alice.delete(PAYMENTS).status_code == 403
    assert not OrganizationMember.objects.filter(user__username="carol").exists()


def test_higher_apps_are_told_of_memberships_and_removals(
    acme: Organization, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[lifecycle.Event, str]] = []
    monkeypatch.setattr(lifecycle, "emit", lambda change: told.append((change.event, change.name)))
    team = services.create_team(actor=SYSTEM, organization=acme, name="payments")
    services.set_team_member(actor=SYSTEM, team=team, user=bob)
    services.set_team_member(actor=SYSTEM, team=team, user=bob)
    services.delete_organization(actor=SYSTEM, organization=acme)
    event = lifecycle.Event
    assert told == [
        (event.MEMBERSHIP_CHANGED, "bob"),
        (event.TEAM_DELETED, "acme/payments"),
        (event.ORGANIZATION_DELETED, "acme"),
    ]


def test_the_policy_gets_all_subjects_in_a_constant_number_of_queries(
    acme: Organization, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    team = services.create_team(actor=SYSTEM, organization=acme, name="payments")
    services.set_team_member(actor=SYSTEM, team=team, user=bob)
    make_user("sleeper", is_active=False)
    with django_assert_num_queries(6):
        subjects = selectors.subjects()
    users = {user.username: user for user in subjects.users}
    everyone = next(id_ for id_, name in subjects.organizations.items() if name == "everyone")
    assert users["bob"].organization_ids == {acme.id, everyone}
    assert users["bob"].team_ids == {team.id}
    assert users["carol"].organization_ids == {everyone}
    assert users["sleeper"].organization_ids == frozenset()
    assert subjects.teams == {team.id: "acme/payments"}


def test_a_users_record_names_the_organisations_and_teams(
    as_root: APIClient, as_bob: APIClient, acme: Organization, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for name in ("payments", "audit"):
        team = services.create_team(actor=SYSTEM, organization=acme, name=name)
        services.set_team_member(actor=SYSTEM, team=team, user=bob, is_admin=name == "payments")
    make_organization("zeta", members=(bob,))
    expected = [
        {
            "name": "acme",
            "is_admin": True,
            "teams": [{"name": "audit", "is_admin": False}, {"name": "payments", "is_admin": True}],
        },
        {"name": "zeta", "is_admin": False, "teams": []},
    ]
    for client in (as_root, as_bob):
        assert client.get("/api/v1/users/bob/").json()["memberships"] == expected
    with django_assert_num_queries(2):
        selectors.memberships_of(bob)
