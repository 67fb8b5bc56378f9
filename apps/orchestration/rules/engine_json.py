"""Strict JSON of Engine API bodies: what is checked here is what the engine will read.

The engine's decoder is lenient (Go's encoding/json): keys match whatever their case, with Unicode folding (`Binds` with a
long s, `NetworkMode` with a Kelvin sign), duplicate keys are merged, what follows the first value is
ignored. So a body is parsed strictly, compared with the fields we know (`engine_fields`), and serialised anew.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from apps.core.errors import InvalidInput
from apps.orchestration.rules import engine_fields

MAX_DEPTH = 64
_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**64 - 1
"""What fits into one of Go's integers; some versions of the engine answer 500 to anything beyond."""


class _Twice(dict[str, Any]):
    """An object in which `key` stood twice; kept until its path is known."""

    key: str = ""


def parse(raw: bytes) -> dict[str, Any]:
    """The object of a body.

    Raises:
        InvalidInput: with the field's path and what is wrong: not UTF-8, not JSON, not an object, something after the
            object, a key twice in one object, NaN or Infinity, half a surrogate pair, nested deeper than 64,
            an integer of more than 64 bits.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_refuse_constant, parse_float=_finite_float
        )
    except UnicodeDecodeError as error:
        raise InvalidInput("the body is not UTF-8") from error
    except RecursionError as error:
        raise InvalidInput(f"the body is nested deeper than {MAX_DEPTH}") from error
    except json.JSONDecodeError as error:
        raise InvalidInput(f"the body is not one JSON value: {error.msg} at character {error.pos}") from error
    except ValueError as error:
        raise InvalidInput(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidInput("the body must be a JSON object")
    _check_values(value)
    return value


def dump(body: dict[str, Any]) -> bytes:
    """The bytes that go to the engine: always ours, never the client's."""
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    keys = [key for key, _ in pairs]
    twice = _Twice(result)
    twice.key = next(key for key in keys if keys.count(key) > 1)
    return twice


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON")


def _finite_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _check_values(body: dict[str, Any]) -> None:
    """Looks at every value once, without recursion: the depth is the client's choice."""
    pending: list[tuple[Any, str, int]] = [(body, "", 1)]
    while pending:
        value, path, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise InvalidInput.field(path or "body", f"is nested deeper than {MAX_DEPTH}")
        if isinstance(value, _Twice):
            raise InvalidInput.field(_join(path, value.key), "stands twice in one object")
        if isinstance(value, str):
            _check_text(value, path)
        elif isinstance(value, int) and not _MIN_INTEGER <= value <= _MAX_INTEGER:
            raise InvalidInput.field(path, "is too large a number")
        elif isinstance(value, dict):
            for key, item in value.items():
                _check_text(key, path)
                pending.append((item, _join(path, key), depth + 1))
        elif isinstance(value, list):
            pending.extend((item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value))


def _check_text(text: str, path: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput.field(path or "body", "holds half of a surrogate pair") from error


def _join(path: str, key: str) -> str:
    key = key if len(key) <= 80 else key[:80] + "…"
    return f"{path}.{key}" if path else key


@dataclass(slots=True)
class Shape:
    """What a value may look like.

    Args:
        type: object, map, array, command (an array of strings, or one string), string, integer, number or boolean.
        fields: of an object, by their exact names.
        item: of an array or a map.
    """

    type: str
    fields: dict[str, Shape] = field(default_factory=dict)
    item: Shape | None = None


_STEP = re.compile(r"\[\]|\{\}|[^.\[\]{}]+")
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "map": (dict,),
    "array": (list,),
    "command": (list, str),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_ARTICLES = {"object": "an object", "map": "an object", "array": "an array", "integer": "an integer"}


def _shape(lines: str) -> Shape:
    """The tree of the fields that are listed one a line (see `engine_fields`), parents before their children."""
    root = Shape("object")
    for line in lines.split("\n"):
        if not line:
            continue
        path, type_name = line.split(" ")
        *parents, last = _STEP.findall(path)
        parent = root
        for step in parents:
            child = parent.item if step in ("[]", "{}") else parent.fields[step]
            assert child is not None, f"{path} is listed before its parent"  # noqa: S101 - of our own data
            parent = child
        if last in ("[]", "{}"):
            parent.item = Shape(type_name)
        else:
            parent.fields[last] = Shape(type_name)
    return root


@functools.cache
def shape(name: str) -> Shape:
    """The shape of a body: CONTAINER, SERVICE, EXEC, EXEC_START, NODE, SECRET or CONFIG."""
    return _shape(getattr(engine_fields, name))


def problems(body: dict[str, Any], shape: Shape) -> tuple[str, ...]:
    """What does not fit, each as "path: what is wrong"; at most ten of them."""
    found = []
    for problem in _misfits(body, shape, ""):
        found.append(problem)
        if len(found) == 10:
            break
    return tuple(found)


def _misfits(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, _PYTHON_TYPES[shape.type]) or (isinstance(value, bool) and shape.type != "boolean"):
        yield f"{path}: must be {_ARTICLES.get(shape.type, 'a ' + shape.type)}"
    elif isinstance(value, dict) and shape.type == "object":
        yield from _misfits_of_object(value, shape, path)
    elif isinstance(value, dict):
        yield from _misfits_of_items(((_join(path, key), item) for key, item in value.items()), shape)
    elif isinstance(value, list):
        yield from _misfits_of_items(((f"{path}[{index}]", item) for index, item in enumerate(value)), shape)


def _misfits_of_items(items: Iterator[tuple[str, Any]], shape: Shape) -> Iterator[str]:
    item_shape = shape.item or Shape("string")
    for path, item in items:
        if item is None and item_shape.type in ("string", "integer", "number", "boolean"):
            yield f"{path}: must be {_ARTICLES.get(item_shape.type, 'a ' + item_shape.type)}"
        else:
            yield from _misfits(item, item_shape, path)


def _misfits_of_object(value: dict[str, Any], shape: Shape, path: str) -> Iterator[str]:
    folded: dict[str, str] = {}
    for key, item in value.items():
        known = shape.fields.get(key)
        if known is None:
            yield f"{_join(path, key)}: {_unknown(key, shape)}"
            continue
        if (other := folded.setdefault(key.casefold(), key)) != key:
            yield f"{_join(path, key)}: is the same field as {other}"
        yield from _misfits(item, known, _join(path, key))


def _unknown(key: str, shape: Shape) -> str:
    folded = key.casefold()
    written = next((name for name in shape.fields if name.casefold() == folded), None)
    return f"is written {written}" if written else "is not a field of this request that we know"
