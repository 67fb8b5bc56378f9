"""The node labels that scheduling needs: each node carries one for its collection and for every collection above it.

The projector keeps them as it learns of changes; this is the same on demand, as a job with a result. Running it again
changes nothing.
"""

from __future__ import annotations

import uuid
from typing import Any

from apps.access import selectors as access
from apps.access.selectors.policy import store
from apps.access.types import ObjectKind
from apps.core.actor import Actor
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.orchestration.clients.gateway import EngineClient
from apps.orchestration.models import Cluster
from apps.orchestration.rules import scheduling
from apps.orchestration.types import ClusterKind

JOB_KIND = "orchestration.sync_node_labels"


def enqueue_node_labels(*, actor: Actor, cluster: Cluster) -> Job:
    """In the caller's transaction: a cluster was attached, or collections of its nodes moved."""
    return jobs.enqueue(JOB_KIND, f"cluster {cluster.name}", actor, cluster=str(cluster.id))


def sync_node_labels(cluster_id: uuid.UUID) -> dict[str, int]:
    """Writes what is missing and removes what is too much; returns {"nodes": …, "changed": …}.

    Raises:
        EngineUnavailable: the engine or the gateway does not answer; the projector writes them when it is back.
    """
    cluster = Cluster.objects.filter(id=cluster_id).first()
    if cluster is None or cluster.kind != ClusterKind.SWARM:
        return {"nodes": 0, "changed": 0}
    store.refresh()
    engine = EngineClient(Actor.system("node labels"), cluster.name)
    nodes = engine.get("/nodes")
    placements = access.placements_of(cluster.id, ObjectKind.NODE, [node["ID"] for node in nodes])
    changed = 0
    for node in nodes:
        placement = placements.get(node["ID"])
        if placement is not None:
            changed += _write(engine, node, store.current.ancestors(placement.collection_id))
    return {"nodes": len(nodes), "changed": changed}


def remove_node_labels(cluster: Cluster) -> None:
    """Raises EngineUnavailable."""
    if cluster.kind != ClusterKind.SWARM:
        return
    engine = EngineClient(Actor.system("node labels"), cluster.name)
    for node in engine.get("/nodes"):
        _write(engine, node, ())


def _write(engine: EngineClient, node: dict[str, Any], ancestors: tuple[uuid.UUID, ...]) -> bool:
    """Whether the node had to be changed."""
    present = node["Spec"].get("Labels") or {}
    wanted = scheduling.node_labels(present, ancestors)
    if wanted == present:
        return False
    path, version = f"/nodes/{node['ID']}/update", str(node["Version"]["Index"])
    engine.post(path, {**node["Spec"], "Labels": wanted}, {"version": version})
    return True
