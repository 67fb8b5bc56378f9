"""Changing clusters and what runs on them. Engines are reached through the gateway, as the caller, which decides and audits."""

from apps.orchestration.services.clusters import attach_cluster, detach_cluster, probe_engine
from apps.orchestration.services.moves import move_object
from apps.orchestration.services.node_labels import enqueue_node_labels, sync_node_labels
from apps.orchestration.services.workloads import remove_service, scale_service

__all__ = [
    "attach_cluster",
    "detach_cluster",
    "enqueue_node_labels",
    "move_object",
    "probe_engine",
    "remove_service",
    "scale_service",
    "sync_node_labels",
]
