"""Records every change that REST refuses to somebody signed in.

This is REST's exception handler, so no view can forget it: it runs after the service's transaction was rolled back, and
writes in a transaction of its own. `core`, which shapes the answer, knows nothing of the audit log.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit import services
from apps.audit.types import Outcome
from apps.core import problems
from apps.core.errors import Refused
from apps.core.rest import actor_of


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """REST_FRAMEWORK["EXCEPTION_HANDLER"]."""
    error = problems.translate(exception)
    if isinstance(error, Refused) and not error.is_recorded:
        _record(error, context["request"])
    return problems.exception_handler(exception, context)


def _record(refused: Refused, request: Request) -> None:
    actor = actor_of(request)
    if request.method in SAFE_METHODS or not actor.is_signed_in:
        return
    decision = refused.decision
    with transaction.atomic():
        services.record(
            actor=actor,
            operation=decision.operation if decision else f"{request.method} {request.path}",
            target_kind="path",
            target_name=request.path,
            collection=decision.resource if decision else "",
            outcome=Outcome.REFUSED,
            reason=refused.detail,
            detail={"method": request.method or ""},
        )
