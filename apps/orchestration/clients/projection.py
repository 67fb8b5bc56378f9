"""The projector's objects over its internal socket.

GET /clusters                          {"clusters": […]}
GET /clusters/{id}/{plural kind}       {"version": n, "objects": [{"id", "kind", "name", "collection_id", "owner_name",
                                       "service_id"?, "object": the engine's own JSON}]}
GET /clusters/{id}/wait?version=&timeout=
"""

from __future__ import annotations

import http.client
import json
import time
import uuid
from typing import Any

from django.conf import settings

from apps.core.errors import EngineUnavailable
from apps.orchestration.clients import unix_http
from apps.orchestration.types import Projected

_TIMEOUT_SECONDS = 10
_RESTART_SECONDS = 3.0
_RETRY_SECONDS = 0.1


def objects(cluster_id: uuid.UUID, plural_kind: str) -> tuple[int, list[Projected]]:
    """The projection's version and all objects of a kind, whoever may see them: callers filter.

    Args:
        plural_kind: "services", "tasks", "nodes", "containers", …

    Raises:
        EngineUnavailable: the projector does not answer, or has not seen this cluster yet.
    """
    answer = _get(f"/clusters/{cluster_id}/{plural_kind}")
    return answer["version"], [_projected(cluster_id, entry) for entry in answer["objects"]]


def wait(cluster_id: uuid.UUID, version: int, timeout_seconds: float = 1.0) -> None:
    """Returns when the projection has reached `version`, or the time is over: a write's caller then reads the own write."""
    _get(f"/clusters/{cluster_id}/wait?version={version}&timeout={timeout_seconds}")


def _projected(cluster_id: uuid.UUID, entry: dict[str, Any]) -> Projected:
    collection_id = entry.get("collection_id")
    return Projected(
        cluster_id=cluster_id,
        id=entry["id"],
        kind=entry["kind"],
        name=entry["name"],
        collection_id=uuid.UUID(collection_id) if collection_id else None,
        owner_name=entry.get("owner_name") or "",
        service_id=entry.get("service_id") or "",
        object=entry["object"],
    )


def _get(target: str) -> Any:
    answer = _ask_patiently(target)
    if answer.status != 200:
        raise EngineUnavailable("this cluster has not been seen yet; try again in a moment")
    return json.loads(answer.body)


def _ask_patiently(target: str) -> unix_http.Answer:
    """A projector that died is back within seconds, and these are questions only."""
    give_up_at = time.monotonic() + _RESTART_SECONDS
    while True:
        try:
            return unix_http.request(settings.PROJECTOR_SOCKET, "GET", target, headers={}, timeout_seconds=_TIMEOUT_SECONDS)
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= give_up_at:
                raise EngineUnavailable("what runs on the clusters is not known yet; try again in a moment") from error
        time.sleep(_RETRY_SECONDS)
