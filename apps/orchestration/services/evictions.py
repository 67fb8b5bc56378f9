"""What a change of the tree of collections would stop, asked of the swarms themselves: the projection may be seconds behind."""

from __future__ import annotations

import json
import uuid
from typing import Any

from apps.access.selectors import places_of_nodes
from apps.core.actor import Actor
from apps.core.evictions import Ancestors, Eviction
from apps.orchestration.clients.gateway import EngineClient
from apps.orchestration.models import Cluster
from apps.orchestration.rules import fitting, scheduling
from apps.orchestration.rules.fitting import Node, Relabelling
from apps.orchestration.types import ClusterKind, ClusterState

Json = dict[str, Any]


def evictions_of_change(before: Ancestors, after: Ancestors) -> list[Eviction]:
    """The tasks on all swarms that lose their node when the tree of collections changes so, by name.

    Raises:
        EngineUnavailable: a swarm does not answer, and nodes of it would change their labels.
    """
    swarms = Cluster.objects.filter(kind=ClusterKind.SWARM).exclude(state=ClusterState.UNKNOWN).order_by("name")
    return sorted(found for cluster in swarms for found in _on(cluster, before, after))


def _on(cluster: Cluster, before: Ancestors, after: Ancestors) -> list[Eviction]:
    places = {id_: place for id_, place in places_of_nodes(cluster.id).items() if before(place) != after(place)}
    if not places:
        return []
    engine = EngineClient(Actor.system("evictions"), cluster.name)
    changes = [
        Relabelling(_labelled(node, before(places[node["ID"]])), _labelled(node, after(places[node["ID"]])))
        for node in engine.get("/nodes")
        if node["ID"] in places
    ]
    running = json.dumps({"desired-state": ["running"], "node": list(places)})
    return fitting.evictions(changes, engine.get("/services"), engine.get("/tasks", {"filters": running}))


def _labelled(node: Json, ancestors: tuple[uuid.UUID, ...]) -> Node:
    return Node(node, scheduling.node_labels(node["Spec"].get("Labels") or {}, ancestors))
