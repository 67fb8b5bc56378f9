"""The OpenAPI description is generated, and says everything without a warning."""

from __future__ import annotations

import json
import sys
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from tests.contracts.endpoints import endpoints
from tests.support.accounts import anonymous_client


@pytest.fixture
def schema() -> dict[str, Any]:
    answer = anonymous_client().get("/api/schema", HTTP_ACCEPT="application/json")
    assert answer.status_code == 200
    document: dict[str, Any] = json.loads(answer.content)
    return document


def test_it_is_made_and_valid_without_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    output = StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=StringIO())
    assert "Warning" not in output.getvalue()


def test_it_has_every_endpoint(schema: dict[str, Any]) -> None:
    described = {len(path.split("/")): path for path in schema["paths"]}
    rest = [endpoint for endpoint in endpoints() if endpoint.path.startswith("/api/v1/")]
    assert len(schema["paths"]) == len(rest)
    assert described
    methods = sum(len(endpoint.methods) for endpoint in rest)
    assert sum(len(operations) for operations in schema["paths"].values()) == methods


def test_every_operation_has_a_name_of_its_own_and_can_answer_with_a_problem(schema: dict[str, Any]) -> None:
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    for operation in operations:
        assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_every_operation_but_signing_in_says_how_to_sign_in(schema: dict[str, Any]) -> None:
    open_to_all = {
        operation["operationId"]
        for path in schema["paths"].values()
        for operation in path.values()
        if operation.get("security", []) == []
    }
    assert open_to_all == {"login"}


def test_it_is_served_as_yaml_too(as_root: APIClient) -> None:
    answer = as_root.get("/api/schema")
    assert answer.status_code == 200
    assert answer.content.startswith(b"openapi: 3.1")
