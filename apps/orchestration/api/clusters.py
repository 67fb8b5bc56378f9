"""`/clusters/`: attached engines and swarms."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.rest import ListQuery, Serializer, actor_of, page, page_schema, validated
from apps.orchestration import selectors, services
from apps.orchestration.selectors import ClusterRow
from apps.orchestration.types import ClusterKind, ClusterState


class NewClusterSerializer(Serializer):
    name = serializers.CharField()
    url = serializers.CharField(help_text="unix:///path or tcp://host:port of the engine.")


class ClusterNodesSerializer(Serializer):
    total = serializers.IntegerField(source="nodes_total")
    ready = serializers.IntegerField(source="nodes_ready")


class ClusterCapabilitiesSerializer(Serializer):
    delete = serializers.BooleanField()


class ClusterSerializer(Serializer):
    id = serializers.UUIDField(source="cluster.id")
    name = serializers.CharField(source="cluster.name")
    kind = serializers.ChoiceField(source="cluster.kind", choices=[(kind.value, kind.value) for kind in ClusterKind])
    state = serializers.ChoiceField(source="cluster.state", choices=[(state.value, state.value) for state in ClusterState])
    version = serializers.CharField(source="cluster.version")
    api_version = serializers.CharField(source="cluster.api_version")
    error = serializers.SerializerMethodField(help_text="The engine's last error; for administrators.")
    url = serializers.SerializerMethodField(help_text="Where the engine listens; for administrators.")
    nodes = ClusterNodesSerializer(source="*")
    advice = serializers.CharField(help_text="What to do about it; empty where all is well.")
    seen_at = serializers.DateTimeField(source="cluster.seen_at", allow_null=True)
    is_private = serializers.BooleanField(source="cluster.is_private")
    capabilities = serializers.SerializerMethodField()

    def get_error(self, row: ClusterRow) -> str:
        return row.cluster.error if self.context["actor"].is_administrator else ""

    def get_url(self, row: ClusterRow) -> str:
        return row.cluster.url if self.context["actor"].is_administrator else ""

    @extend_schema_field(ClusterCapabilitiesSerializer)
    def get_capabilities(self, row: ClusterRow) -> dict[str, bool]:
        return {"delete": self.context["actor"].is_administrator}


class ClustersView(APIView):
    @extend_schema(operation_id="list_clusters", parameters=[ListQuery], responses=page_schema(ClusterSerializer))
    def get(self, request: Request) -> Response:
        """The attached clusters, each with advice where something is to be done."""
        validated(ListQuery, request.query_params)
        return page(request, selectors.View(actor_of(request)).clusters(), ClusterSerializer)

    @extend_schema(operation_id="attach_cluster", request=NewClusterSerializer, responses={201: ClusterSerializer})
    def post(self, request: Request) -> Response:
        """Attaches an engine after trying to reach it. 200 where this address is attached already."""
        actor = actor_of(request)
        body: dict[str, Any] = validated(NewClusterSerializer, request.data)
        facts = services.probe_engine(actor=actor, url=body["url"])
        cluster, is_new = services.attach_cluster(actor=actor, name=body["name"], url=body["url"], facts=facts)
        (row,) = selectors.View(actor, cluster_name=cluster.name).clusters()
        return Response(ClusterSerializer(row, context={"actor": actor}).data, status=201 if is_new else 200)


class ClusterView(APIView):
    @extend_schema(operation_id="get_cluster", responses=ClusterSerializer)
    def get(self, request: Request, name: str) -> Response:
        actor = actor_of(request)
        (row,) = selectors.View(actor, cluster_name=name).clusters()
        return Response(ClusterSerializer(row, context={"actor": actor}).data)

    @extend_schema(operation_id="detach_cluster", responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Forgets the cluster and takes our labels from its nodes. What runs there goes on."""
        services.detach_cluster(actor=actor_of(request), cluster=selectors.cluster_named(name))
        return Response(status=204)
