"""The labels that hold workloads on the nodes where they may run.

A node carries `com.docker.ucp.collection.<id>=true` for its collection and every collection above it; a service's
constraint asks for one of them (orchestration.rules.scheduling). These labels are all that we write to a swarm.

Only labels of collections that we know are ours: with those of another installation on the same swarm we do not quarrel,
and one of a collection that is gone constrains nothing.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable

from apps.access.types import NODE_LABEL_PREFIX
from apps.gateway.projector.engine import Engine

logger = logging.getLogger(__name__)


def wanted(ancestors: Iterable[uuid.UUID]) -> dict[str, str]:
    """Args: ancestors: of the node's collection, itself included."""
    return {f"{NODE_LABEL_PREFIX}{each}": "true" for each in ancestors}


def ours(labels: dict[str, str], known: Collection[uuid.UUID]) -> dict[str, str]:
    """Args: known: every collection there is."""
    names = wanted(known)
    return {key: value for key, value in labels.items() if key in names}


async def write(engine: Engine, node_id: str, labels: dict[str, str], known: Collection[uuid.UUID]) -> None:
    """Makes these the node's labels of ours; its other labels stay. Does nothing where they are that already.

    A node that somebody changes at the same moment is left for the next round.
    """
    node = await engine.inspect_node(node_id)
    if node is None:
        return
    spec = node["Spec"]
    present = spec.get("Labels") or {}
    former = ours(present, known)
    if former == labels:
        return
    spec["Labels"] = {key: value for key, value in present.items() if key not in former} | labels
    if not await engine.update_node(node_id, node["Version"]["Index"], spec):
        logger.info("the labels of node %s were not written, it has just changed; again later", node_id)
