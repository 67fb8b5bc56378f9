from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts import rules, services
from apps.accounts.models import Session, SignInFailure, User
from apps.audit.models import Entry
from apps.core import clock
from tests.support.accounts import PASSWORD, SYSTEM, anonymous_client, client_of
from tests.support.passwords import CheapArgon2PasswordHasher as Hasher

LOGIN = "/api/v1/auth/login"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Moves the clock."""
    offset = datetime.timedelta(0)

    def move(**kwargs: float) -> None:
        nonlocal offset
        offset += datetime.timedelta(**kwargs)

    monkeypatch.setattr(clock, "now", lambda: timezone.now() + offset)
    return move


def sign_in(username: str, password: str = PASSWORD) -> Any:
    return anonymous_client().post(LOGIN, {"username": username, "password": password})


def test_the_right_password_opens_a_session(bob: User) -> None:
    answer = sign_in("bob")
    assert answer.status_code == 200
    body = answer.json()
    assert body["token"].startswith("qds_")
    assert len(body["token"]) == 47
    assert body["user"]["username"] == "bob"
    assert {name for name, may in body["user"]["capabilities"].items() if may} == {"update", "set_password"}
    assert answer["Cache-Control"] == "no-store"
    bob.refresh_from_db()
    assert bob.last_login is not None
    assert body["token"] not in Session.objects.get().token_sha256


@pytest.mark.parametrize("name", ["BOB", "Bob"])
def test_the_name_may_be_written_in_capitals(bob: User, name: str) -> None:
    assert sign_in(name).json()["user"]["username"] == "bob"


def test_the_cookie_is_for_our_own_pages_only(bob: User) -> None:
    cookie = sign_in("bob").cookies["quarterdeck_session"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")


def test_every_reason_to_fail_looks_the_same_from_outside(bob: User) -> None:
    services.create_user(actor=SYSTEM, username="certificates-only")
    services.create_user(actor=SYSTEM, username="gone", password=PASSWORD, is_active=False)
    answers = [
        sign_in("bob", "wrong password"),
        sign_in("nobody"),
        sign_in("gone"),
        sign_in("certificates-only", "!"),
        sign_in("not a name / at all"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0]["Content-Type"] == "application/problem+json"
    assert not Session.objects.exists()


def test_an_unknown_name_costs_one_hash_like_a_known_one(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    work: list[str] = []

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def count(*args: Any, **kwargs: Any) -> Any:
            work.append(function.__name__)
            return function(*args, **kwargs)

        return count

    monkeypatch.setattr(Hasher, "encode", counted(Hasher.encode))
    monkeypatch.setattr(Hasher, "verify", counted(Hasher.verify))
    sign_in("bob", "wrong password")
    known = len(work)
    sign_in("nobody", "wrong password")
    assert (known, work) == (1, ["verify", "encode"])


def test_success_and_failure_are_recorded_without_the_password(bob: User) -> None:
    sign_in("bob", "a wrong password")
    sign_in("my secret password!")
    sign_in("bob")
    refused, misplaced, allowed = Entry.objects.filter(operation="Sign In").order_by("time")
    assert (refused.outcome, refused.target_name, refused.reason) == ("refused", "bob", "the password is wrong")
    assert refused.address == "127.0.0.1"
    assert misplaced.target_name == "(not a name)"
    assert (allowed.outcome, allowed.actor_name, allowed.actor_id) == ("allowed", "bob", bob.id)
    texts = " ".join(str(vars(entry)) for entry in (refused, misplaced, allowed))
    assert "a wrong password" not in texts
    assert "my secret" not in texts
    assert PASSWORD not in texts


def test_guessing_a_name_is_slowed_down_more_and_more(bob: User, later: Callable[..., None]) -> None:
    for _ in range(rules.FAILURES_PER_NAME):
        assert sign_in("bob", "wrong").status_code == 401
    answer = sign_in("bob")
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 2
    assert answer.json()["code"] == "throttled"
    later(seconds=2)
    assert sign_in("bob", "wrong").status_code == 401
    assert 2 <= int(sign_in("bob")["Retry-After"]) <= 3
    later(seconds=4)
    assert sign_in("bob").status_code == 200
    assert not SignInFailure.objects.filter(key="name:bob").exists()


def test_guessing_is_slowed_down_for_unknown_names_alike() -> None:
    answers = [sign_in("nobody", "wrong").status_code for _ in range(rules.FAILURES_PER_NAME + 1)]
    assert answers[-2:] == [401, 429]


def test_guessing_many_names_from_one_address_is_slowed_down(bob: User, later: Callable[..., None]) -> None:
    for number in range(rules.FAILURES_PER_ADDRESS):
        assert sign_in(f"name{number}", "wrong").status_code == 401
    assert sign_in("bob").status_code == 429
    later(hours=2)
    assert sign_in("bob").status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"username", "password"}),
        ({"username": "bob"}, {"password"}),
        ({"username": "", "password": "x"}, {"username"}),
        ({"username": ["bob"], "password": "x"}, {"username"}),
        ({"username": "b\x00b", "password": "x"}, {"username"}),
        ({"username": "bob", "password": "x", "remember": True}, {"remember"}),
        ({"username": "bob", "password": "x" * 2000}, {"password"}),
    ],
)
def test_malformed_input_is_named_by_field(body: dict, fields: set[str]) -> None:
    answer = anonymous_client().post(LOGIN, body)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == fields


@pytest.mark.parametrize(
    "body",
    [b"{", b"[1]", b'"bob"', b'{"username":"a","username":"b","password":"x"}', b"\xff", b'{"username":NaN}', b"[" * 5000],
)
def test_malformed_json_is_refused(body: bytes) -> None:
    answer = anonymous_client().post(LOGIN, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_another_sites_page_cannot_sign_a_browser_in(bob: User) -> None:
    body = {"username": "bob", "password": PASSWORD}
    answer = anonymous_client().post(LOGIN, body, HTTP_ORIGIN="https://evil.example")
    assert answer.status_code == 403
    assert not Session.objects.exists()


def test_signing_out_ends_the_session(bob: User) -> None:
    client = client_of(bob)
    assert client.get("/api/v1/auth/me").status_code == 200
    assert client.post("/api/v1/auth/logout").status_code == 204
    assert client.get("/api/v1/auth/me").status_code == 401
    assert Entry.objects.filter(operation="Sign Out", actor_name="bob").exists()


def test_a_session_runs_out(bob: User, later: Callable[..., None]) -> None:
    client = client_of(bob)
    later(hours=13)
    assert client.get("/api/v1/auth/me").status_code == 401
    services.purge()
    assert not Session.objects.exists()


def test_a_deactivated_user_is_out_at_once(bob: User) -> None:
    client = client_of(bob)
    services.update_user(actor=SYSTEM, user=bob, is_active=False)
    assert client.get("/api/v1/auth/me").status_code == 401
    assert not Session.objects.exists()
