"""The `filters` parameter of the engine's lists, read strictly and written anew."""

from __future__ import annotations

import json
from collections.abc import Iterable

from apps.core.errors import InvalidInput
from apps.gateway.docker.objects import Kind
from apps.orchestration.rules import engine_json

Filters = dict[str, list[str]]

REFERENCES: dict[Kind, dict[str, Kind]] = {
    Kind.CONTAINER: {"before": Kind.CONTAINER, "since": Kind.CONTAINER},
    Kind.TASK: {"service": Kind.SERVICE, "node": Kind.NODE},
}
"""Filters that name another object. The engine answers 404 where it does not exist, so a foreign one must not exist either."""

NEEDS_FULL_VIEW = frozenset({"label", "node.label"})
"""Filters on what the reduced form of a node does not show."""


def parse(text: str) -> Filters:
    """Both forms that clients send: `{"name": ["x"]}` and `{"name": {"x": true}}`.

    Raises:
        InvalidInput: anything else.
    """
    if not text:
        return {}
    filters: Filters = {}
    for key, value in engine_json.parse(text.encode()).items():
        values = list(value) if isinstance(value, dict) else value
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise InvalidInput.field("filters", f"{key[:80]} must be a list of strings")
        filters[key] = values
    return filters


def write(filters: Filters) -> str:
    return json.dumps({key: dict.fromkeys(values, True) for key, values in filters.items()}, separators=(",", ":"))


def value_of(query: Iterable[tuple[str, str]], key: str) -> str:
    """The value of a query parameter, "" without it."""
    return next((value for name, value in query if name == key), "")
