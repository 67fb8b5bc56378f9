from __future__ import annotations

import datetime

import pytest
from django.urls import path
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.audit import services
from apps.audit.models import Entry
from apps.audit.types import Outcome
from apps.core.decision import Decision
from apps.core.errors import Refused
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
        "outcome": "refused",
        "reason": "no",
        "detail": {"image": "demo"},
        "request_id": "test",
        "sequence": None,
    }


def test_it_is_filtered_by_allow_listed_fields(as_root: APIClient, bob: User, alice: User) -> None:
    Entry.objects.all().delete()
    old = record(bob)
    Entry.objects.filter(id=old.id).update(time=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    record(alice, operation="Grant Create", target_id="g1", target_name="team acme/payments", outcome=Outcome.REFUSED)

    def found(**query: str) -> list[str]:
        answer = as_root.get(AUDIT, query)
        assert answer.status_code == 200, answer.content
        return [entry["actor"] for entry in answer.json()["results"]]

    assert found() == ["alice", "bob"]
    assert found(ordering="time") == ["bob", "alice"]
    assert found(actor="alice") == ["alice"]
    assert found(operation="Service Create") == ["bob"]
    assert found(target="g1") == ["alice"]
    assert found(target="payments") == ["alice"]
    assert found(outcome="refused") == ["alice"]
    assert found(search="acme") == ["alice"]
    assert found(**{"from": "2021-01-01T00:00:00Z"}) == ["alice"]
    assert found(to="2021-01-01T00:00:00Z") == ["bob"]
    for bad in ({"reason": "x"}, {"outcome": "x"}, {"from": "yesterday"}, {"ordering": "reason"}):
        assert as_root.get(AUDIT, bad).status_code == 400, bad


class _RefusingView(APIView):
    def post(self, request: Request) -> Response:
        raise Refused(decision=Decision(False, "Thing Create", "/Shared", ("Thing Create",), subject="bob"))

    def put(self, request: Request) -> Response:
        raise Refused("the engine's gateway refused", is_recorded=True)

    get = post


urlpatterns = [path("api/v1/things/", _RefusingView.as_view())]


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


def test_what_nobody_signed_in_for_is_not_recorded(as_root: APIClient) -> None:
    client = client_of(User.objects.get(username="root"))
    client.credentials()
    client.defaults.pop("HTTP_AUTHORIZATION")
    assert client.post("/api/v1/users/", {"username": "x"}).status_code == 401
    assert not Entry.objects.filter(outcome="refused").exists()
