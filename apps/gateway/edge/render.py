"""Errors in the dialect of the path they were met on: `{"message": …}` for Docker clients, problem+json for all others."""

from __future__ import annotations

import enum
import json
from typing import Any, NamedTuple

from apps.core.errors import InvalidInput, NotSignedIn, QuarterdeckError, Throttled


class Dialect(enum.Enum):
    DOCKER = "docker"
    PROBLEM = "problem"


class Rendered(NamedTuple):
    status: int
    content_type: str
    body: bytes
    headers: list[tuple[str, str]]


def error(problem: QuarterdeckError, dialect: Dialect) -> Rendered:
    """An error of `core.errors`."""
    headers: list[tuple[str, str]] = []
    if isinstance(problem, NotSignedIn):
        headers.append(("WWW-Authenticate", 'Bearer realm="quarterdeck"'))
    if isinstance(problem, Throttled):
        headers.append(("Retry-After", str(problem.retry_after_seconds)))
    if dialect is Dialect.DOCKER:
        return Rendered(problem.status, "application/json", _json({"message": problem.detail}), headers)
    document = {
        "type": f"urn:quarterdeck:error:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        **problem.extra(),
    }
    return Rendered(problem.status, "application/problem+json", _json(document), headers)


def bad_request(sentence: str, status: int, dialect: Dialect) -> Rendered:
    """What `http1` refused, with the status it chose."""
    rendered = error(InvalidInput(sentence), dialect)
    if status == rendered.status:
        return rendered
    body = rendered.body
    if dialect is Dialect.PROBLEM:
        body = _json({**json.loads(body), "status": status})
    return Rendered(status, rendered.content_type, body, rendered.headers)


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
