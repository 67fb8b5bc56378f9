from __future__ import annotations

import errno
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError
from django.http import Http404
from rest_framework import exceptions as drf

from apps.core import errors, problems
from apps.core.decision import Decision


def leaves(root: type[errors.QuarterdeckError]) -> list[type[errors.QuarterdeckError]]:
    """The errors of `core.errors`; apps add leaves of their own."""
    return [root, *(leaf for child in root.__subclasses__() if child.__module__ == errors.__name__ for leaf in leaves(child))]


CARRIES: dict[type[errors.QuarterdeckError], dict[str, Any]] = {errors.NeedsConfirmation: {"confirm": "c", "evicts": []}}
"""What an error is not raised without, besides its sentence."""


@pytest.mark.parametrize("error", leaves(errors.QuarterdeckError))
def test_every_error_of_the_tree_is_a_problem_with_a_sentence(error: type[errors.QuarterdeckError]) -> None:
    response = problems.exception_handler(error("the sentence", **CARRIES.get(error, {})), {})
    assert response is not None
    assert response.status_code == error.status
    assert response.data is not None
    assert {"type", "title", "status", "detail", "code"} <= set(response.data)
    assert response.data["detail"] == "the sentence"
    assert response.data["type"] == f"urn:quarterdeck:error:{error.code}"
    assert response.content_type == "application/problem+json"


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in leaves(errors.QuarterdeckError) if error.__module__ == errors.__name__]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("exception", "status"),
    [
        (drf.ValidationError({"a": ["wrong"]}), 400),
        (drf.ParseError("not JSON"), 400),
        (drf.NotAuthenticated(), 401),
        (drf.AuthenticationFailed(), 401),
        (drf.PermissionDenied(), 403),
        (PermissionDenied("no"), 403),
        (drf.NotFound(), 404),
        (Http404(), 404),
        (drf.MethodNotAllowed("PUT"), 405),
        (drf.NotAcceptable(), 406),
        (IntegrityError("UNIQUE"), 409),
        (drf.UnsupportedMediaType("text/plain"), 415),
        (drf.Throttled(3), 429),
        (OperationalError("database or disk is full"), 507),
        (OSError(errno.ENOSPC, "No space left on device"), 507),
    ],
)
def test_the_frameworks_errors_are_ours(exception: Exception, status: int) -> None:
    error = problems.translate(exception)
    assert error is not None
    assert error.status == status


def test_what_nobody_expected_stays_an_internal_error() -> None:
    assert problems.translate(ZeroDivisionError()) is None


def test_nested_fields_are_named_by_their_path() -> None:
    exception = drf.ValidationError({"a": {"b": ["wrong"]}, "c": [{}, {"d": ["bad"]}], "non_field_errors": ["x"]})
    error = problems.translate(exception)
    assert isinstance(error, errors.InvalidInput)
    assert error.errors == {"a.b": ["wrong"], "c[1].d": ["bad"], "body": ["x"]}


def test_a_refusal_names_operation_collection_and_what_is_missing() -> None:
    decision = Decision(False, "Service Create", "/Shared", ("Service Create with Host Bind Mounts",), subject="bob")
    document = problems.document(errors.Refused(decision=decision))
    assert document["detail"] == "bob may not do this: Service Create with Host Bind Mounts is missing on /Shared"
    assert (document["operation"], document["collection"]) == ("Service Create", "/Shared")
    assert document["missing"] == ["Service Create with Host Bind Mounts"]


def test_waiting_and_signing_in_are_said_in_headers() -> None:
    throttled = problems.exception_handler(errors.Throttled(retry_after_seconds=7), {})
    assert throttled is not None
    assert throttled["Retry-After"] == "7"
    unknown = problems.exception_handler(errors.NotSignedIn(), {})
    assert unknown is not None
    assert unknown["WWW-Authenticate"].startswith("Bearer")
