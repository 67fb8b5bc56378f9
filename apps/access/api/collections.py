"""`/collections/…` and the default collections of users and service accounts."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.access import selectors, services
from apps.access.api.shapes import (
    CollectionBody,
    CollectionDetailSerializer,
    CollectionQuery,
    CollectionSerializer,
    CollectionUpdateBody,
    DefaultCollectionBody,
    DefaultCollectionSerializer,
    DeleteCollectionQuery,
    ObjectsQuery,
    PlacedObjectSerializer,
)
from apps.access.rules.constraints import ConstraintType, LabelConstraint
from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.accounts.selectors import organization_visible_to, service_account_named, user_visible_to
from apps.core.rest import actor_of, expected_version, page, page_schema, validated, versioned


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

    @extend_schema(operation_id="create_collection", request=CollectionBody, responses={201: CollectionDetailSerializer})
    def post(self, request: Request) -> Response:
        """A new collection. The one above it must exist."""
        body = validated(CollectionBody, request.data)
        created = services.create_collection(
            actor=actor_of(request), path=body["path"], label_constraints=_constraints(body["label_constraints"])
        )
        return _collection(request, created.id, status=201)


class CollectionView(APIView):
    @extend_schema(operation_id="get_collection", responses=CollectionDetailSerializer)
    def get(self, request: Request, collection_id: uuid.UUID) -> Response:
        return _collection(request, collection_id)

    @extend_schema(operation_id="update_collection", request=CollectionUpdateBody, responses=CollectionDetailSerializer)
    def patch(self, request: Request, collection_id: uuid.UUID) -> Response:
        """Renames or moves it, or changes what workloads must carry there; what is left out stays.

        What is in it, grants on it and collections below it come along.
        """
        actor = actor_of(request)
        collection = selectors.collection_visible_to(actor, store.current, collection_id)
        changes = validated(CollectionUpdateBody, request.data)
        if "label_constraints" in changes:
            changes["label_constraints"] = _constraints(changes["label_constraints"])
        services.update_collection(actor=actor, collection=collection, expected=expected_version(request), **changes)
        return _collection(request, collection_id)

    @extend_schema(operation_id="delete_collection", parameters=[DeleteCollectionQuery], responses={204: None})
    def delete(self, request: Request, collection_id: uuid.UUID) -> Response:
        """Removes it where it is empty, or where `move_to` says what takes its objects and the collections below it."""
        actor = actor_of(request)
        query = validated(DeleteCollectionQuery, request.query_params)
        collection = selectors.collection_visible_to(actor, store.current, collection_id)
        services.delete_collection(actor=actor, collection=collection, expected=expected_version(request), **query)
        return Response(status=204)


def _constraints(rows: list[dict[str, Any]]) -> list[LabelConstraint]:
    return [LabelConstraint(ConstraintType(row["type"]), row["key"], row["value"], row["equality"]) for row in rows]


def _collection(request: Request, collection_id: uuid.UUID, *, status: int = 200) -> Response:
    """The collection as it is after what this request changed."""
    store.refresh()
    actor = actor_of(request)
    row: Any = selectors.collection_visible_to(actor, store.current, collection_id)
    inherited = selectors.inherited_label_constraints(store.current, collection_id)
    row.inherited = [{"collection": path, **each.to_json()} for path, each in inherited]
    row.former_paths = selectors.former_paths(actor, store.current, row)
    return versioned(row, CollectionDetailSerializer(row, context={"actor": actor}), status=status)


class CollectionObjectsView(APIView):
    @extend_schema(
        operation_id="list_collection_objects", parameters=[ObjectsQuery], responses=page_schema(PlacedObjectSerializer)
    )
    def get(self, request: Request, collection_id: uuid.UUID) -> Response:
        """What is right in the collection, as far as the caller may see it."""
        query = validated(ObjectsQuery, request.query_params)
        actor = actor_of(request)
        collection = selectors.collection_visible_to(actor, store.current, collection_id)
        rows = selectors.objects_in(
            actor, store.current, collection, kind=query.get("kind", ""), search=query.get("search", "")
        )
        return page(request, rows, PlacedObjectSerializer)


class DefaultCollectionView(APIView):
    @extend_schema(operation_id="get_default_collection", responses=DefaultCollectionSerializer)
    def get(self, request: Request, username: str) -> Response:
        """Where the user's objects go that name no collection."""
        return _default_collection(request, user_visible_to(actor_of(request), username))

    @extend_schema(operation_id="set_default_collection", request=DefaultCollectionBody, responses=DefaultCollectionSerializer)
    def put(self, request: Request, username: str) -> Response:
        """One's own, or anybody's for administrators. It gives no right there."""
        return _set_default_collection(request, user_visible_to(actor_of(request), username))

    @extend_schema(operation_id="reset_default_collection", responses={204: None})
    def delete(self, request: Request, username: str) -> Response:
        """From now on it is the private collection."""
        return _reset_default_collection(request, user_visible_to(actor_of(request), username))


class ServiceAccountDefaultCollectionView(APIView):
    @extend_schema(operation_id="get_service_account_default_collection", responses=DefaultCollectionSerializer)
    def get(self, request: Request, organization: str, name: str) -> Response:
        """Where the service account's objects go that name no collection."""
        return _default_collection(request, _service_account(request, organization, name))

    @extend_schema(
        operation_id="set_service_account_default_collection",
        request=DefaultCollectionBody,
        responses=DefaultCollectionSerializer,
    )
    def put(self, request: Request, organization: str, name: str) -> Response:
        """For administrators and those of the organisation. It gives no right there."""
        return _set_default_collection(request, _service_account(request, organization, name))

    @extend_schema(operation_id="reset_service_account_default_collection", responses={204: None})
    def delete(self, request: Request, organization: str, name: str) -> Response:
        """From now on it is `/Shared`: service accounts have no private collection."""
        return _reset_default_collection(request, _service_account(request, organization, name))


def _service_account(request: Request, organization: str, name: str) -> User:
    return service_account_named(organization_visible_to(actor_of(request), organization), name)


def _default_collection(request: Request, user: User) -> Response:
    store.refresh()
    actor, policy = actor_of(request), store.current
    chosen = policy.default_collection(user.id)
    shown = {
        "collection": policy.path_of(chosen) if chosen and policy.is_visible(actor, chosen) else None,
        "capabilities": {"update": selectors.may_choose_default_collection(actor, user)},
    }
    return Response(DefaultCollectionSerializer(shown).data)


def _set_default_collection(request: Request, user: User) -> Response:
    path = validated(DefaultCollectionBody, request.data)["collection"]
    services.set_default_collection(actor=actor_of(request), user=user, path=path)
    return _default_collection(request, user)


def _reset_default_collection(request: Request, user: User) -> Response:
    services.reset_default_collection(actor=actor_of(request), user=user)
    return Response(status=204)
