"""The table is complete: every documented call has a row or is in the remainder, and every row means something."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from apps.access.rules.operations import OPERATIONS
from apps.gateway.docker.handler import _TREATMENTS
from apps.gateway.docker.routes import NOT_YET, ROUTES, TABLE, Body, Route, Treatment, Where

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def find(method: str, path: str) -> tuple[str, str] | None:
    match = TABLE.find(method, path)
    return (match.route.template, match.reference) if match else None


@pytest.mark.parametrize("row", rows("engine-routes.tsv"), ids=lambda row: row["operation"])
def test_documented_route_has_exactly_one_row(row: dict[str, str]) -> None:
    def same(route: Route) -> bool:
        return route.template.replace("{name}", "{id}") == row["path"].replace("{name}", "{id}")

    assert len([route for route in (*ROUTES, *NOT_YET) if route.method == row["method"] and same(route)]) == 1


@pytest.mark.parametrize("row", rows("cli-calls.tsv"), ids=lambda row: f"{row['method']} {row['path']}")
def test_calls_of_stock_clients_have_a_supported_row_with_their_parameters(row: dict[str, str]) -> None:
    match = TABLE.find(row["method"], row["path"])
    assert match is not None
    assert match.route in ROUTES
    assert match.route.query is not None
    assert set(row["query"].split()) <= match.route.query


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_supported_row_decides_on_an_operation_of_the_catalogue(route: Route) -> None:
    if route.where in (Where.SIGNED_IN, Where.PLUGIN):
        assert not route.is_audited
    else:
        assert route.operation in OPERATIONS
    assert route.where is not Where.ADMINISTRATOR
    assert route.treatment in _TREATMENTS


@pytest.mark.parametrize("route", NOT_YET, ids=lambda route: f"{route.method} {route.template}")
def test_remainder_is_for_administrators_and_recorded_when_it_changes_something(route: Route) -> None:
    assert route.where is Where.ADMINISTRATOR
    assert route.is_audited == (route.method != "GET")


def test_what_changes_something_is_recorded() -> None:
    unrecorded = {route.template for route in ROUTES if route.method not in ("GET", "HEAD") and not route.is_audited}
    assert unrecorded == {"/containers/{id}/wait", "/containers/{id}/resize", "/exec/{id}/resize"}


def test_only_known_calls_may_become_tunnels() -> None:
    tunnels = {route.template for route in (*ROUTES, *NOT_YET) if route.treatment in (Treatment.HIJACK, Treatment.START_EXEC)}
    assert tunnels == {"/containers/{id}/attach", "/containers/{id}/attach/ws", "/exec/{id}/start", "/session", "/grpc"}


def test_starting_a_container_forwards_no_body() -> None:
    """Old engines take a host configuration from it."""
    match = TABLE.find("POST", "/containers/x/start")
    assert match is not None
    assert match.route.body is Body.NONE
    assert match.route.query is not None
    assert "checkpoint" not in match.route.query


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/containers/json", ("/containers/json", "")),
        ("GET", "/containers/json/json", ("/containers/{id}/json", "json")),
        ("GET", "/images/json", ("/images/json", "")),
        ("GET", "/images/demo/busybox:1.0/json", ("/images/{name}/json", "demo/busybox:1.0")),
        ("GET", "/images/a/json/history", ("/images/{name}/history", "a/json")),
        ("GET", "/images/a/history/json", ("/images/{name}/json", "a/history")),
        ("DELETE", "/images/a/b/c", ("/images/{name}", "a/b/c")),
        ("POST", "/containers/x/attach", ("/containers/{id}/attach", "x")),
        ("GET", "/containers/x/attach/ws", ("/containers/{id}/attach/ws", "x")),
    ],
)
def test_paths_find_their_row(method: str, path: str, expected: tuple[str, str]) -> None:
    assert find(method, path) == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/networks/"),
        ("GET", "/services/x/y"),
        ("HEAD", "/containers/json"),
        ("PATCH", "/services/x"),
        ("GET", "/containers/x"),
        ("POST", "/containers/x/copy"),
        ("POST", "/containers/x/checkpoints"),
        ("GET", "/debug/vars"),
        ("OPTIONS", "/info"),
        ("get", "/info"),
    ],
)
def test_everything_else_does_not_exist(method: str, path: str) -> None:
    assert find(method, path) is None
