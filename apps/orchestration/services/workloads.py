"""Actions on services, done through the gateway as the caller: it decides, rewrites, audits, and refuses with its sentence."""

from __future__ import annotations

import uuid

from apps.core.actor import Actor
from apps.core.errors import Conflict, EngineUnavailable, InvalidInput
from apps.orchestration import selectors
from apps.orchestration.clients import projection
from apps.orchestration.clients.gateway import EngineClient
from apps.orchestration.rules import summaries
from apps.orchestration.types import Projected


def scale_service(*, actor: Actor, service: Projected, replicas: int) -> None:
    """Sets how many tasks a replicated service wants.

    Raises:
        InvalidInput: the service is global or a job.
        Refused, NotFound, EngineUnavailable: as the gateway says.
        Conflict: somebody changed the service at the same time, twice.
    """
    if summaries.mode_of(service.object) != "replicated":
        raise InvalidInput.field("replicas", "only replicated services can be scaled")
    engine = EngineClient(actor, selectors.cluster_of(service).name)
    before = _version(service)
    try:
        _scale(engine, service.id, replicas)
    except Conflict:
        _scale(engine, service.id, replicas)
    wait(service.cluster_id, before)


def _scale(engine: EngineClient, service_id: str, replicas: int) -> None:
    current = engine.get(f"/services/{service_id}")
    spec = current["Spec"]
    spec["Mode"]["Replicated"] = {"Replicas": replicas}
    engine.post(f"/services/{service_id}/update", spec, {"version": str(current["Version"]["Index"])})


def remove_service(*, actor: Actor, service: Projected) -> None:
    """Raises Refused, NotFound, EngineUnavailable: as the gateway says."""
    before = _version(service)
    EngineClient(actor, selectors.cluster_of(service).name).delete(f"/services/{service.id}")
    wait(service.cluster_id, before)


def _version(service: Projected) -> int:
    """The projection's version before a write."""
    return projection.objects(service.cluster_id, "services")[0]


def wait(cluster_id: uuid.UUID, before: int) -> None:
    """Until the projection has seen something newer, at most a second: who wrote then reads the own write."""
    try:
        projection.wait(cluster_id, before + 1)
    except EngineUnavailable:
        return  # written; what is shown follows
