"""Every path of `web`, found in the URL table, so that no endpoint is forgotten by the completeness tests."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Endpoint:
    """A path with an example in the place of each parameter, and the view behind it."""

    path: str
    view: Any

    @property
    def view_class(self) -> type[APIView] | None:
        """None for a plain function."""
        return getattr(self.view, "cls", None)

    @property
    def methods(self) -> list[str]:
        return [method for method in METHODS if hasattr(self.view_class, method)]


def endpoints() -> list[Endpoint]:
    return list(_walk(get_resolver().url_patterns, "/"))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Endpoint]:
    for pattern in patterns:
        path = prefix + re.sub(r"<([^>]+)>", _example, str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        else:
            yield Endpoint(path, pattern.callback)


def _example(match: re.Match[str]) -> str:
    return str(uuid.UUID(int=1)) if match[1].startswith("uuid:") else "example"
