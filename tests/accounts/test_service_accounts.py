from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from apps.access.models import Collection, Grant
from apps.accounts import selectors, services
from apps.accounts.models import Organization, Session, User
from apps.audit.models import Entry
from apps.core.actor import ActorKind
from apps.core.errors import Conflict, Refused
from tests.support.accounts import (
    PASSWORD,
    SYSTEM,
    actor_of,
    anonymous_client,
    client_of,
    machine_client_of,
    make_organization,
    make_user,
)

ACME = "/api/v1/organizations/acme/"
ACCOUNTS = ACME + "service-accounts/"
CI = ACCOUNTS + "ci/"


@pytest.fixture
def acme(bob: User, alice: User) -> Organization:
    """Bob administers it, Alice is a member, Carol is in no organisation."""
    make_user("carol")
    return make_organization("acme", admins=(bob,), members=(alice,))


@pytest.fixture
def ci(acme: Organization) -> User:
    return services.create_service_account(actor=SYSTEM, organization=acme, name="ci", full_name="Builds")


def test_an_organisation_administrator_makes_changes_and_removes_one(acme: Organization, as_bob: APIClient) -> None:
    answer = as_bob.post(ACCOUNTS, {"name": "CI", "full_name": "Builds"})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["organization"], body["name"], body["username"], body["is_active"]) == ("acme", "ci", "acme/ci", True)
    assert body["capabilities"] == {"update": True, "delete": True, "create_bundle": True}
    changed = as_bob.patch(CI, {"full_name": "Builds and tests", "is_active": False}, HTTP_IF_MATCH=answer["ETag"])
    assert (changed.json()["full_name"], changed.json()["is_active"]) == ("Builds and tests", False)
    assert as_bob.patch(CI, {"is_active": True}, HTTP_IF_MATCH=answer["ETag"]).status_code == 412
    assert as_bob.delete(CI).status_code == 204
    assert as_bob.get(CI).status_code == 404
    entries = Entry.objects.filter(target_kind="service-account").order_by("time")
    assert [(entry.operation, entry.target_name) for entry in entries] == [
        ("Service Account Create", "acme/ci"),
        ("Service Account Update", "acme/ci"),
        ("Service Account Delete", "acme/ci"),
    ]


def test_a_member_sees_the_service_accounts_and_changes_none(ci: User, as_alice: APIClient) -> None:
    listed = as_alice.get(ACCOUNTS).json()["results"]
    assert [(row["username"], set(row["capabilities"].values())) for row in listed] == [("acme/ci", {False})]
    assert as_alice.post(ACCOUNTS, {"name": "mine"}).status_code == 403
    assert as_alice.patch(CI, {"is_active": False}).status_code == 403
    assert as_alice.delete(CI).status_code == 403
    assert as_alice.get(CI + "deletion").status_code == 403
    ci.refresh_from_db()
    assert ci.is_active
    assert User.objects.filter(organization__isnull=False).count() == 1


def test_strangers_and_administrators_of_other_organisations_see_none(ci: User) -> None:
    dora = make_user("dora")
    make_organization("other", admins=(dora,))
    for client in (client_of(dora), client_of(User.objects.get(username="carol"))):
        for path in (ACCOUNTS, CI, CI + "deletion"):
            assert client.get(path).status_code == 404
        assert client.post(ACCOUNTS, {"name": "mine"}).status_code == 404
        assert client.delete(CI).status_code == 404
    assert User.objects.filter(username="acme/ci").exists()


def test_names_are_checked_and_taken_once(acme: Organization, as_bob: APIClient) -> None:
    assert as_bob.post(ACCOUNTS, {"name": "ci"}).status_code == 201
    assert as_bob.post(ACCOUNTS, {"name": "CI"}).status_code == 409
    for bad in ("a/b", "c\u0456", "", "x" * 65):
        assert set(as_bob.post(ACCOUNTS, {"name": bad}).json()["errors"]) == {"name"}
    assert as_bob.post("/api/v1/organizations/everyone/service-accounts/", {"name": "x"}).status_code == 403


def test_everyone_owns_no_service_account(acme: Organization, as_root: APIClient) -> None:
    assert as_root.post("/api/v1/organizations/everyone/service-accounts/", {"name": "x"}).status_code == 409
    assert not User.objects.filter(organization__isnull=False).exists()


def test_lists_of_users_leave_service_accounts_out(ci: User, as_root: APIClient) -> None:
    usernames = [user["username"] for user in as_root.get("/api/v1/users/").json()["results"]]
    assert usernames == ["alice", "bob", "carol", "root"]
    assert as_root.get("/api/v1/organizations/everyone/").json()["members_count"] == 4
    assert "acme/ci" not in as_root.get("/api/v1/users/export").getvalue().decode()
    assert as_root.get("/api/v1/users/acme%2Fci/").status_code == 404


def test_it_has_no_password_and_never_a_session(ci: User, as_root: APIClient) -> None:
    assert not ci.has_usable_password()
    with pytest.raises(Conflict, match="has no password"):
        services.set_password(actor=SYSTEM, user=ci, new_password=PASSWORD)
    for name in ("acme/ci", "ci"):
        answer = anonymous_client().post("/api/v1/auth/login", {"username": name, "password": PASSWORD})
        assert answer.status_code == 401
    assert not Session.objects.filter(user=ci).exists()


def test_it_holds_nothing_but_what_is_granted_to_itself(ci: User, bob: User) -> None:
    accounts = {user.username: user for user in selectors.subjects().users}
    assert accounts["acme/ci"].organization_ids == frozenset()
    assert accounts["bob"].organization_ids != frozenset()
    assert not Grant.objects.filter(user=ci).exists()
    assert not Collection.objects.filter(path__contains="ci").exists()


def test_it_is_nowhere_a_member(ci: User, acme: Organization) -> None:
    team = services.create_team(actor=SYSTEM, organization=acme, name="payments")
    with pytest.raises(Conflict, match="is a service account"):
        services.set_member(actor=SYSTEM, organization=acme, user=ci)
    with pytest.raises(Conflict, match="is a service account"):
        services.set_team_member(actor=SYSTEM, team=team, user=ci)
    assert not ci.team_memberships.exists()


def test_the_database_keeps_it_from_administering_and_people_from_its_names(ci: User, bob: User) -> None:
    for change in ({"is_admin": True}, {"email": "ci@example.com"}, {"username": "ci"}, {"organization": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(id=ci.id).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(id=bob.id).update(username="acme/bob")


def test_me_shows_it_by_its_whole_name(ci: User) -> None:
    body = machine_client_of(ci).get("/api/v1/auth/me").json()
    assert (body["kind"], body["user"]["username"]) == ("service-account", "acme/ci")
    assert body["organizations"] == body["teams"] == []
    assert set(body["capabilities"].values()) == {False}


def test_it_does_not_manage_itself(ci: User) -> None:
    client = machine_client_of(ci)
    assert client.get("/api/v1/users/").json()["count"] == 0
    assert client.get(CI).status_code == 404
    assert client.delete(CI).status_code == 404
    assert actor_of(ci).kind is ActorKind.SERVICE_ACCOUNT
    with pytest.raises(Refused, match="acme/ci may not do this"):
        services.update_service_account(actor=actor_of(ci), account=ci, full_name="x")
    with pytest.raises(Refused):
        services.delete_service_account(actor=actor_of(ci), account=ci)


def test_it_goes_with_its_organisation(ci: User, acme: Organization, as_root: APIClient) -> None:
    assert as_root.delete(ACME).status_code == 204
    assert not User.objects.filter(id=ci.id).exists()
    assert Entry.objects.filter(operation="Service Account Delete", target_name="acme/ci").exists()
    assert machine_client_of(ci).get("/api/v1/auth/me").status_code == 401
