"""What every REST view of ours shares: the page of a list, strict JSON, the actor of a request, who may be asked.

Conventions of `docs/api.md`: lists are `{"count","next","previous","results"}` with `limit` (50, at most 1000) and
`offset`; unknown body fields, unknown query parameters and duplicate JSON keys are refused.

A view is a method of an `APIView` of these few lines:

    @extend_schema(parameters=[UserQuery], responses=page_schema(UserSerializer))
    def get(self, request: Request) -> Response:
        query = validated(UserQuery, request.query_params)
        return page(request, selectors.users_visible_to(actor_of(request)).filter(...), UserSerializer)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict, cast

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import actor as actors
from apps.core import versions
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotSignedIn, TooLarge
from apps.core.strict_json import strict_json

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself imports the permission class of this module

MAX_BODY_BYTES = 2 * 1024 * 1024
DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
MAX_OFFSET = 2**31


class Pagination(LimitOffsetPagination):
    """Refuses a `limit` or `offset` that is none, where Django REST framework would quietly take another.

    Sorts keys alone: joins, counts and long columns are read for the rows of the page, and not for those before it. A union
    of tables has no keys of its own, and is read as it is.
    """

    default_limit = DEFAULT_LIMIT
    max_limit = MAX_LIMIT

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any] | None:
        if not isinstance(queryset, QuerySet) or queryset.query.combinator:
            return super().paginate_queryset(queryset, request, view)
        keys: list[Any] | None = super().paginate_queryset(cast("Any", queryset.values_list("pk", flat=True)), request, view)
        return list(queryset.filter(pk__in=keys or ()))

    def get_limit(self, request: Request) -> int:
        return _number_of(request, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)

    def get_offset(self, request: Request) -> int:
        return _number_of(request, "offset", 0, 0, MAX_OFFSET)


def _number_of(request: Request, name: str, default: int, lowest: int, highest: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and lowest <= int(text) <= highest):
        raise InvalidInput.field(name, f"must be a whole number from {lowest} to {highest}")
    return int(text)


class StrictJSONParser(BaseParser):
    """RFC 8259 JSON without what makes two readers disagree: duplicate keys, NaN and Infinity, too deep nesting."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise TooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes")
        return strict_json(raw)


class Serializer(serializers.Serializer[Any]):
    """Refuses fields it does not declare, so that a misspelt field is an error and not a silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name: ["there is no such field"] for name in unknown})
        return super().to_internal_value(data)


class ListQuery(Serializer):
    """The query parameters every list takes. A list with filters declares them in a subclass; others are refused."""

    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_LIMIT, help_text="Objects a page, 50 unless told."
    )
    offset = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_OFFSET, help_text="Objects to leave out first."
    )


def page(
    request: Request, rows: QuerySet[Any] | Sequence[Any], serializer: type[serializers.Serializer[Any]], **context: Any
) -> Response:
    """One page of a list.

    Args:
        rows: all of them, ordered, as the caller may see them.
        serializer: of one row; finds the caller as `self.context["actor"]`, and `context` beside it.
    """
    paginator = Pagination()
    shown: Any = paginator.paginate_queryset(cast("Any", rows), request)
    return paginator.get_paginated_response(serializer(shown, many=True, context={"actor": actor_of(request), **context}).data)


def page_schema(serializer: type[serializers.Serializer[Any]], *, is_counted: bool = True) -> Any:
    """The page's shape for the OpenAPI description. Args: is_counted: false where `count` may be null."""
    name = serializer.__name__.removesuffix("Serializer")
    return inline_serializer(
        name=f"{name}Page",
        fields={
            "count": serializers.IntegerField(allow_null=not is_counted),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": serializer(many=True),
        },
    )


class SignedIn(BasePermission):
    """DEFAULT_PERMISSION_CLASSES: nobody unknown gets further than the few views that say `permission_classes = []`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not actor_of(request).is_signed_in:
            raise NotSignedIn("sign in first: POST /api/v1/auth/login, or use a client certificate")
        return True


def capabilities_schema(name: str, *capabilities: str) -> Any:
    """The shape of an object's `capabilities` for the OpenAPI description: what this caller may do to it."""
    return inline_serializer(name=name, fields={capability: serializers.BooleanField() for capability in capabilities})


def actor_of(request: Request) -> Actor:
    """The actor that authentication left on the request; anonymous where nothing signed in."""
    actor: object = request.auth  # authentication runs on first access
    if isinstance(actor, Actor):
        return actor
    edge = edge_of(request)
    return Actor.anonymous(address=edge["address"], request_id=edge["request_id"])


class Edge(TypedDict):
    """What the gateway said about the connection (`controlplane.middleware.EdgeMiddleware`)."""

    address: str
    request_id: str
    actor: dict[str, Any] | None


def edge_of(request: Request | HttpRequest) -> Edge:
    edge: Edge | None = request.META.get("quarterdeck.edge")
    if edge is None:
        return {"address": str(request.META.get("REMOTE_ADDR", "")), "request_id": actors.new_request_id(), "actor": None}
    return edge


def expected_version(request: Request) -> versions.Expected:
    """What `If-Match` asks for; the service checks it under its lock."""
    return versions.parse_if_match(request.headers.get("If-Match"))


def versioned(row: versions.Versioned, serializer: serializers.Serializer[Any], *, status: int = 200) -> Response:
    """One object with its `ETag`."""
    return Response(serializer.data, status=status, headers={"ETag": versions.tag_of(row)})


def validated(serializer_class: type[serializers.Serializer[Any]], data: Any, **kwargs: Any) -> dict[str, Any]:
    """The checked body, or the checked query parameters. Raises ValidationError naming each field."""
    if isinstance(data, QueryDict):
        data = _parameters(data, serializer_class)
    serializer = serializer_class(data=data, **kwargs)
    serializer.is_valid(raise_exception=True)
    return cast("dict[str, Any]", serializer.validated_data)


def _parameters(parameters: QueryDict, serializer_class: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """As a plain dict, because serializers take a QueryDict for an HTML form, in which what is missing is false.

    A parameter stands once, unless it is declared as a list.
    """
    lists = {name for name, field in serializer_class().fields.items() if isinstance(field, serializers.ListField)}
    repeated = {name: ["stands here twice"] for name, values in parameters.lists() if len(values) > 1 and name not in lists}
    if repeated:
        raise serializers.ValidationError(repeated)
    return {name: values if name in lists else values[0] for name, values in parameters.lists()}
