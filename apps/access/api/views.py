from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.access import selectors, services
from apps.access.api.shapes import (
    CollectionBody,
    CollectionQuery,
    CollectionSerializer,
    DecisionSerializer,
    ExplainQuery,
    GrantBody,
    GrantQuery,
    GrantSerializer,
    OperationSerializer,
    PlacedObjectSerializer,
    RoleSerializer,
)
from apps.access.rules.operations import OPERATIONS, OPTION_DESCRIPTIONS, WAITS_FOR, Operation
from apps.access.selectors.policy import store
from apps.core.errors import InvalidInput
from apps.core.rest import ListQuery, actor_of, expected_version, page, page_schema, validated, versioned


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
    @extend_schema(operation_id="list_roles", parameters=[ListQuery], responses=page_schema(RoleSerializer))
    def get(self, request: Request) -> Response:
        validated(ListQuery, request.query_params)
        return page(request, selectors.roles(), RoleSerializer)


class RoleView(APIView):
    @extend_schema(operation_id="get_role", responses=RoleSerializer)
    def get(self, request: Request, name: str) -> Response:
        return Response(RoleSerializer(selectors.role_named(name)).data)


class CollectionsView(APIView):
    @extend_schema(operation_id="list_collections", parameters=[CollectionQuery], responses=page_schema(CollectionSerializer))
    def get(self, request: Request) -> Response:
        """The collections the caller may see, ordered by path."""
        query = validated(CollectionQuery, request.query_params)
        rows = selectors.collections_visible_to(
            actor_of(request),
            store.current,
            path=query.get("path", ""),
            parent=query.get("parent", ""),
            search=query.get("search", ""),
        )
        return page(request, rows, CollectionSerializer)

    @extend_schema(operation_id="create_collection", request=CollectionBody, responses={201: CollectionSerializer})
    def post(self, request: Request) -> Response:
        """A new collection. The one above it must exist."""
        actor = actor_of(request)
        created = services.create_collection(actor=actor, path=validated(CollectionBody, request.data)["path"])
        return _collection(request, created.id, status=201)


class CollectionView(APIView):
    @extend_schema(operation_id="get_collection", responses=CollectionSerializer)
    def get(self, request: Request, collection_id: uuid.UUID) -> Response:
        return _collection(request, collection_id)

    @extend_schema(operation_id="update_collection", request=CollectionBody, responses=CollectionSerializer)
    def patch(self, request: Request, collection_id: uuid.UUID) -> Response:
        """Renames or moves it; what is in it, grants on it and collections below it come along."""
        actor = actor_of(request)
        collection = selectors.collection_visible_to(actor, store.current, collection_id)
        path = validated(CollectionBody, request.data)["path"]
        services.move_collection(actor=actor, collection=collection, path=path, expected=expected_version(request))
        return _collection(request, collection_id)

    @extend_schema(operation_id="delete_collection", responses={204: None})
    def delete(self, request: Request, collection_id: uuid.UUID) -> Response:
        """Removes it where it is empty."""
        actor = actor_of(request)
        collection = selectors.collection_visible_to(actor, store.current, collection_id)
        services.delete_collection(actor=actor, collection=collection, expected=expected_version(request))
        return Response(status=204)


def _collection(request: Request, collection_id: uuid.UUID, *, status: int = 200) -> Response:
    """The collection as it is after what this request changed."""
    store.refresh()
    actor = actor_of(request)
    row = selectors.collection_visible_to(actor, store.current, collection_id)
    return versioned(row, CollectionSerializer(row, context={"actor": actor}), status=status)


class CollectionObjectsView(APIView):
    @extend_schema(
        operation_id="list_collection_objects", parameters=[ListQuery], responses=page_schema(PlacedObjectSerializer)
    )
    def get(self, request: Request, collection_id: uuid.UUID) -> Response:
        """What is right in the collection, as far as the caller may see it."""
        validated(ListQuery, request.query_params)
        actor = actor_of(request)
        collection = selectors.collection_visible_to(actor, store.current, collection_id)
        return page(request, selectors.objects_in(actor, store.current, collection), PlacedObjectSerializer)


class GrantsView(APIView):
    @extend_schema(operation_id="list_grants", parameters=[GrantQuery], responses=page_schema(GrantSerializer))
    def get(self, request: Request) -> Response:
        """The grants, newest first: all to administrators and who holds Access View, to others those that apply to them."""
        query = validated(GrantQuery, request.query_params)
        rows = selectors.grants_visible_to(
            actor_of(request), store.current, subject=query.get("subject", ""), collection=query.get("collection", "")
        )
        return page(request, rows, GrantSerializer)

    @extend_schema(operation_id="create_grant", request=GrantBody, responses={201: GrantSerializer, 200: GrantSerializer})
    def post(self, request: Request) -> Response:
        """Grants a role on a collection and all below it. The same grant again answers 200, with its new end if it has one."""
        actor = actor_of(request)
        body = validated(GrantBody, request.data)
        grant, is_new = services.create_grant(
            actor=actor,
            subject=body["subject"],
            role=body["role"],
            collection=_collection_path(body["resource"], field="resource"),
            expires_at=body["expires_at"],
            comment=body["comment"],
        )
        return Response(GrantSerializer(grant, context={"actor": actor}).data, status=201 if is_new else 200)


class GrantView(APIView):
    @extend_schema(operation_id="get_grant", responses=GrantSerializer)
    def get(self, request: Request, grant_id: uuid.UUID) -> Response:
        actor = actor_of(request)
        grant = selectors.grant_visible_to(actor, store.current, grant_id)
        return Response(GrantSerializer(grant, context={"actor": actor}).data)

    @extend_schema(operation_id="delete_grant", responses={204: None})
    def delete(self, request: Request, grant_id: uuid.UUID) -> Response:
        actor = actor_of(request)
        services.delete_grant(actor=actor, grant=selectors.grant_visible_to(actor, store.current, grant_id))
        return Response(status=204)


class ExplainView(APIView):
    @extend_schema(operation_id="explain_access", parameters=[ExplainQuery], responses=DecisionSerializer)
    def get(self, request: Request) -> Response:
        """May this user do this there, and through what? Of others only for administrators and who holds Access View."""
        query = validated(ExplainQuery, request.query_params)
        decision = selectors.explain(
            actor_of(request),
            store.current,
            subject=query["subject"],
            operation=query["operation"],
            path=_collection_path(query["target"], field="target"),
            options=tuple(query.get("option", ())),
        )
        return Response(DecisionSerializer(decision).data)


def _collection_path(resource: str, *, field: str) -> str:
    kind, _, path = resource.partition(":")
    if kind != "collection" or not path.startswith("/"):
        raise InvalidInput.field(field, "must be collection:/PATH, for instance collection:/Shared/payments")
    return path
