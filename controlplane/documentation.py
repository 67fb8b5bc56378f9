"""`/api/schema` and `/api/docs`: the OpenAPI description of the REST API, and Swagger UI served by us."""

from __future__ import annotations

import functools
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import get_lib_doc_excludes
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import problems
from apps.core.rest import ListQuery, Serializer

# Swagger UI sets inline styles; scripts stay ours alone, its start is a file of its own (the split view).
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class OnceGenerator(SchemaGenerator):
    """Describes the API once a process: the description is the same for everybody, and takes long to make."""

    def get_schema(self, request: Any = None, public: bool = True) -> Any:
        return _schema()


@functools.cache
def _schema() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


class SchemaView(SpectacularAPIView):
    generator_class = OnceGenerator


class DocumentationView(SpectacularSwaggerSplitView):
    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        response["Content-Security-Policy"] = _POLICY
        return response


def base_classes() -> list[type]:
    """Their docstrings are for who writes views, and describe no object of the API."""
    return [*get_lib_doc_excludes(), Serializer, ListQuery]  # type: ignore[no-untyped-call]


def describe_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular: every operation can answer with a problem (RFC 9457)."""
    text: dict[str, Any] = {"type": "string"}
    texts: dict[str, Any] = {"type": "array", "items": text}
    result["components"].setdefault("schemas", {})["Problem"] = {
        "type": "object",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": {**text, "description": "A sentence for the person who reads it."},
            "code": {**text, "description": "For programs; see docs/api.md."},
            "errors": {"type": "object", "additionalProperties": texts, "description": "By field, of invalid input."},
            "operation": {**text, "description": "What was refused."},
            "collection": {**text, "description": "Where it was refused."},
            "missing": {**texts, "description": "The rights that would have been needed."},
        },
    }
    answer = {
        "description": "What went wrong.",
        "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = answer
    return result
