from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit import selectors, services
from apps.audit.models import Entry
from apps.audit.rules import chain
from apps.audit.selectors import listing
from apps.audit.types import Filters
from tests.support.accounts import actor_of

EXPORT = "/api/v1/audit/export"


@pytest.fixture(autouse=True)
def empty_log(as_root: APIClient, bob: User) -> None:
    Entry.objects.all().delete()


def record(bob: User, count: int = 1, **fields: object) -> None:
    values = {"operation": "Service Create", "target_kind": "service", "target_name": "web", **fields}
    for _ in range(count):
        services.record(actor=actor_of(bob), **values)  # type: ignore[arg-type]


def exported(client: APIClient, **query: str) -> str:
    answer: Any = client.get(EXPORT, query)
    assert answer.status_code == 200, answer.content
    assert answer.streaming
    return str(answer.getvalue().decode())


def test_csv_and_ndjson_hold_what_the_list_does_oldest_first(as_root: APIClient, bob: User) -> None:
    record(bob, target_name='ü, "x"\nnew line', detail={"image": "demo"}, reason="no", cluster="main")
    services.seal()
    record(bob, target_name="second")
    rows = list(csv.DictReader(io.StringIO(exported(as_root, format="csv"))))
    lines = [json.loads(line) for line in exported(as_root, format="ndjson").splitlines()]
    assert [row["target_name"] for row in rows][:2] == ['ü, "x"\nnew line', "second"]
    first = lines[0]
    assert (first["sequence"], first["actor_name"], first["detail"]) == (1, "bob", {"image": "demo"})
    assert json.loads(rows[0]["detail"]) == {"image": "demo"}
    assert (rows[0]["hash"], rows[1]["hash"]) == (first["hash"], "")


def test_who_has_the_export_can_compute_the_hashes(as_root: APIClient, bob: User) -> None:
    record(bob, 3)
    services.seal()
    previous = chain.FIRST_HASH
    for line in exported(as_root, format="ndjson").splitlines()[:3]:
        entry = json.loads(line)
        claimed, before = entry.pop("hash"), entry.pop("previous_hash")
        content = {name: value for name, value in entry.items() if name != "cluster" or value}
        assert before == previous
        assert chain.chain_hash(previous, content) == claimed
        previous = claimed


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "\uff1d1"])
def test_no_cell_is_a_formula(as_root: APIClient, bob: User, name: str) -> None:
    record(bob, target_name=name, target_id=name, reason=name, collection=name)
    text = exported(as_root, format="csv")
    (row, *_) = csv.DictReader(io.StringIO(text, newline=""))
    for column in ("target_name", "target_id", "reason", "collection"):
        assert row[column] == "'" + name
    assert json.loads(exported(as_root, format="ndjson").splitlines()[0])["target_name"] == name


def test_it_takes_the_filters_of_the_list(as_root: APIClient, bob: User) -> None:
    record(bob, operation="Grant Create")
    record(bob)
    services.seal()
    record(bob, operation="Grant Create")
    rows = list(csv.DictReader(io.StringIO(exported(as_root, operation="Grant Create", search="web"))))
    assert [row["operation"] for row in rows] == ["Grant Create", "Grant Create"]
    assert as_root.get(EXPORT, {"limit": "5"}).status_code == 400
    assert as_root.get(EXPORT, {"format": "xml"}).status_code == 400


def test_an_export_is_recorded_with_its_filters(as_root: APIClient, bob: User) -> None:
    exported(as_root, format="ndjson", actor="bob", **{"from": "2026-01-01T00:00:00Z"})
    entry = Entry.objects.get(operation="Audit Export")
    assert entry.actor_name == "root"
    assert entry.detail == {"format": "ndjson", "filters": {"actor": "bob", "since": "2026-01-01T00:00:00Z"}}


def test_who_may_not_read_the_log_exports_nothing(as_bob: APIClient) -> None:
    assert as_bob.get(EXPORT).status_code == 403
    assert not Entry.objects.filter(operation="Audit Export").exists()


def test_a_long_log_is_read_in_parts(
    bob: User, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(listing, "_CHUNK", 10)
    record(bob, 35)
    services.seal()
    with django_assert_max_num_queries(6):
        found = [entry.sequence for entry in selectors.every_entry(Filters())]
    assert found == list(range(1, 36))
