"""RFC 8259 JSON without what makes two readers disagree: duplicate keys, NaN and Infinity, too deep nesting."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from apps.core.errors import InvalidInput

MAX_DEPTH = 64


def strict_json(raw: bytes) -> Any:
    """The value of a JSON document.

    Raises:
        InvalidInput: not UTF-8 (a lone surrogate in an escape included), not JSON, a key twice in one object, NaN, Infinity
            or a number too large to be another, or nested deeper than 64.
    """
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise InvalidInput("the body is not UTF-8") from error
    except RecursionError as error:
        raise InvalidInput(f"the body is nested deeper than {MAX_DEPTH}") from error
    except ValueError as error:
        raise InvalidInput(f"the body is not JSON: {error}") from error
    _check(value, 0)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {key!r} stands twice in one object")
            seen.add(key)
    return result


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"the body is nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth + 1)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidInput("the body has an escape of half a character")
