"""`/swarm/…`: services, tasks, nodes and containers, as the caller may see them, and actions on services."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.access.types import ObjectKind
from apps.core.rest import ListQuery, Serializer, actor_of, page, page_schema, validated
from apps.orchestration import selectors, services
from apps.orchestration.api.serializers import (
    SERVICE_STATES,
    ContainerSerializer,
    MoveBody,
    MoveProblemSerializer,
    NodeSerializer,
    PlacedSerializer,
    ServiceDetailSerializer,
    ServiceSerializer,
    SummarySerializer,
    TaskSerializer,
)

Row = TypeVar("Row")


class ClusterQuery(ListQuery):
    cluster = serializers.CharField(required=False, help_text="Only of this cluster.")
    search = serializers.CharField(required=False, help_text="A part of the name.")


class ServiceQuery(ClusterQuery):
    collection = serializers.CharField(required=False, help_text="The collection's path.")
    state = serializers.ChoiceField(required=False, choices=SERVICE_STATES)
    ordering = serializers.ChoiceField(
        required=False, default="name", choices=["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"]
    )


class TaskQuery(ClusterQuery):
    service = serializers.CharField(required=False, help_text="The service's id.")


class ContainerQuery(ClusterQuery):
    service = serializers.CharField(required=False, help_text="The service's id.")
    collection = serializers.CharField(required=False, help_text="The collection's path.")


class ScaleSerializer(Serializer):
    replicas = serializers.IntegerField(min_value=0, max_value=10_000)


class ServicesView(APIView):
    @extend_schema(operation_id="list_services", parameters=[ServiceQuery], responses=page_schema(ServiceSerializer))
    def get(self, request: Request) -> Response:
        query = validated(ServiceQuery, request.query_params)
        rows = _view(request, query).services()
        rows = _matching(rows, query, lambda row: row.service.name)
        rows = [row for row in rows if query.get("state") in (None, row.state)]
        rows = [row for row in rows if query.get("collection") in (None, row.collection)]
        return page(request, _ordered(rows, query["ordering"]), ServiceSerializer)


class ServiceView(APIView):
    @extend_schema(operation_id="get_service", responses=ServiceDetailSerializer)
    def get(self, request: Request, service_id: str) -> Response:
        row = selectors.View(actor_of(request)).service(service_id)
        return Response(ServiceDetailSerializer(row).data)

    @extend_schema(operation_id="delete_service", responses={204: None})
    def delete(self, request: Request, service_id: str) -> Response:
        actor = actor_of(request)
        services.remove_service(actor=actor, service=selectors.View(actor).service(service_id).service)
        return Response(status=204)


class ServiceScaleView(APIView):
    @extend_schema(operation_id="scale_service", request=ScaleSerializer, responses=ServiceDetailSerializer)
    def post(self, request: Request, service_id: str) -> Response:
        """Sets how many tasks a replicated service wants."""
        actor = actor_of(request)
        replicas = validated(ScaleSerializer, request.data)["replicas"]
        services.scale_service(actor=actor, service=selectors.View(actor).service(service_id).service, replicas=replicas)
        return Response(ServiceDetailSerializer(selectors.View(actor).service(service_id)).data)


class TasksView(APIView):
    @extend_schema(operation_id="list_tasks", parameters=[TaskQuery], responses=page_schema(TaskSerializer))
    def get(self, request: Request) -> Response:
        """By service and slot, the newest task of a slot first."""
        query = validated(TaskQuery, request.query_params)
        rows = _view(request, query).tasks(service_id=query.get("service", ""))
        return page(request, _matching(rows, query, lambda row: row.name), TaskSerializer)


class NodesView(APIView):
    @extend_schema(operation_id="list_nodes", parameters=[ClusterQuery], responses=page_schema(NodeSerializer))
    def get(self, request: Request) -> Response:
        """Nodes without Node View appear in reduced form where the caller's work runs or may run."""
        query = validated(ClusterQuery, request.query_params)
        rows = _matching(_view(request, query).nodes(), query, lambda row: selectors.hostname_of(row.node))
        return page(request, sorted(rows, key=lambda row: selectors.hostname_of(row.node)), NodeSerializer)


class ContainersView(APIView):
    @extend_schema(operation_id="list_containers", parameters=[ContainerQuery], responses=page_schema(ContainerSerializer))
    def get(self, request: Request) -> Response:
        """The newest first."""
        query = validated(ContainerQuery, request.query_params)
        rows = _view(request, query).containers(service_id=query.get("service", ""))
        rows = [row for row in rows if query.get("collection") in (None, row.collection)]
        rows = _matching(rows, query, lambda row: row.container.name)
        return page(request, sorted(rows, key=lambda row: -int(row.container.object["Created"])), ContainerSerializer)


class MoveView(APIView):
    """Args: kind: of the objects that the path names."""

    kind = ObjectKind.SERVICE

    def post(self, request: Request, object_id: str) -> Response:
        """Moves it to another collection.

        Needs the operation that updates or removes it where it is, and the one that creates it where it goes. Of a node,
        running tasks may have to stop: then the answer is 409 `needs-confirmation` with their list and a `confirm` to
        send along. A stack moves with all of it that is in its collection.
        """
        actor = actor_of(request)
        body = validated(MoveBody, request.data)
        target = selectors.View(actor).placed(self.kind, object_id)
        services.move_object(actor=actor, target=target, collection=body["collection"], confirm=body["confirm"])
        moved = {"kind": self.kind.value, "id": target.id, "name": target.name, "collection": body["collection"]}
        return Response(PlacedSerializer(moved).data)


def move_view(kind: ObjectKind) -> Callable[..., Any]:
    """The view for objects of a kind, under an operation id of its own."""
    described = extend_schema(
        operation_id=f"move_{kind.value}",
        request=MoveBody,
        responses={200: PlacedSerializer, (409, "application/problem+json"): MoveProblemSerializer},
    )
    named: type[APIView] = type(f"Move{kind.value.title()}View", (MoveView,), {"kind": kind})
    view: Callable[..., Any] = extend_schema_view(post=described)(named).as_view()
    return view


class SummaryView(APIView):
    @extend_schema(operation_id="get_summary", responses=SummarySerializer)
    def get(self, request: Request) -> Response:
        """Counts of what the caller may see."""
        actor = actor_of(request)
        return Response(SummarySerializer(selectors.View(actor).summary(), context={"actor": actor}).data)


def _view(request: Request, query: dict[str, Any]) -> selectors.View:
    return selectors.View(actor_of(request), cluster_name=query.get("cluster", ""))


def _matching(rows: Sequence[Row], query: dict[str, Any], name: Callable[[Row], str]) -> list[Row]:
    text = query.get("search", "").casefold()
    return [row for row in rows if text in name(row).casefold()]


def _ordered(rows: list[selectors.ServiceRow], ordering: str) -> list[selectors.ServiceRow]:
    keys: dict[str, Callable[[selectors.ServiceRow], str]] = {
        "name": lambda row: row.service.name,
        "created_at": lambda row: row.service.object["CreatedAt"],
        "updated_at": lambda row: row.service.object["UpdatedAt"],
    }
    return sorted(rows, key=keys[ordering.removeprefix("-")], reverse=ordering.startswith("-"))
