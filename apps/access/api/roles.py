"""`/operations/` and `/roles/…`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.access import selectors, services
from apps.access.api.shapes import (
    PREVIEW_SIZE,
    DeleteRoleQuery,
    GrantSerializer,
    OperationSerializer,
    RestoreBody,
    RoleBody,
    RolePreviewSerializer,
    RoleQuery,
    RoleSerializer,
    RoleUpdateBody,
    RoleVersionSerializer,
)
from apps.access.models import Role
from apps.access.rules.operations import OPERATIONS, OPTION_DESCRIPTIONS, WAITS_FOR, Operation, Operations, canonical
from apps.access.selectors.delegation import delegation_of
from apps.access.selectors.policy import store
from apps.core.previews import PreviewQuery, shown
from apps.core.rehearsal import effect_of
from apps.core.rest import ListQuery, actor_of, expected_version, page, page_schema, validated, versioned

ROLE_OR_PREVIEW = PolymorphicProxySerializer(
    component_name="RoleOrPreview", serializers=[RoleSerializer, RolePreviewSerializer], resource_type_field_name=None
)


class OperationsView(APIView):
    @extend_schema(operation_id="list_operations", responses=OperationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The whole catalogue: what a role can hold, and the options that gate what is dangerous. Not paginated."""
        return Response([_shown(operation) for operation in OPERATIONS.values()])


def _shown(operation: Operation) -> dict[str, object]:
    return {
        "name": operation.name,
        "group": operation.group,
        "description": operation.description,
        "options": [{"name": option.value, "description": OPTION_DESCRIPTIONS[option]} for option in operation.options],
        "waits_for": WAITS_FOR.get(operation.name, ""),
    }


class RolesView(APIView):
    @extend_schema(operation_id="list_roles", parameters=[RoleQuery], responses=page_schema(RoleSerializer))
    def get(self, request: Request) -> Response:
        """The built-in roles and the custom ones, by name."""
        query = validated(RoleQuery, request.query_params)
        return page(request, selectors.roles(actor_of(request), store.current, search=query.get("search", "")), RoleSerializer)

    @extend_schema(operation_id="create_role", request=RoleBody, responses={201: RoleSerializer})
    def post(self, request: Request) -> Response:
        """A custom role. Administrators only."""
        created = services.create_role(actor=actor_of(request), **validated(RoleBody, request.data))
        return _role(request, created.name, status=201)


class RoleView(APIView):
    @extend_schema(operation_id="get_role", responses=RoleSerializer)
    def get(self, request: Request, name: str) -> Response:
        return _role(request, name)

    @extend_schema(
        operation_id="update_role",
        parameters=[PreviewQuery],
        request=RoleUpdateBody,
        responses=ROLE_OR_PREVIEW,
    )
    def patch(self, request: Request, name: str) -> Response:
        """Changes a custom role; what is left out stays. Everybody who is granted it holds the new operations at once.

        With `?preview=1` it changes nothing and answers what is gained and lost by whom. With `If-Match`, a role that
        somebody changed meanwhile is a 409 with both versions: `current` and `submitted`.
        """
        is_preview = validated(PreviewQuery, request.query_params)["preview"]
        role = _named(request, name)
        changes = validated(RoleUpdateBody, request.data)
        if is_preview:
            change = partial(services.update_role, actor=actor_of(request), role=role, **changes)
            return _preview(request, role, changes.get("operations", role.operations), change)
        changed = services.update_role(actor=actor_of(request), role=role, expected=expected_version(request), **changes)
        return _role(request, changed.name)

    @extend_schema(operation_id="delete_role", parameters=[DeleteRoleQuery], responses={204: None, 200: RolePreviewSerializer})
    def delete(self, request: Request, name: str) -> Response:
        """Removes a custom role that no grant gives; with `?with_grants=1` those grants, too. `?preview=1` only tells."""
        query = validated(DeleteRoleQuery, request.query_params)
        role = _named(request, name)
        if query["preview"]:
            change = partial(services.delete_role, actor=actor_of(request), role=role, with_grants=True)
            return _preview(request, role, {}, change)
        services.delete_role(
            actor=actor_of(request), role=role, with_grants=query["with_grants"], expected=expected_version(request)
        )
        return Response(status=204)


class RoleHistoryView(APIView):
    @extend_schema(operation_id="list_role_versions", parameters=[ListQuery], responses=page_schema(RoleVersionSerializer))
    def get(self, request: Request, name: str) -> Response:
        """What a custom role was, newest first, and who changed it. For administrators and holders of Access View."""
        validated(ListQuery, request.query_params)
        return page(request, selectors.versions_of(actor_of(request), _named(request, name)), RoleVersionSerializer)


class RoleRestoreView(APIView):
    @extend_schema(
        operation_id="restore_role",
        parameters=[PreviewQuery],
        request=RestoreBody,
        responses=ROLE_OR_PREVIEW,
    )
    def post(self, request: Request, name: str) -> Response:
        """Makes the role what it was in an earlier version, as a new version; its name stays. `?preview=1` only tells."""
        is_preview = validated(PreviewQuery, request.query_params)["preview"]
        actor, role = actor_of(request), _named(request, name)
        number = validated(RestoreBody, request.data)["version"]
        if is_preview:
            change = partial(services.restore_role, actor=actor, role=role, number=number)
            return _preview(request, role, canonical(selectors.version_of(actor, role, number).operations), change)
        services.restore_role(actor=actor, role=role, number=number, expected=expected_version(request))
        return _role(request, name)


def _named(request: Request, name: str) -> Role:
    return selectors.role_named(actor_of(request), store.current, name)


def _role(request: Request, name: str, *, status: int = 200) -> Response:
    row = _named(request, name)
    return versioned(row, RoleSerializer(row, context={"actor": actor_of(request)}), status=status)


def _preview(request: Request, role: Role, operations: Operations, change: Callable[[], object]) -> Response:
    actor = actor_of(request)
    preview = selectors.preview_role_change(actor, role, operations)
    context: dict[str, Any] = {"actor": actor, "delegation": delegation_of(actor)}
    return Response(
        {
            "gained": preview.gained,
            "lost": preview.lost,
            "grants_count": preview.grants.count(),
            "grants": GrantSerializer(preview.grants[:PREVIEW_SIZE], many=True, context=context).data,
            "people_count": preview.people.count(),
            "people": [user.username for user in preview.people[:PREVIEW_SIZE]],
            "effect": shown(effect_of(actor, change)),
        }
    )
