from __future__ import annotations

import enum


class ClusterKind(enum.StrEnum):
    SWARM = "swarm"  # an engine that is a manager of a swarm
    ENGINE = "engine"  # a lone engine without swarm mode


class ClusterState(enum.StrEnum):
    UNKNOWN = "unknown"  # attached, the projector has not seen it yet
    READY = "ready"
    UNREACHABLE = "unreachable"
