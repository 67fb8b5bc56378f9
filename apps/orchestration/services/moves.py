"""Moving objects to other collections, done through the gateway as the caller: it decides, labels and audits."""

from __future__ import annotations

from apps.core.actor import Actor
from apps.orchestration import selectors
from apps.orchestration.clients import projection
from apps.orchestration.clients.gateway import EngineClient
from apps.orchestration.services.workloads import wait
from apps.orchestration.types import Projected


def move_object(*, actor: Actor, target: Projected, collection: str, confirm: str = "") -> None:
    """Moves an object of any kind, and returns when the projection has seen it.

    Args:
        collection: the path where it goes.
        confirm: what a NeedsConfirmation before carried, for a move that stops running tasks.

    Raises:
        NeedsConfirmation: it would stop running tasks.
        InvalidInput, Refused, NotFound, Conflict, EngineUnavailable: as the gateway says.
    """
    cluster = selectors.cluster_of(target)
    before = projection.objects(cluster.id, "services")[0]
    body = {"collection": collection, "confirm": confirm}
    EngineClient(actor, cluster.name).post(f"/quarterdeck/move/{target.kind}s/{target.id}", body)
    wait(cluster.id, before)
