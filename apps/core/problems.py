"""Errors of the REST API as RFC 9457 `application/problem+json`."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions as drf
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from apps.core import errors

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"


def document(error: errors.QuarterdeckError) -> dict[str, Any]:
    return {
        "type": f"urn:quarterdeck:error:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        **error.extra(),
    }


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: every error of a view, in our shape. None (a 500) only for what nobody expected."""
    error = translate(exception)
    if error is None:
        return None
    if request := context.get("request"):
        request.accepted_renderer = JSONRenderer()  # also where the view answers in YAML or a zip
        request.accepted_media_type = CONTENT_TYPE
    response = Response(document(error), status=error.status, content_type=CONTENT_TYPE)
    if isinstance(error, errors.NotSignedIn):
        response["WWW-Authenticate"] = 'Bearer realm="quarterdeck"'
    if isinstance(error, errors.Throttled):
        response["Retry-After"] = str(error.retry_after_seconds)
    return response


def translate(exception: Exception) -> errors.QuarterdeckError | None:
    """Our error for an exception of DRF or Django, None where it is none of them."""
    match exception:
        case errors.QuarterdeckError():
            return exception
        case drf.ValidationError():
            return errors.InvalidInput(errors=_flatten(exception.detail))
        case drf.ParseError():
            return errors.InvalidInput(str(exception.detail))
        case drf.UnsupportedMediaType():
            return errors.UnsupportedMediaType("the body must be application/json")
        case drf.NotAcceptable():
            return errors.NotAcceptable("this is answered as JSON only; send Accept: application/json")
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return errors.NotSignedIn(str(exception.detail))
        case drf.PermissionDenied() | PermissionDenied():
            return errors.Refused(str(exception) or "")
        case drf.NotFound() | Http404():
            return errors.NotFound("there is nothing of that name here, or you may not see it")
        case drf.MethodNotAllowed():
            return errors.MethodNotAllowed(str(exception.detail))
        case drf.Throttled():
            return errors.Throttled(str(exception.detail), retry_after_seconds=int(getattr(exception, "wait", None) or 1))
        case IntegrityError():
            logger.info("integrity error answered as a conflict: %s", exception)
            return errors.Conflict("somebody made this already, or it is still in use")
        case OperationalError() if "disk is full" in str(exception) or "No space left" in str(exception):
            return errors.StorageFull("our database has no space left; nothing was changed")
        case OSError() if exception.errno == 28:
            return errors.StorageFull("our storage has no space left; nothing was changed")
    return None


def _flatten(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    if isinstance(detail, dict):
        flat: dict[str, list[str]] = {}
        for key, value in detail.items():
            name = prefix if key == "non_field_errors" else f"{prefix}.{key}" if prefix else str(key)
            flat.update(_flatten(value, name or "body"))
        return flat
    if isinstance(detail, list) and detail and isinstance(detail[0], dict | list):
        flat = {}
        for index, value in enumerate(detail):
            flat.update(_flatten(value, f"{prefix}[{index}]"))
        return flat
    texts = detail if isinstance(detail, list) else [detail]
    return {prefix or "body": [str(text) for text in texts]}


def response_for(error: errors.QuarterdeckError) -> HttpResponse:
    """For places outside DRF: middleware, plain views and Django's own error handlers."""
    return JsonResponse(document(error), status=error.status, content_type=CONTENT_TYPE)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: for a write to a path that is no REST endpoint."""
    return response_for(errors.Refused(f"the request could have been forged by another site: {reason}"))


def handler400(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return response_for(errors.InvalidInput("the request is malformed"))


def handler403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return response_for(errors.Refused(str(exception or "")))


def handler404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return response_for(errors.NotFound("no such path"))


def handler500(request: HttpRequest) -> HttpResponse:
    """Django has logged the exception; this joins it with the id the caller got."""
    edge = request.META.get("quarterdeck.edge", {})
    logger.error("%s %s failed, request id %s", request.method, request.path, edge.get("request_id", "unknown"))
    return response_for(errors.QuarterdeckError("something went wrong on our side; the log has it under the request id"))
