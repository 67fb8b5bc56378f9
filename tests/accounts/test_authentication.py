from __future__ import annotations

import uuid

import pytest
from rest_framework.test import APIClient

from apps.accounts import services
from apps.accounts.models import User
from apps.core import signing
from apps.core.actor import Actor, ActorKind
from tests.support.accounts import ORIGIN, PASSWORD, SYSTEM, anonymous_client

ME = "/api/v1/auth/me"


def browser_of(user: User) -> APIClient:
    """Signed in by the cookie, as the console is."""
    client = anonymous_client()
    assert client.post("/api/v1/auth/login", {"username": user.username, "password": PASSWORD}).status_code == 200
    return client


def statement(actor: Actor | None) -> str:
    payload = actor.to_payload() if actor else None
    return signing.sign(signing.EDGE, {"address": "198.51.100.7", "request_id": "r1", "actor": payload})


def certificate_actor(user: User, **changes: object) -> Actor:
    values = {"kind": ActorKind.USER, "id": user.id, "name": user.username, "credential": f"bundle:{uuid.uuid4()}"}
    return Actor(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("header", ["Bearer qds_unknown", "Bearer", "Bearer ", "Basic Ym9iOng=", "nonsense"])
def test_a_bad_authorization_header_is_never_anonymous_or_the_cookies(bob: User, header: str) -> None:
    client = browser_of(bob)
    assert client.get(ME).status_code == 200
    answer = client.get(ME, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_cookie_reads_without_and_writes_only_with_the_csrf_header(bob: User) -> None:
    client = browser_of(bob)
    change = {"full_name": "Robert"}
    assert client.get(ME).status_code == 200
    answer = client.patch("/api/v1/users/bob/", change, HTTP_ORIGIN=ORIGIN)
    assert (answer.status_code, answer.json()["code"]) == (403, "refused")
    token = client.cookies["quarterdeck_csrf"].value
    answer = client.patch("/api/v1/users/bob/", change, HTTP_ORIGIN=ORIGIN, HTTP_X_CSRF_TOKEN=token)
    assert answer.status_code == 200, answer.content
    bob.refresh_from_db()
    assert bob.full_name == "Robert"


def test_a_cookie_writes_only_from_our_own_origin(bob: User) -> None:
    client = browser_of(bob)
    token = client.cookies["quarterdeck_csrf"].value
    for origin in ("https://evil.example", "http://qd.example", "https://qd.example:9999", "null"):
        answer = client.patch("/api/v1/users/bob/", {"full_name": "x"}, HTTP_ORIGIN=origin, HTTP_X_CSRF_TOKEN=token)
        assert answer.status_code == 403, origin
    bob.refresh_from_db()
    assert bob.full_name == "Bob Builder"


def test_a_browser_that_lost_the_csrf_cookie_gets_another(bob: User) -> None:
    client = browser_of(bob)
    del client.cookies["quarterdeck_csrf"]
    client.get(ME)
    token = client.cookies["quarterdeck_csrf"].value
    answer = client.post("/api/v1/auth/logout", HTTP_ORIGIN=ORIGIN, HTTP_X_CSRF_TOKEN=token)
    assert answer.status_code == 204


def test_a_cookie_that_ran_out_asks_to_sign_in(bob: User) -> None:
    client = browser_of(bob)
    bob.sessions.all().delete()
    assert client.get(ME).status_code == 401
    body = {"username": "bob", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", body).status_code == 200


def test_the_gateways_statement_signs_in(bob: User) -> None:
    actor = certificate_actor(bob)
    answer = anonymous_client().get(ME, HTTP_QUARTERDECK_EDGE=statement(actor))
    assert answer.status_code == 200
    assert answer.json()["user"]["username"] == "bob"
    assert answer["Quarterdeck-Request-Id"] == "r1"


def test_the_flags_are_those_of_now_and_not_of_the_statement(bob: User) -> None:
    actor = certificate_actor(bob, is_administrator=True)
    answer = anonymous_client().post("/api/v1/users/", {"username": "x"}, HTTP_QUARTERDECK_EDGE=statement(actor))
    assert answer.status_code == 403


def test_a_certificate_of_an_inactive_or_removed_account_is_refused(bob: User) -> None:
    services.update_user(actor=SYSTEM, user=bob, is_active=False)
    for actor in (certificate_actor(bob), certificate_actor(bob, id=uuid.uuid4()), Actor.system("forged")):
        assert anonymous_client().get(ME, HTTP_QUARTERDECK_EDGE=statement(actor)).status_code == 401


def test_a_statement_nobody_signed_is_refused(bob: User) -> None:
    good = statement(certificate_actor(bob))
    for bad in ("x", "x.y", good[:-2] + "AA", good.replace(".", ".A")):
        answer = anonymous_client().get(ME, HTTP_QUARTERDECK_EDGE=bad)
        assert answer.status_code == 400, bad
        assert answer["Content-Type"] == "application/problem+json"


def test_a_foreign_page_cannot_use_the_browsers_certificate(bob: User) -> None:
    edge = statement(certificate_actor(bob))
    client = anonymous_client()
    path, change = "/api/v1/users/bob/", {"full_name": "x"}
    assert client.patch(path, change, HTTP_QUARTERDECK_EDGE=edge, HTTP_ORIGIN="https://evil.example").status_code == 403
    assert client.patch(path, change, HTTP_QUARTERDECK_EDGE=edge, HTTP_ORIGIN=ORIGIN).status_code == 200
    assert client.patch(path, change, HTTP_QUARTERDECK_EDGE=edge).status_code == 200


def test_signing_in_counts_more_than_the_certificate_a_browser_happens_to_hold(bob: User) -> None:
    carol = services.create_user(actor=SYSTEM, username="carol", password=PASSWORD)
    edge = statement(certificate_actor(carol))
    client = browser_of(bob)
    assert client.get(ME, HTTP_QUARTERDECK_EDGE=edge).json()["user"]["username"] == "bob"
    bob.sessions.all().delete()
    assert client.get(ME, HTTP_QUARTERDECK_EDGE=edge).json()["user"]["username"] == "carol"


def test_a_certificate_has_no_session_to_end(bob: User) -> None:
    answer = anonymous_client().post("/api/v1/auth/logout", HTTP_QUARTERDECK_EDGE=statement(certificate_actor(bob)))
    assert answer.status_code == 409


def test_a_statement_without_actor_leaves_the_address_for_the_audit_log(bob: User) -> None:
    from apps.audit.models import Entry

    body = {"username": "bob", "password": PASSWORD}
    anonymous_client().post("/api/v1/auth/login", body, HTTP_QUARTERDECK_EDGE=statement(None))
    entry = Entry.objects.get(operation="Sign In")
    assert (entry.address, entry.request_id) == ("198.51.100.7", "r1")


def test_me_says_where_one_belongs_and_what_one_may(bob: User) -> None:
    from tests.support.accounts import client_of, make_organization

    organization = make_organization("acme", admins=(bob,))
    team = services.create_team(actor=SYSTEM, organization=organization, name="payments")
    services.set_team_member(actor=SYSTEM, team=team, user=bob)
    body = client_of(bob).get(ME).json()
    assert body["organizations"] == [{"name": "everyone", "is_admin": False}, {"name": "acme", "is_admin": True}]
    assert body["teams"] == [{"organization": "acme", "name": "payments", "is_admin": False}]
    assert set(body["capabilities"].values()) == {False}
    assert body["password_is_initial"] is False
