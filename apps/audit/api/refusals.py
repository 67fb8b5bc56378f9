"""Records every change that REST refuses to somebody signed in: with 403, and with 404 where it is hidden or absent.

Hidden and absent are recorded alike, too: whoever looks for what is hidden leaves a trace by what is not there as well.

This is REST's exception handler, so no view can forget it: it runs after the service's transaction was rolled back, and
writes in a transaction of its own. `core`, which shapes the answer, knows nothing of the audit log.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.encoding import escape_uri_path
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit import services
from apps.audit.types import Outcome
from apps.core import problems
from apps.core.errors import NotFound, Refused
from apps.core.rest import actor_of

MAX_REASON_CHARS = 1000


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """REST_FRAMEWORK["EXCEPTION_HANDLER"]."""
    error = problems.translate(exception)
    if isinstance(error, NotFound) or (isinstance(error, Refused) and not error.is_recorded):
        _record(error, context["request"])
    return problems.exception_handler(exception, context)


def _record(refused: Refused | NotFound, request: Request) -> None:
    actor = actor_of(request)
    if request.method in SAFE_METHODS or not actor.is_signed_in:
        return
    decision = refused.decision if isinstance(refused, Refused) else None
    path = escape_uri_path(request.path)  # as it was sent: a name in it may be anything
    with transaction.atomic():
        services.record(
            actor=actor,
            operation=decision.operation if decision else f"{request.method} {path}",
            target_kind="path",
            target_name=path,
            collection=decision.resource if decision else "",
            outcome=Outcome.REFUSED,
            reason=_printable(refused.detail)[:MAX_REASON_CHARS],
            detail={"method": request.method or ""},
        )


def _printable(text: str) -> str:
    """A sentence may name what the caller sent, which must not look like another line or entry."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
