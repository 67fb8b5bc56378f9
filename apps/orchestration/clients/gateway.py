"""The Docker API through the gateway's internal socket: whole requests and answers, in the name of an actor.

The gateway decides, audits and forwards as it does for the docker CLI; nothing here knows about rights.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from apps.core import signing
from apps.core.actor import Actor
from apps.core.errors import EngineUnavailable
from apps.orchestration.clients import unix_http
from apps.orchestration.clients.answers import error_of

CLUSTER_HEADER = "Quarterdeck-Cluster"


def headers_for(actor: Actor, cluster_name: str) -> dict[str, str]:
    """What a request on the internal socket carries: for whom we ask, and which cluster."""
    return {
        signing.ACTOR_HEADER: signing.sign(signing.ACTOR, actor.to_payload()),
        CLUSTER_HEADER: cluster_name,
        "Content-Type": "application/json",
    }


class EngineClient:
    """One actor's view of one cluster.

    Args:
        actor: for whom the gateway decides, and whom it records.
        cluster_name: "" for requests that belong to no cluster.

    Every method raises the error of the answer's status with the gateway's sentence (Refused, NotFound, Conflict, …), and
    EngineUnavailable where the gateway itself does not answer.
    """

    def __init__(self, actor: Actor, cluster_name: str = "") -> None:
        self._actor = actor
        self._cluster_name = cluster_name

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        return self._call("GET", path, query)

    def post(self, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Any:
        return self._call("POST", path, query, body)

    def delete(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        return self._call("DELETE", path, query)

    def _call(self, method: str, path: str, query: Mapping[str, str] | None, body: Any = None) -> Any:
        target = f"{path}?{urlencode(query)}" if query else path
        try:
            answer = unix_http.request(
                settings.GATEWAY_SOCKET,
                method,
                target,
                headers=headers_for(self._actor, self._cluster_name),
                body=None if body is None else json.dumps(body).encode(),
            )
        except (OSError, http.client.HTTPException) as error:
            raise EngineUnavailable("our gateway does not answer; try again in a moment") from error
        if answer.status >= 400:
            raise error_of(answer.status, answer.body)
        return json.loads(answer.body) if answer.body.strip() else None
