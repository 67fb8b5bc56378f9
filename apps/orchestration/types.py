from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, field
from typing import Any


class ClusterKind(enum.StrEnum):
    SWARM = "swarm"  # an engine that is a manager of a swarm
    ENGINE = "engine"  # a lone engine without swarm mode


class ClusterState(enum.StrEnum):
    UNKNOWN = "unknown"  # attached, the projector has not seen it yet
    READY = "ready"
    UNREACHABLE = "unreachable"


class ServiceState(enum.StrEnum):
    """What a person wants to know of a service at one look, derived from its tasks (`rules.summaries`)."""

    RUNNING = "running"  # as many tasks run as are wanted
    STARTING = "starting"  # fewer run, and none has failed
    UPDATING = "updating"  # an update or a rollback is on its way
    PAUSED = "paused"  # an update stopped half way
    DEGRADED = "degraded"  # some run, and others failed
    FAILED = "failed"  # none runs, and some failed
    STOPPED = "stopped"  # none is wanted
    COMPLETED = "completed"  # a job that is done


@dataclass(frozen=True, slots=True)
class Projected:
    """One object of a cluster, as the projector knows it.

    Args:
        kind: "service", "task", "node", "container", …
        collection_id: where it is; of a task and a task's container, where its service is. None is `/`.
        owner_name: who made it, "" where it was made behind our back.
        object: the engine's own JSON of the list call.
    """

    cluster_id: uuid.UUID
    id: str
    kind: str
    name: str
    collection_id: uuid.UUID | None
    owner_name: str = ""
    service_id: str = ""
    object: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What an engine says of itself when it is attached."""

    version: str
    api_version: str
    engine_id: str
    swarm_id: str
    is_manager: bool
