"""Who a REST request is from: a bearer token, the console's cookie, or a client certificate the gateway found good.

In this order. A bad bearer token is an error and not a request of nobody's; a cookie that ran out counts as none. Who has
signed in stays that person although the browser holds somebody's certificate too. What a browser sends by itself, cookie
and certificate, counts for writes only from our own origin.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from apps.accounts import selectors, services
from apps.accounts.models import Session, User
from apps.accounts.types import SESSION_COOKIE
from apps.core.actor import Actor
from apps.core.rest import Edge, edge_of


class OneAuthentication(BaseAuthentication):
    """Sets `request.user` to the User and `request.auth` to the Actor."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        edge = edge_of(request)
        if header := request.headers.get("Authorization"):
            return _by_bearer(header, edge)
        token = request.COOKIES.get(SESSION_COOKIE)
        if token and (signed_in := _by_cookie(request, token, edge)):
            return signed_in
        if edge["actor"] is not None:
            refuse_foreign_origin(request)
            return _by_certificate(Actor.from_payload(edge["actor"]))
        return None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="quarterdeck"'


def _by_bearer(header: str, edge: Edge) -> tuple[User, Actor]:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise AuthenticationFailed(f"the authorization scheme {scheme[:20]!r} is not taken here; send a bearer token")
    session = selectors.session_by_token(token.strip())
    if session is None:
        raise AuthenticationFailed("the token is unknown, or its session has ended")
    return _signed_in(session, edge)


def _by_certificate(actor: Actor) -> tuple[User, Actor]:
    """The gateway has checked the certificate; the account is looked at again, because it decides on what it knew."""
    user = selectors.active_user(actor.id) if actor.id else None
    if user is None:
        raise AuthenticationFailed("the account of your client certificate is not active")
    return user, services.actor_of_user(user, address=actor.address, request_id=actor.request_id, credential=actor.credential)


def _by_cookie(request: Request, token: str, edge: Edge) -> tuple[User, Actor] | None:
    session = selectors.session_by_token(token)
    if session is None:
        return None  # a cookie that ran out: the console asks to sign in again
    _enforce_csrf(request)
    return _signed_in(session, edge)


def _signed_in(session: Session, edge: Edge) -> tuple[User, Actor]:
    actor = services.actor_of_user(
        session.user,
        address=edge["address"],
        request_id=edge["request_id"],
        credential=services.credential_of(session),
    )
    return session.user, actor


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, which also compares the Origin; gives the reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _enforce_csrf(request: Request) -> None:
    check = _CsrfCheck(_no_response)
    check.process_request(request._request)
    reason = check.process_view(request._request, _no_response, (), {})
    if reason:
        raise PermissionDenied(f"the request could have been forged by another site; send X-CSRF-Token ({reason})")


def _no_response(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse()


def refuse_foreign_origin(request: Request) -> None:
    """For a browser's write that carries no CSRF token: its page must be ours. Other clients send no Origin."""
    origin = request.headers.get("Origin")
    if request.method not in SAFE_METHODS and origin not in (None, f"{request.scheme}://{request.get_host()}"):
        raise PermissionDenied("the request comes from a page of another site")


class OneAuthenticationExtension(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """What the OpenAPI description says of it; drf-spectacular finds the class by being imported."""

    target_class = OneAuthentication
    name = ["bearer", "cookie", "certificate"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "A token of POST /api/v1/auth/login."},
            {
                "type": "apiKey",
                "in": "cookie",
                "name": SESSION_COOKIE,
                "description": "The console's; writes need X-CSRF-Token.",
            },
            {"type": "mutualTLS", "description": "The certificate of a client bundle."},
        ]
