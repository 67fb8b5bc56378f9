from __future__ import annotations

import json

import pytest

from apps.core.errors import InvalidInput
from apps.gateway.docker import filters


@pytest.mark.parametrize("text", ['{"name":["a","b"]}', '{"name":{"a":true,"b":true}}', '{"name":{"a":false,"b":true}}'])
def test_both_forms_of_clients_mean_the_same(text: str) -> None:
    parsed = filters.parse(text)
    assert parsed == {"name": ["a", "b"]}
    assert json.loads(filters.write(parsed)) == {"name": {"a": True, "b": True}}


def test_no_filters_are_no_filters() -> None:
    assert filters.parse("") == {}


@pytest.mark.parametrize("text", ["[]", "x", '{"name":"a"}', '{"name":[1]}', '{"name":["a"],"name":["b"]}', '{"name":["a"]} x'])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        filters.parse(text)
