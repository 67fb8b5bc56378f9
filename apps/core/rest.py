"""What every REST view of ours shares: the page of a list, strict JSON, the actor of a request, who may be asked.

Conventions of `docs/api.md`: lists are `{"count","next","previous","results"}` with `limit` (50, at most 1000) and
`offset`; unknown body fields and duplicate JSON keys are refused.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn, cast

from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.actor import Actor
from apps.core.errors import NotSignedIn

MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 64


class Pagination(LimitOffsetPagination):
    default_limit = 50
    max_limit = 1000


class StrictJSONParser(BaseParser):
    """RFC 8259 JSON without what makes two readers disagree: duplicate keys, NaN and Infinity, too deep nesting."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise ParseError(f"the body is larger than {MAX_BODY_BYTES} bytes")
        return strict_json(raw)


def strict_json(raw: bytes) -> Any:
    """The value of a JSON document.

    Raises:
        ParseError: not UTF-8, not JSON, a key twice in one object, NaN or Infinity, or nested deeper than 64.
    """
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ParseError("the body is not UTF-8") from error
    except RecursionError as error:
        raise ParseError(f"the body is nested deeper than {MAX_DEPTH}") from error
    except ValueError as error:
        raise ParseError(f"the body is not JSON: {error}") from error
    _check_depth(value, 0)
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


def _check_depth(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ParseError(f"the body is nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for item in value.values():
            _check_depth(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_depth(item, depth + 1)


class Serializer(serializers.Serializer[Any]):
    """Refuses fields it does not declare, so that a misspelt field is an error and not a silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name: ["there is no such field"] for name in unknown})
        return super().to_internal_value(data)


class SignedIn(BasePermission):
    """DEFAULT_PERMISSION_CLASSES: nobody unknown gets further than the few views that say `permission_classes = []`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not actor_of(request).is_signed_in:
            raise NotSignedIn("sign in first: POST /api/v1/auth/login, or use a client certificate")
        return True


def actor_of(request: Request) -> Actor:
    """The actor that authentication left on the request; anonymous where nothing signed in."""
    actor: object = request.auth  # authentication runs on first access
    return actor if isinstance(actor, Actor) else Actor.anonymous(address=str(request.META.get("REMOTE_ADDR", "")))


def validated(serializer_class: type[serializers.Serializer[Any]], data: Any, **kwargs: Any) -> dict[str, Any]:
    """The checked body. Raises ValidationError naming each field."""
    serializer = serializer_class(data=data, **kwargs)
    serializer.is_valid(raise_exception=True)
    return cast("dict[str, Any]", serializer.validated_data)
