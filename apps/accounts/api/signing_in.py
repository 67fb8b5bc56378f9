"""`/auth/…`: signing in and out, and who one is."""

from __future__ import annotations

from django.conf import settings
from django.middleware.csrf import get_token, rotate_token
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors, services
from apps.accounts.api.authentication import refuse_foreign_origin
from apps.accounts.api.serializers import LoginSerializer, MeSerializer, SignedInSerializer
from apps.accounts.types import SESSION_COOKIE
from apps.core import authorization
from apps.core.actor import Actor
from apps.core.rest import actor_of, edge_of, validated


class LoginView(APIView):
    authentication_classes = []  # a cookie that ran out must not stand in the way
    permission_classes = []

    @extend_schema(operation_id="login", request=LoginSerializer, responses=SignedInSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Opens a session. The token is for `Authorization: Bearer`; a browser also gets it as a cookie."""
        refuse_foreign_origin(request)
        body = validated(LoginSerializer, request.data)
        edge = edge_of(request)
        session, token = services.sign_in(
            username=body["username"],
            password=body["password"],
            address=edge["address"],
            user_agent=request.headers.get("User-Agent", ""),
            request_id=edge["request_id"],
        )
        actor = services.actor_of_user(
            session.user,
            address=edge["address"],
            request_id=edge["request_id"],
            credential=services.credential_of(session),
        )
        answer = {"token": token, "expires_at": session.expires_at, "user": session.user}
        response = Response(SignedInSerializer(answer, context={"actor": actor}).data, headers={"Cache-Control": "no-store"})
        response.set_cookie(
            SESSION_COOKIE,
            token,
            max_age=settings.SESSION_LIFETIME_SECONDS,
            secure=True,
            httponly=True,
            samesite="Strict",
        )
        rotate_token(request._request)
        return response


class LogoutView(APIView):
    @extend_schema(operation_id="logout", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Ends the session this request came with."""
        services.sign_out(actor=actor_of(request))
        response = Response(status=204)
        response.delete_cookie(SESSION_COOKIE, samesite="Strict")
        return response


class MeView(APIView):
    @extend_schema(operation_id="get_me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Who the caller is, where the caller belongs, and what the caller may do in the whole system."""
        actor = actor_of(request)
        get_token(request._request)  # a browser that kept only the session's cookie gets the other one again
        user = selectors.account_of(actor)
        answer = {
            "kind": actor.kind.value,
            "user": user,
            "organizations": selectors.organizations_of(user),
            "teams": selectors.teams_of_user(user),
            "capabilities": _capabilities(actor),
            "password_is_initial": user.password_is_initial,
        }
        return Response(MeSerializer(answer, context={"actor": actor}).data)


def _capabilities(actor: Actor) -> dict[str, bool]:
    def may(operation: str) -> bool:
        return actor.is_administrator or authorization.decide(actor, operation).allowed

    return {
        "administrator": actor.is_administrator,
        "create_user": actor.is_administrator,
        "create_organization": actor.is_administrator,
        "view_accounts": may("Account View"),
        "view_access": may("Access View"),
        "view_audit": may("Audit View"),
        "view_jobs": may("Job View"),
    }
