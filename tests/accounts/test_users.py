from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

from apps.accounts import services
from apps.accounts.models import AccountName, Session, User
from apps.audit.models import Entry
from apps.configuration.selectors import revisions
from apps.core import lifecycle
from apps.core.errors import Conflict, Refused
from tests.support.accounts import PASSWORD, SYSTEM, actor_of, anonymous_client, client_of, make_organization, make_user

USERS = "/api/v1/users/"
NEW_PASSWORD = "another long password"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[lifecycle.Change]:
    changes: list[lifecycle.Change] = []
    monkeypatch.setattr(lifecycle, "emit", changes.append)
    return changes


def test_an_administrator_makes_a_user(as_root: APIClient) -> None:
    answer = as_root.post(USERS, {"username": "Carol", "full_name": "Carol C.", "email": "c@example.com", "password": PASSWORD})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["username"], body["is_active"], body["is_admin"], body["source"]) == ("carol", True, False, "local")
    assert "password" not in body
    assert client_of(User.objects.get(username="carol")).get("/api/v1/auth/me").status_code == 200
    entry = Entry.objects.get(operation="User Create", target_name="carol")
    assert (entry.actor_name, entry.outcome, entry.target_id) == ("root", "allowed", body["id"])


def test_higher_apps_and_processes_are_told(told: list[lifecycle.Change]) -> None:
    before = revisions().get("policy", 0)
    user = make_user("carol")
    assert [(change.event, change.subject_id, change.name) for change in told] == [
        (lifecycle.Event.USER_CREATED, user.id, "carol")
    ]
    assert revisions()["policy"] > before


def test_only_administrators_make_users_and_the_refusal_is_recorded(as_bob: APIClient) -> None:
    answer = as_bob.post(USERS, {"username": "carol"})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "bob may not create users: only administrators may"
    assert answer.json()["operation"] == "User Create"
    assert not User.objects.filter(username="carol").exists()
    entry = Entry.objects.get(outcome="refused")
    assert (entry.actor_name, entry.operation, entry.target_name) == ("bob", "User Create", USERS)
    assert entry.reason == answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "-bob"}, "username"),
        ({"username": "a" * 65}, "username"),
        ({"username": "ünï"}, "username"),
        ({"username": "a/b"}, "username"),
        ({"email": "nonsense"}, "email"),
        ({"full_name": "x" * 201}, "full_name"),
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "carol.smith"}, "password"),
        ({"is_admin": "perhaps"}, "is_admin"),
        ({"id": "0"}, "id"),
    ],
)
def test_what_is_wrong_is_named_by_field(as_root: APIClient, change: dict, field: str) -> None:
    answer = as_root.post(USERS, {"username": "carol.smith", "password": PASSWORD, **change})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {field}
    assert not User.objects.filter(username__startswith="carol").exists()


def test_users_and_organisations_share_their_names(as_root: APIClient, bob: User) -> None:
    make_organization("acme")
    for taken in ("bob", "BOB", "acme", "everyone"):
        assert as_root.post(USERS, {"username": taken}).status_code == 409, taken
    assert as_root.post("/api/v1/organizations/", {"name": "bob"}).status_code == 409


def test_the_database_holds_no_name_in_capitals(bob: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountName.objects.filter(user=bob).update(name="Bob")


def test_a_removed_users_name_is_free_again(as_root: APIClient, bob: User) -> None:
    assert as_root.delete(USERS + "bob/").status_code == 204
    assert as_root.post(USERS, {"username": "bob"}).status_code == 201


def test_who_may_not_list_accounts_sees_only_the_own(as_bob: APIClient, alice: User) -> None:
    body = as_bob.get(USERS).json()
    assert (body["count"], [user["username"] for user in body["results"]]) == (1, ["bob"])
    assert as_bob.get(USERS + "BOB/").status_code == 200
    unknown, invisible = as_bob.get(USERS + "nobody/"), as_bob.get(USERS + "alice/")
    assert unknown.status_code == invisible.status_code == 404
    assert unknown.content == invisible.content
    assert as_bob.delete(USERS + "alice/").status_code == 404


def test_an_auditor_lists_accounts_and_changes_none(as_root: APIClient, bob: User, alice: User) -> None:
    grant = {"subject": "user:bob", "role": "Auditor", "resource": "collection:/"}
    assert as_root.post("/api/v1/grants/", grant).status_code == 201
    client = client_of(bob)
    assert client.get(USERS).json()["count"] == 3
    assert client.get("/api/v1/auth/me").json()["capabilities"]["view_accounts"] is True
    assert client.delete(USERS + "alice/").status_code == 403
    assert client.patch(USERS + "alice/", {"full_name": "x"}).status_code == 403
    assert client.post(USERS + "alice/password", {"new_password": NEW_PASSWORD}).status_code == 403
    assert User.objects.filter(username="alice", full_name="").exists()


def test_lists_are_searched_filtered_ordered_and_paged(as_root: APIClient, bob: User, alice: User) -> None:
    def names(query: str) -> list[str]:
        return [user["username"] for user in as_root.get(f"{USERS}?{query}").json()["results"]]

    assert names("") == ["alice", "bob", "root"]
    assert names("ordering=-username") == ["root", "bob", "alice"]
    assert names("search=builder") == ["bob"]
    assert names("is_admin=true") == ["root"]
    assert names("is_active=false") == []
    assert names("limit=1&offset=1") == ["bob"]
    page = as_root.get(f"{USERS}?limit=1").json()
    assert (page["count"], page["previous"]) == (3, None)
    assert page["next"] == "https://qd.example/api/v1/users/?limit=1&offset=1"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "ordering=password", "password=x", "is_admin=2"]
)
def test_a_query_that_is_not_allow_listed_is_refused(as_root: APIClient, query: str) -> None:
    answer = as_root.get(f"{USERS}?{query}")
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {query.split("=")[0]}


def test_people_change_their_own_name_and_address_but_no_flag(as_bob: APIClient, bob: User) -> None:
    assert as_bob.patch(USERS + "bob/", {"full_name": "Robert", "email": "r@example.com"}).status_code == 200
    assert as_bob.patch(USERS + "bob/", {"is_admin": True}).status_code == 403
    bob.refresh_from_db()
    assert (bob.full_name, bob.email, bob.is_admin) == ("Robert", "r@example.com", False)


def test_a_change_records_what_it_changed(as_root: APIClient, bob: User) -> None:
    as_root.patch(USERS + "bob/", {"full_name": "Robert", "is_active": True})
    assert Entry.objects.get(operation="User Update").detail == {"full_name": ["Bob Builder", "Robert"]}
    as_root.patch(USERS + "bob/", {"full_name": "Robert"})
    assert Entry.objects.filter(operation="User Update").count() == 1


def test_of_two_changes_to_one_version_the_second_is_refused(as_root: APIClient, bob: User) -> None:
    tag = as_root.get(USERS + "bob/")["ETag"]
    first = as_root.patch(USERS + "bob/", {"full_name": "One"}, HTTP_IF_MATCH=tag)
    assert first.status_code == 200
    second = as_root.patch(USERS + "bob/", {"full_name": "Two"}, HTTP_IF_MATCH=tag)
    assert (second.status_code, second.json()["code"]) == (412, "precondition-failed")
    assert as_root.patch(USERS + "bob/", {"full_name": "Two"}, HTTP_IF_MATCH=first["ETag"]).status_code == 200
    assert as_root.patch(USERS + "bob/", {"full_name": "Three"}, HTTP_IF_MATCH=f'"x", {tag}').status_code == 412
    assert as_root.patch(USERS + "bob/", {"full_name": "Three"}, HTTP_IF_MATCH="*").status_code == 200


def test_the_last_active_administrator_stays(as_root: APIClient, root: User, bob: User) -> None:
    for attempt in (
        as_root.patch(USERS + "root/", {"is_admin": False}),
        as_root.patch(USERS + "root/", {"is_active": False}),
        as_root.delete(USERS + "root/"),
    ):
        assert attempt.status_code == 409
        assert attempt.json()["detail"] == "root is the last active administrator"
    as_root.patch(USERS + "bob/", {"is_admin": True})
    assert as_root.patch(USERS + "root/", {"is_admin": False}).status_code == 200
    assert as_root.get(USERS).json()["count"] == 1


def test_an_inactive_administrator_does_not_count(root: User) -> None:
    make_user("sleeper", is_admin=True, is_active=False)
    with pytest.raises(Conflict):
        services.delete_user(actor=SYSTEM, user=root)


def test_deleting_a_user_ends_the_sessions(as_root: APIClient, bob: User) -> None:
    client = client_of(bob)
    before = revisions().get("credentials", 0)
    assert as_root.delete(USERS + "bob/").status_code == 204
    assert client.get("/api/v1/auth/me").status_code == 401
    assert revisions()["credentials"] > before
    assert Entry.objects.get(operation="User Delete").target_name == "bob"


def test_ones_own_password_needs_the_old_one(as_bob: APIClient, bob: User) -> None:
    path = USERS + "bob/password"
    assert set(as_bob.post(path, {"new_password": NEW_PASSWORD}).json()["errors"]) == {"old_password"}
    wrong = as_bob.post(path, {"old_password": "wrong", "new_password": NEW_PASSWORD})
    assert set(wrong.json()["errors"]) == {"old_password"}
    assert as_bob.post(path, {"old_password": PASSWORD, "new_password": "short"}).status_code == 400
    assert as_bob.post(path, {"old_password": PASSWORD, "new_password": NEW_PASSWORD}).status_code == 204
    login = anonymous_client().post("/api/v1/auth/login", {"username": "bob", "password": NEW_PASSWORD})
    assert login.status_code == 200
    assert anonymous_client().post("/api/v1/auth/login", {"username": "bob", "password": PASSWORD}).status_code == 401


def test_a_new_password_ends_every_other_session(as_bob: APIClient, bob: User) -> None:
    other = client_of(bob)
    as_bob.post(USERS + "bob/password", {"old_password": PASSWORD, "new_password": NEW_PASSWORD})
    assert as_bob.get("/api/v1/auth/me").status_code == 200
    assert other.get("/api/v1/auth/me").status_code == 401


def test_an_administrator_sets_others_passwords_without_the_old_one(as_root: APIClient, bob: User) -> None:
    session = client_of(bob)
    assert as_root.post(USERS + "bob/password", {"new_password": NEW_PASSWORD}).status_code == 204
    assert session.get("/api/v1/auth/me").status_code == 401
    assert not Session.objects.filter(user=bob).exists()
    assert Entry.objects.get(operation="Password Set").detail == {}


def test_guessing_the_old_password_is_slowed_down_too(as_bob: APIClient) -> None:
    body = {"old_password": "wrong", "new_password": NEW_PASSWORD}
    answers = [as_bob.post(USERS + "bob/password", body).status_code for _ in range(6)]
    assert answers == [400] * 5 + [429]


def test_the_services_refuse_by_themselves(bob: User, alice: User) -> None:
    bob_acts = actor_of(bob)
    with pytest.raises(Refused):
        services.create_user(actor=bob_acts, username="x")
    with pytest.raises(Refused):
        services.update_user(actor=bob_acts, user=alice, full_name="x")
    with pytest.raises(Refused):
        services.set_password(actor=bob_acts, user=alice, new_password=NEW_PASSWORD)
    with pytest.raises(Refused):
        services.delete_user(actor=bob_acts, user=alice)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_remove_each_other_at_once() -> None:
    one, two = make_user("one", is_admin=True), make_user("two", is_admin=True)
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def demote(user: User) -> None:
        barrier.wait()
        try:
            services.update_user(actor=SYSTEM, user=user, is_admin=False)
            outcomes.append("done")
        except Conflict:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=(user,)) for user in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]
    assert User.objects.filter(is_admin=True).count() == 1
