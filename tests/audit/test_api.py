from __future__ import annotations

import base64
import datetime
import json
import uuid
from collections.abc import Callable
from urllib.parse import quote

import hypothesis
import pytest
from django.urls import path
from hypothesis import strategies as st
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.audit import services
from apps.audit.models import Entry
from apps.audit.selectors import Cursor, entries_visible_to
from apps.audit.types import Filters, Outcome
from apps.core.actor import Actor
from apps.core.decision import Decision
from apps.core.errors import InvalidInput, NotFound, Refused
from tests.support.accounts import actor_of, client_of

AUDIT = "/api/v1/audit/"


def record(user: User, **fields: object) -> Entry:
    values = {"operation": "Service Create", "target_kind": "service", "target_id": "s1", "target_name": "web", **fields}
    return services.record(actor=actor_of(user), **values)  # type: ignore[arg-type]


def test_it_is_for_administrators_and_auditors(as_root: APIClient, as_bob: APIClient, bob: User) -> None:
    refused = as_bob.get(AUDIT)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "bob may not do this: Audit View is missing on /"
    assert refused.json()["missing"] == ["Audit View"]
    assert not Entry.objects.filter(outcome="refused").exists()  # reading is no change
    as_root.post("/api/v1/grants/", {"subject": "user:bob", "role": "Auditor", "resource": "collection:/"})
    assert as_bob.get(AUDIT).status_code == 200
    assert as_root.get(AUDIT).status_code == 200


def test_an_entry_says_who_did_what_from_where_on_what_and_why(as_root: APIClient, bob: User) -> None:
    record(bob, collection="/Shared", outcome=Outcome.REFUSED, reason="no", detail={"image": "demo"})
    (entry,) = as_root.get(f"{AUDIT}?actor=BOB").json()["results"]
    assert entry.pop("id")
    assert entry.pop("actor_id") == str(bob.id)
    assert entry.pop("time").endswith("Z")
    assert entry == {
        "actor": "bob",
        "actor_kind": "user",
        "address": "192.0.2.1",
        "operation": "Service Create",
        "target_kind": "service",
        "target_id": "s1",
        "target_name": "web",
        "collection": "/Shared",
        "cluster": "",
        "credential": "",
        "outcome": "refused",
        "reason": "no",
        "detail": {"image": "demo"},
        "request_id": "test",
        "sequence": None,
        "previous_hash": "",
        "hash": "",
    }


@pytest.fixture(params=["sealed", "not sealed yet"])
def found(request: pytest.FixtureRequest, as_root: APIClient, bob: User, alice: User) -> Callable[..., list[str]]:
    """Who did what fits, of one old entry of Bob and a new one of Alice: by the index, and by looking at each."""
    Entry.objects.all().delete()
    old = record(bob, collection="/Shared/payments/eu", cluster="main", detail={"image": "demo/busybox:1.0"})
    Entry.objects.filter(id=old.id).update(time=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    record(
        alice,
        operation="Grant Create",
        target_kind="grant",
        target_id="g1",
        target_name="team acme/payments",
        outcome=Outcome.REFUSED,
        reason="alice may not: Über all cardinality",
    )
    if request.param == "sealed":
        services.seal()

    def find(**query: str) -> list[str]:
        answer = as_root.get(AUDIT, query)
        assert answer.status_code == 200, answer.content
        return [entry["actor"] for entry in answer.json()["results"]]

    return find


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["alice", "bob"]),
        ({"actor": "alice"}, ["alice"]),
        ({"actor": "ALICE"}, ["alice"]),
        ({"actor": "ali"}, []),
        ({"operation": "Service Create"}, ["bob"]),
        ({"operation": "Service"}, []),
        ({"target": "g1"}, ["alice"]),
        ({"target": "payments"}, ["alice"]),
        ({"target": "acme pay"}, ["alice"]),
        ({"target": "pay acme"}, []),
        ({"target_kind": "grant"}, ["alice"]),
        ({"target_id": "s1"}, ["bob"]),
        ({"target_name": "team acme/payments"}, ["alice"]),
        ({"target_name": "payments"}, []),
        ({"outcome": "refused"}, ["alice"]),
        ({"collection": "/Shared/payments/eu"}, ["bob"]),
        ({"collection": "/Shared"}, ["bob"]),
        ({"collection": "/"}, ["bob"]),
        ({"collection": "/Sha"}, []),
        ({"cluster": "main"}, ["bob"]),
        ({"address": "192.0.2.1"}, ["alice", "bob"]),
        ({"address": "192.0.2.2"}, []),
        ({"request_id": "test"}, ["alice", "bob"]),
        ({"search": "acme"}, ["alice"]),
        ({"search": "busyb"}, ["bob"]),
        ({"search": "ÜBER ALL"}, ["alice"]),
        ({"search": "cardinality"}, ["alice"]),
        ({"search": "cardinali"}, ["alice"]),
        ({"search": "cardinals"}, []),
        ({"search": "cardinality bob"}, []),
        ({"search": "cardinali grant"}, []),
        ({"search": "über bob"}, []),
        ({"search": '"* OR ('}, []),
        ({"search": "'; -- §"}, ["alice", "bob"]),
        ({"from": "2021-01-01T00:00:00Z"}, ["alice"]),
        ({"to": "2021-01-01T00:00:00Z"}, ["bob"]),
        ({"from": "2019-01-01T00:00:00Z", "to": "2019-06-01T00:00:00Z"}, []),
        ({"from": "2019-01-01T00:00:00Z", "to": "2021-01-01T00:00:00Z", "actor": "bob"}, ["bob"]),
        ({"actor": "bob", "outcome": "refused"}, []),
        ({"actor": "alice", "outcome": "refused", "search": "grant", "from": "2021-01-01T00:00:00Z"}, ["alice"]),
    ],
)
def test_every_filter_finds_what_fits_and_filters_add_up(
    found: Callable[..., list[str]], query: dict, expected: list[str]
) -> None:
    assert found(**query) == expected


def test_an_account_is_found_by_its_id_under_every_name_it_had(found: Callable[..., list[str]], bob: User) -> None:
    assert found(actor=str(bob.id)) == ["bob"]


@pytest.mark.parametrize(
    "query",
    [{"reason": "x"}, {"outcome": "x"}, {"from": "yesterday"}, {"ordering": "reason"}, {"cursor": "x"}, {"cursor": "bm8"}],
)
def test_a_filter_that_is_none_is_refused(as_root: APIClient, query: dict) -> None:
    answer = as_root.get(AUDIT, query)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(query)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str) | st.uuids().map(str),
    lambda values: st.lists(values, max_size=5) | st.dictionaries(st.text(), values, max_size=3),
)
positions = st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([1e308, 2**62, 2**63, True, "7", None])
moments = st.none() | st.datetimes(timezones=st.timezones() | st.none()).map(str) | st.text() | st.integers()
almost_cursors = st.tuples(positions, positions, moments, st.none() | st.uuids().map(str) | st.integers()).map(list)


def encoded(parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        base64.urlsafe_b64encode(b"[1e309,1e309,null,null]").rstrip(b"=").decode(),
        base64.urlsafe_b64encode(b"[" * 2000).decode(),
        encoded([1, 1, "2026-01-01T00:00:00Z", None]),  # a time without an id
        encoded([1, 1, None, str(uuid.UUID(int=1))]),
        encoded([1, 1, "0001-01-01T00:00:00+23:00", str(uuid.UUID(int=1))]),  # before the first year, in UTC
        encoded([1, 1, "2026-01-01T00:00:00", str(uuid.UUID(int=1))]),  # of no zone
        encoded([2**63, 2**63, None, None]),
        encoded([-1, 1, None, None]),
        encoded([1, 1, "x", 5]),
        "ü",
        "\0",
        "",
    ],
)
@pytest.mark.parametrize("ordering", ["time", "-time"])
def test_a_cursor_that_is_none_of_ours_is_refused(as_root: APIClient, text: str, ordering: str) -> None:
    answer = as_root.get(AUDIT, {"cursor": text, "ordering": ordering})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["cursor"]


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(st.text() | (json_values | almost_cursors).map(encoded))
def test_a_cursor_is_ours_to_the_letter_or_refused(text: str) -> None:
    try:
        cursor = Cursor.parse(text)
    except InvalidInput:
        return
    assert str(cursor) == text
    entries_visible_to(Actor.system("tests"), Filters(), limit=1, cursor=cursor)


@hypothesis.settings(deadline=None)
@hypothesis.given(
    st.integers(0, 2**62),
    st.integers(0, 2**62),
    st.none() | st.tuples(st.datetimes(timezones=st.just(datetime.UTC)), st.uuids()),
)
def test_a_cursor_of_ours_is_read_as_it_was_written(
    head: int, sequence: int, unsealed: tuple[datetime.datetime, uuid.UUID] | None
) -> None:
    cursor = Cursor(head, sequence, *(unsealed or ()))
    assert Cursor.parse(str(cursor)) == cursor


def numbers(answer: dict) -> list[int]:
    return [int(entry["target_id"]) for entry in answer["results"] if entry["operation"] == "Test"]


@pytest.mark.parametrize("sealed", [0, 5, 7, 12])
@pytest.mark.parametrize(
    "filters", ["", "&operation=Test", "&from=2000-01-01T00:00:00Z", "&search=web&to=2100-01-01T00:00:00Z"]
)
def test_pages_show_every_entry_once_whatever_is_sealed_meanwhile(
    as_root: APIClient, bob: User, sealed: int, filters: str
) -> None:
    Entry.objects.all().delete()
    for number in range(12):
        record(bob, operation="Test", target_id=str(number))
        if number + 1 == sealed:
            services.seal()
    shown: list[int] = []
    url = f"{AUDIT}?limit=5{filters}"
    while url:
        page = as_root.get(url).json()
        shown += numbers(page)
        url = page["next"]
        services.seal()
        record(bob, operation="Test", target_id="99")  # newer than the first page: no part of what is being read
    assert shown == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_the_oldest_come_first_in_the_order_of_the_chain(as_root: APIClient, bob: User) -> None:
    Entry.objects.all().delete()
    for number in range(6):
        record(bob, operation="Test", target_id=str(number))
    services.seal()
    record(bob, operation="Test", target_id="6")
    first = as_root.get(f"{AUDIT}?ordering=time&limit=4").json()
    assert numbers(first) == [0, 1, 2, 3]
    second = as_root.get(first["next"]).json()
    assert (numbers(second), second["next"]) == ([4, 5], None)
    assert numbers(as_root.get(f"{AUDIT}?limit=2&offset=3").json()) == [3, 2]


def test_everything_is_counted_and_what_fits_filters_is_not(as_root: APIClient, bob: User) -> None:
    Entry.objects.all().delete()
    record(bob)
    services.seal()
    record(bob)
    assert as_root.get(AUDIT).json()["count"] == 2
    assert as_root.get(f"{AUDIT}?actor=bob").json()["count"] is None


def test_an_entry_that_came_late_is_found_at_its_own_time(as_root: APIClient, bob: User) -> None:
    """As after the database was away: it is sealed behind entries that are younger."""
    Entry.objects.all().delete()
    times = [datetime.datetime(2026, 1, day, tzinfo=datetime.UTC) for day in (1, 5, 9, 3)]
    for number, time in enumerate(times):
        Entry.objects.filter(id=record(bob, operation="Test", target_id=str(number)).id).update(time=time)
        services.seal()
    query = "from=2026-01-02T00:00:00Z&to=2026-01-06T00:00:00Z"
    assert numbers(as_root.get(f"{AUDIT}?{query}").json()) == [3, 1]
    assert numbers(as_root.get(f"{AUDIT}?{query}&operation=Test").json()) == [3, 1]


class _RefusingView(APIView):
    def post(self, request: Request) -> Response:
        raise Refused(decision=Decision(False, "Thing Create", "/Shared", ("Thing Create",), subject="bob"))

    def put(self, request: Request) -> Response:
        raise Refused("the engine's gateway refused", is_recorded=True)

    get = post


class _HidingView(APIView):
    def delete(self, request: Request, name: str) -> Response:
        raise NotFound(f"there is no {name}, or you may not see it")

    get = post = put = patch = delete


urlpatterns = [
    path("api/v1/things/", _RefusingView.as_view()),
    path("api/v1/things/<str:name>/", _HidingView.as_view()),
]


@pytest.fixture
def refusing(settings: Settings, as_bob: APIClient) -> APIClient:
    settings.ROOT_URLCONF = __name__
    return as_bob


def test_every_refused_change_is_recorded_with_the_sentence(refusing: APIClient) -> None:
    answer = refusing.post("/api/v1/things/", {})
    assert answer.status_code == 403
    entry = Entry.objects.get(outcome="refused")
    assert (entry.actor_name, entry.operation, entry.collection) == ("bob", "Thing Create", "/Shared")
    assert entry.reason == answer.json()["detail"] == "bob may not do this: Thing Create is missing on /Shared"
    assert (entry.target_name, entry.detail) == ("/api/v1/things/", {"method": "POST"})
    assert entry.request_id == answer["Quarterdeck-Request-Id"]


def test_refused_reading_and_refusals_recorded_elsewhere_are_not_recorded(refusing: APIClient) -> None:
    assert refusing.get("/api/v1/things/").status_code == 403
    assert refusing.put("/api/v1/things/", {}).status_code == 403
    assert not Entry.objects.filter(outcome="refused").exists()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_change_of_what_is_hidden_or_absent_is_recorded_as_refused(refusing: APIClient, method: str) -> None:
    for name in ("hidden", "absent"):
        answer = getattr(refusing, method)(f"/api/v1/things/{name}/?preview=1")
        assert answer.status_code == 404
        entry = Entry.objects.get(request_id=answer["Quarterdeck-Request-Id"])
        assert (entry.actor_name, entry.outcome, entry.collection) == ("bob", "refused", "")
        assert entry.operation == f"{method.upper()} /api/v1/things/{name}/"
        assert (entry.target_kind, entry.target_name) == ("path", f"/api/v1/things/{name}/")
        assert entry.reason == answer.json()["detail"] == f"there is no {name}, or you may not see it"
        assert entry.detail == {"method": method.upper()}


def test_looking_for_what_is_hidden_and_paths_of_nothing_are_not_recorded(refusing: APIClient) -> None:
    for method in ("get", "head", "options"):
        getattr(refusing, method)("/api/v1/things/hidden/")
    assert refusing.post("/api/v1/nothing/", {}).status_code == 404
    assert refusing.delete("/api/v1/things/a/b/").status_code == 404
    assert not Entry.objects.filter(outcome="refused").exists()


def test_a_name_cannot_make_an_entry_look_like_another(refusing: APIClient) -> None:
    name = "x\n2026-11-21 root allowed\r\x1b[2J\u202e\0" + "y" * 2000
    assert refusing.delete(f"/api/v1/things/{quote(name)}/").status_code == 404
    entry = Entry.objects.get(outcome="refused")
    assert entry.target_name.startswith("/api/v1/things/x%0A2026-11-21%20root%20allowed%0D%1B%5B2J%E2%80%AE%00yyy")
    assert (len(entry.target_name), len(entry.operation), len(entry.reason)) == (600, 100, 1000)
    assert all(text.isprintable() for text in (entry.target_name, entry.operation, entry.reason))


def test_what_nobody_signed_in_for_is_not_recorded(as_root: APIClient) -> None:
    client = client_of(User.objects.get(username="root"))
    client.credentials()
    client.defaults.pop("HTTP_AUTHORIZATION")
    assert client.post("/api/v1/users/", {"username": "x"}).status_code == 401
    assert not Entry.objects.filter(outcome="refused").exists()
