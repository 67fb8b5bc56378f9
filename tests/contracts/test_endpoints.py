"""What holds for every endpoint there is, also for those made after these tests."""

from __future__ import annotations

import pytest
from django.http import HttpResponseBase
from rest_framework.test import APIClient

from apps.accounts import selectors
from apps.accounts.api.transfer import MAX_IMPORT_BYTES
from apps.core.rest import MAX_BODY_BYTES, SignedIn
from tests.contracts.endpoints import Endpoint, endpoints
from tests.support.accounts import anonymous_client

PUBLIC = {"/api/v1/auth/login", "/api/schema", "/api/docs"}
"""Views for whoever asks. A new one here is a decision."""

PLAIN = {"/ca", "/healthz", "/readyz", "/ui", "/ui/", "/ui/example", "/"}
"""Functions for whoever asks, which read and never write."""

LARGER = {"/api/v1/users/import": MAX_IMPORT_BYTES}
"""Limits of those that take files."""

VIEWS = [endpoint for endpoint in endpoints() if endpoint.view_class is not None]
GUARDED = [(view, method) for view in VIEWS if view.path not in PUBLIC for method in view.methods]


def path_of(endpoint: Endpoint) -> str:
    return endpoint.path


def name_of(case: object) -> str:
    return case.path if isinstance(case, Endpoint) else str(case)


def is_problem(answer: HttpResponseBase) -> bool:
    return answer.headers["Content-Type"] == "application/problem+json"


def test_plain_functions_are_the_known_ones() -> None:
    assert {endpoint.path for endpoint in endpoints() if endpoint.view_class is None} <= PLAIN


def test_every_rest_path_is_below_the_version() -> None:
    assert {view.path for view in VIEWS if not view.path.startswith("/api/v1/")} <= PUBLIC


@pytest.mark.parametrize("view", VIEWS, ids=path_of)
def test_nobody_replaced_the_authentication(view: Endpoint) -> None:
    assert view.view_class is not None
    if view.path not in PUBLIC:
        assert [authentication.__name__ for authentication in view.view_class.authentication_classes] == ["OneAuthentication"]
        assert SignedIn in view.view_class.permission_classes


@pytest.mark.parametrize(("view", "method"), GUARDED, ids=name_of)
def test_nobody_unknown_gets_in(view: Endpoint, method: str) -> None:
    answer = getattr(anonymous_client(), method)(view.path, data=None if method == "get" else {})
    assert answer.status_code == 401
    assert is_problem(answer)
    assert answer.json()["code"] == "not-signed-in"
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("view", VIEWS, ids=path_of)
def test_every_error_is_a_problem(view: Endpoint, as_root: APIClient) -> None:
    answer = as_root.generic("PURGE", view.path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert is_problem(answer)


@pytest.mark.parametrize("view", [view for view in VIEWS if view.path not in PUBLIC], ids=path_of)
@pytest.mark.parametrize("accept", ["text/yaml", "nonsense"])
def test_a_format_we_do_not_have_is_a_problem(view: Endpoint, accept: str, as_root: APIClient) -> None:
    answer = as_root.get(view.path, HTTP_ACCEPT=accept)
    assert answer.status_code in (405, 406)
    assert is_problem(answer)


BODIES = [(view, method) for view in VIEWS for method in view.methods if method in ("post", "put", "patch")]


@pytest.mark.parametrize(("view", "method"), BODIES, ids=name_of)
def test_a_broken_body_is_never_an_internal_error(view: Endpoint, method: str, as_root: APIClient) -> None:
    send = getattr(as_root, method)
    for body in (b"{", b"[]", b'"x"', b"null", b'{"a":1,"a":2}', b'{"no such field":1}', b"\xff\xfe", b'{"name":"\\u0000"}'):
        answer = send(view.path, body, content_type="application/json")
        assert answer.status_code < 500, body
        assert answer.status_code < 400 or is_problem(answer), body


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/nothing/", "/api/", "/services", "/v1.41/info", "/admin/"])
def test_a_path_that_is_none_is_a_problem(path: str, as_root: APIClient) -> None:
    for answer in (as_root.get(path), as_root.post(path, {})):
        assert answer.status_code == 404
        assert is_problem(answer)


@pytest.mark.parametrize(("view", "method"), BODIES, ids=name_of)
def test_a_body_beyond_the_limit_is_refused(view: Endpoint, method: str, as_root: APIClient) -> None:
    body = b'{"name":"' + b"x" * LARGER.get(view.path, MAX_BODY_BYTES) + b'"}'
    answer = getattr(as_root, method)(view.path, body, content_type="application/json")
    if answer.status_code == 413:
        assert is_problem(answer)
    else:
        assert answer.status_code in (404, 204)  # found nothing to change before it read the body, or takes none


def test_answers_are_kept_by_no_cache(as_root: APIClient) -> None:
    assert as_root.get("/api/v1/auth/me")["Cache-Control"] == "no-store"


def test_an_internal_error_is_a_problem_and_gives_nothing_away(as_root: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("the secret inside")

    monkeypatch.setattr(selectors, "users_visible_to", broken)
    answer = as_root.get("/api/v1/users/")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert is_problem(answer)
    assert b"secret" not in answer.content
