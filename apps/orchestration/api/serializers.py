"""The shapes of services, tasks, nodes and containers."""

from __future__ import annotations

import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from apps.access.types import NONCE_LABEL, ObjectKind
from apps.core.rest import Serializer, capabilities_schema
from apps.orchestration.api.clusters import ClusterSerializer
from apps.orchestration.rules import summaries
from apps.orchestration.selectors import ContainerRow, NodeRow, ServiceRow, TaskRow, hostname_of, node_state
from apps.orchestration.types import ServiceState

SERVICE_STATES = [(state.value, state.value) for state in ServiceState]
MODES = [(mode, mode) for mode in ("replicated", "global", "replicated-job", "global-job")]


class ReplicasSerializer(Serializer):
    running = serializers.IntegerField()
    desired = serializers.IntegerField()


class PortSerializer(Serializer):
    protocol = serializers.CharField()
    target = serializers.IntegerField()
    published = serializers.IntegerField()
    mode = serializers.CharField()


class ServiceCapabilitiesSerializer(Serializer):
    update = serializers.BooleanField()  # type: ignore[assignment]
    delete = serializers.BooleanField()
    logs = serializers.BooleanField()
    move = serializers.BooleanField()


class StreamCapabilitiesSerializer(Serializer):
    exec = serializers.BooleanField()
    logs = serializers.BooleanField()


class ContainerCapabilitiesSerializer(StreamCapabilitiesSerializer):
    move = serializers.BooleanField()


class ServiceSerializer(Serializer):
    id = serializers.CharField(source="service.id")
    name = serializers.CharField(source="service.name")
    collection = serializers.CharField(help_text="Its path.")
    owner = serializers.CharField(source="service.owner_name", help_text="Empty where it was made behind our back.")
    image = serializers.SerializerMethodField()
    mode = serializers.ChoiceField(choices=MODES)
    replicas = ReplicasSerializer(source="*")
    state = serializers.ChoiceField(choices=SERVICE_STATES)
    created_at = serializers.DateTimeField(source="service.object.CreatedAt")
    updated_at = serializers.DateTimeField(source="service.object.UpdatedAt")
    labels = serializers.SerializerMethodField()
    ports = serializers.SerializerMethodField()
    capabilities = ServiceCapabilitiesSerializer()

    def get_image(self, row: ServiceRow) -> str:
        container = row.service.object["Spec"]["TaskTemplate"].get("ContainerSpec") or {}
        return summaries.image_of(container.get("Image") or "")

    def get_labels(self, row: ServiceRow) -> dict[str, str]:
        labels: dict[str, str] = row.service.object["Spec"].get("Labels") or {}
        return {key: value for key, value in labels.items() if key != NONCE_LABEL}

    @extend_schema_field(PortSerializer(many=True))
    def get_ports(self, row: ServiceRow) -> list[dict[str, Any]]:
        return summaries.ports_of(row.service.object)


class ServiceDetailSerializer(ServiceSerializer):
    spec = serializers.DictField(source="service.object.Spec", help_text="The engine's own specification.")


class TaskSerializer(Serializer):
    id = serializers.CharField(source="task.id")
    name = serializers.CharField()
    service_id = serializers.CharField(source="task.service_id")
    slot = serializers.SerializerMethodField()
    node_id = serializers.SerializerMethodField()
    node = serializers.CharField(help_text="The node's host name.")
    container_id = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    desired_state = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    image = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField(source="task.object.UpdatedAt")
    capabilities = StreamCapabilitiesSerializer()

    def get_slot(self, row: TaskRow) -> int | None:
        return row.task.object.get("Slot") or None

    def get_node_id(self, row: TaskRow) -> str:
        return row.task.object.get("NodeID") or ""

    def get_container_id(self, row: TaskRow) -> str:
        return (self._status(row).get("ContainerStatus") or {}).get("ContainerID") or ""

    def get_state(self, row: TaskRow) -> str:
        return summaries.task_state(row.task.object)

    def get_desired_state(self, row: TaskRow) -> str:
        return row.task.object.get("DesiredState") or ""

    def get_message(self, row: TaskRow) -> str:
        return self._status(row).get("Message") or ""

    def get_error(self, row: TaskRow) -> str:
        return self._status(row).get("Err") or ""

    def get_image(self, row: TaskRow) -> str:
        container = row.task.object["Spec"].get("ContainerSpec") or {}
        return summaries.image_of(container.get("Image") or "")

    @staticmethod
    def _status(row: TaskRow) -> dict[str, Any]:
        return row.task.object.get("Status") or {}


class NodeSerializer(Serializer):
    """In reduced form collection, address and engine version are empty."""

    id = serializers.CharField(source="node.id")
    hostname = serializers.SerializerMethodField()
    role = serializers.CharField(source="node.object.Spec.Role")
    availability = serializers.CharField(source="node.object.Spec.Availability")
    state = serializers.SerializerMethodField()
    address = serializers.SerializerMethodField()
    collection = serializers.CharField()
    engine_version = serializers.SerializerMethodField()
    capabilities = capabilities_schema("NodeCapabilities", "move")

    def get_hostname(self, row: NodeRow) -> str:
        return hostname_of(row.node)

    def get_state(self, row: NodeRow) -> str:
        return node_state(row.node)

    def get_address(self, row: NodeRow) -> str:
        return "" if row.is_reduced else (row.node.object.get("Status") or {}).get("Addr") or ""

    def get_engine_version(self, row: NodeRow) -> str:
        engine = (row.node.object.get("Description") or {}).get("Engine") or {}
        return "" if row.is_reduced else engine.get("EngineVersion") or ""


class ContainerSerializer(Serializer):
    id = serializers.CharField(source="container.id")
    name = serializers.SerializerMethodField()
    image = serializers.SerializerMethodField()
    state = serializers.CharField(source="container.object.State")
    status = serializers.CharField(source="container.object.Status")
    collection = serializers.CharField()
    owner = serializers.CharField(source="container.owner_name")
    service_id = serializers.CharField(source="container.service_id", help_text="Empty for a plain container.")
    node = serializers.CharField()
    created_at = serializers.SerializerMethodField()
    capabilities = ContainerCapabilitiesSerializer()

    def get_name(self, row: ContainerRow) -> str:
        return summaries.container_name(row.container.object)

    def get_image(self, row: ContainerRow) -> str:
        return summaries.image_of(row.container.object.get("Image") or "")

    def get_created_at(self, row: ContainerRow) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(row.container.object["Created"], datetime.UTC)


class CountsSerializer(Serializer):
    total = serializers.IntegerField()
    running = serializers.IntegerField()


class FailableCountsSerializer(CountsSerializer):
    failed = serializers.IntegerField()


class NodeCountsSerializer(Serializer):
    total = serializers.IntegerField()
    ready = serializers.IntegerField()


class MoveBody(Serializer):
    collection = serializers.CharField(help_text="The path where it goes.", trim_whitespace=False, max_length=512)
    confirm = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=64, help_text="From the 409 that asked for it."
    )


class PlacedSerializer(Serializer):
    """An object of any kind and the collection it is in."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in ObjectKind])
    id = serializers.CharField()
    name = serializers.CharField()
    collection = serializers.CharField(help_text="Its path.")


class MoveProblemSerializer(Serializer):
    """409 with the code `needs-confirmation`: the move would stop running tasks. Sent again with `confirm`, it is done."""

    code = serializers.CharField()
    detail = serializers.CharField()
    confirm = serializers.CharField(help_text="Confirms exactly the tasks listed.")
    evicts = inline_serializer(
        name="EvictedTask", fields={"task": serializers.CharField(), "node": serializers.CharField()}, many=True
    )
    hidden = serializers.IntegerField(help_text="How many more tasks, which the caller may not see.")


class SummarySerializer(Serializer):
    clusters = ClusterSerializer(many=True)
    advice = serializers.SerializerMethodField(help_text="How to attach an engine where there is none.")
    services = FailableCountsSerializer()
    tasks = FailableCountsSerializer()
    nodes = NodeCountsSerializer()
    containers = CountsSerializer()

    def get_advice(self, summary: Any) -> str:
        return "" if summary.clusters else summaries.NONE_ATTACHED
