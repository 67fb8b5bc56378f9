"""What every HTTP request of `web` passes: who the gateway says it is from, and the policy the browser must keep."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import is_valid_path

from apps.access.selectors import policy
from apps.core import actor, errors, problems, signing

Handler = Callable[[HttpRequest], HttpResponse]


class EdgeMiddleware:
    """Takes the gateway's signed statement about the connection: address, request id, and the certificate's account.

    The statement's payload is `{"address", "request_id", "actor": Actor.to_payload() | null}`; it is left on
    `request.META["quarterdeck.edge"]`. The gateway has dropped every `Quarterdeck-` header a client sent, so a statement
    that does not verify is a mistake or an attack, and is refused.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        statement = request.headers.get(signing.EDGE_HEADER)
        edge = {"address": request.META.get("REMOTE_ADDR", ""), "request_id": actor.new_request_id(), "actor": None}
        if statement is not None:
            try:
                edge = signing.verify(signing.EDGE, statement)
            except signing.BadStatement:
                return problems.response_for(errors.InvalidInput("the gateway's statement about this request is not valid"))
        request.META["quarterdeck.edge"] = edge
        request.META["REMOTE_ADDR"] = edge["address"]
        response = self.get_response(request)
        response["Quarterdeck-Request-Id"] = edge["request_id"]
        return response


class ContentSecurityPolicyMiddleware:
    """The console loads nothing from anywhere else, runs no inline script, and is framed by nobody.

    What the API answers is kept by no cache: it differs by caller, and ends with the caller's rights.
    """

    POLICY = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.POLICY)
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


class PolicyMiddleware:
    """Every request of the API is decided by the policy as it is at its start: who writes reads the own writes."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            policy.store.refresh()
        return self.get_response(request)


class EitherSlashMiddleware:
    """`/api/v1/users` and `/api/v1/users/` are one address: the spelling that exists is served, without a redirect.

    A redirect would lose the body of a POST in many clients.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith("/api/v1/") and not is_valid_path(path):
            other = path.removesuffix("/") if path.endswith("/") else path + "/"
            if is_valid_path(other):
                request.path_info = other
        return self.get_response(request)
