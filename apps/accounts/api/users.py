"""`/users/…`."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors, services
from apps.accounts.api.serializers import (
    DepartureSerializer,
    HeirQuery,
    PasswordSerializer,
    UserCreateSerializer,
    UserDetailSerializer,
    UserQuery,
    UserSerializer,
    UserUpdateSerializer,
)
from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.rest import actor_of, expected_version, page, page_schema, validated, versioned


class UsersView(APIView):
    @extend_schema(operation_id="list_users", parameters=[UserQuery], responses=page_schema(UserSerializer))
    def get(self, request: Request) -> Response:
        """All users for administrators and auditors; oneself for others."""
        query = validated(UserQuery, request.query_params)
        users = selectors.users_visible_to(
            actor_of(request),
            search=query.get("search", ""),
            is_active=query.get("is_active"),
            is_admin=query.get("is_admin"),
        )
        return page(request, users.order_by(query["ordering"]), UserSerializer)

    @extend_schema(operation_id="create_user", request=UserCreateSerializer, responses={201: UserDetailSerializer})
    def post(self, request: Request) -> Response:
        """Administrators only. Without a password the user signs in by client certificate."""
        actor = actor_of(request)
        user = services.create_user(actor=actor, **validated(UserCreateSerializer, request.data))
        return versioned(user, UserDetailSerializer(user, context={"actor": actor}), status=201)


class UserView(APIView):
    @extend_schema(operation_id="get_user", responses=UserDetailSerializer)
    def get(self, request: Request, username: str) -> Response:
        actor = actor_of(request)
        user = selectors.user_visible_to(actor, username)
        return versioned(user, UserDetailSerializer(user, context={"actor": actor}))

    @extend_schema(operation_id="update_user", request=UserUpdateSerializer, responses=UserDetailSerializer)
    def patch(self, request: Request, username: str) -> Response:
        """Users change their own full name and e-mail address; the flags are an administrator's."""
        actor = actor_of(request)
        user = services.update_user(
            actor=actor,
            user=selectors.user_visible_to(actor, username),
            expected=expected_version(request),
            **validated(UserUpdateSerializer, request.data),
        )
        return versioned(user, UserDetailSerializer(user, context={"actor": actor}))

    @extend_schema(operation_id="delete_user", parameters=[HeirQuery], responses={204: None})
    def delete(self, request: Request, username: str) -> Response:
        """With `inherit_to`, that user takes over what this one owned; `…/deletion` tells beforehand what would happen."""
        actor = actor_of(request)
        user = selectors.user_visible_to(actor, username)
        services.delete_user(actor=actor, user=user, heir=_heir(request, actor, user))
        return Response(status=204)


class UserDeletionView(APIView):
    @extend_schema(operation_id="preview_user_deletion", parameters=[HeirQuery], responses=DepartureSerializer)
    def get(self, request: Request, username: str) -> Response:
        """What would be lost if the user were deleted, and who inherits it. Changes nothing. Administrators only."""
        actor = actor_of(request)
        user = selectors.user_visible_to(actor, username)
        return Response(
            DepartureSerializer(selectors.preview_user_departure(actor, user, heir=_heir(request, actor, user))).data
        )


class UserDeactivationView(APIView):
    @extend_schema(operation_id="preview_user_deactivation", responses=DepartureSerializer)
    def get(self, request: Request, username: str) -> Response:
        """What would end if the user were deactivated, and what would stay. Changes nothing. Administrators only."""
        actor = actor_of(request)
        user = selectors.user_visible_to(actor, username)
        return Response(DepartureSerializer(selectors.preview_user_departure(actor, user, is_final=False)).data)


def _heir(request: Request, actor: Actor, user: User) -> User | None:
    name = validated(HeirQuery, request.query_params).get("inherit_to")
    return selectors.heir_named(actor, name, instead_of=user) if name else None


class UserPasswordView(APIView):
    @extend_schema(operation_id="set_user_password", request=PasswordSerializer, responses={204: None})
    def post(self, request: Request, username: str) -> Response:
        """Ends the user's other sessions. One's own needs `old_password`; others' are an administrator's to set."""
        actor = actor_of(request)
        user = selectors.user_visible_to(actor, username)
        services.set_password(actor=actor, user=user, **validated(PasswordSerializer, request.data))
        return Response(status=204)
