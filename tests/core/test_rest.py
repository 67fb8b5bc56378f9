from __future__ import annotations

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.core import rest
from apps.core.errors import InvalidInput
from apps.core.rest import ListQuery, Pagination, Serializer, page_schema, validated
from apps.core.strict_json import strict_json


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b'{"a":1,"a":2}', "stands twice"),
        (b'{"x":{"a":1,"b":2,"a":3}}', "stands twice"),
        (b'{"a":NaN}', "NaN is not a JSON number"),
        (b"[-Infinity]", "is not a JSON number"),
        (b"[1e999]", "is too large"),
        (b"[" * 100 + b"]" * 100, "nested deeper"),
        (b"[" * 100_000, "nested deeper"),
        (b"9" * 5000, "is not JSON"),
        (b'"\\ud800"', "half a character"),
        (b'{"\\udc00":1}', "half a character"),
        (b"\xff", "is not UTF-8"),
        (b"", "is not JSON"),
        (b"{} {}", "is not JSON"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(raw: bytes, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        strict_json(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a":[1,2.5,null,true,"\\ud83d\\ude00"]}', {"a": [1, 2.5, None, True, "😀"]}),
        (b"12345678901234567890", 12345678901234567890),
        (b'{"a":1,"A":2}', {"a": 1, "A": 2}),
        (b" [] ", []),
    ],
)
def test_plain_json_is_read(raw: bytes, value: object) -> None:
    assert strict_json(raw) == value


class Thing(Serializer):
    name = serializers.CharField()
    is_big = serializers.BooleanField(required=False)


def test_fields_nobody_declared_are_refused() -> None:
    with pytest.raises(ValidationError) as raised:
        validated(Thing, {"name": "x", "Name": "y", "size": 3})
    assert set(raised.value.detail) == {"Name", "size"}


@pytest.mark.parametrize("body", [[], "text", 3, None])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(ValidationError):
        validated(Thing, body)


def request_of(query: str) -> Request:
    return Request(APIRequestFactory().get(f"/things/?{query}"))


def test_a_missing_query_parameter_is_missing_and_not_false() -> None:
    assert validated(Thing, request_of("name=x").query_params) == {"name": "x"}


def test_a_query_parameter_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="stands here twice"):
        validated(ListQuery, request_of("limit=1&limit=2").query_params)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=", "limit=-1", "limit=٣", "offset=x", "offset=99999999999999"]
)
def test_a_page_that_is_none_is_refused(query: str) -> None:
    with pytest.raises(InvalidInput):
        Pagination().paginate_queryset([1, 2, 3], request_of(query))


def test_a_page_is_fifty_unless_told() -> None:
    rows: list[int] = list(range(200))
    assert Pagination().paginate_queryset(rows, request_of("")) == rows[:50]
    assert Pagination().paginate_queryset(rows, request_of("limit=1000&offset=10")) == rows[10:]


def test_a_request_that_did_not_come_through_the_gateway_has_its_own_address_and_id() -> None:
    edge = rest.edge_of(request_of(""))
    assert edge["address"] == "127.0.0.1"
    assert edge["request_id"]
    assert edge["actor"] is None


def test_the_page_is_named_after_its_rows() -> None:
    assert type(page_schema(Thing)).__name__ == "ThingPage"
