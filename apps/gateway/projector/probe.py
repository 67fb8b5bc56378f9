"""`POST /quarterdeck/probe` on the gateway's internal socket: what answers at an address, before it is attached."""

from __future__ import annotations

import json

from apps.core.authorization import require_administrator
from apps.core.errors import InvalidInput, NotFound
from apps.gateway.edge.exchange import Exchange
from apps.gateway.edge.upstream import Upstream
from apps.gateway.projector.engine import Engine
from apps.orchestration.rules import engine_json

PATH = "/quarterdeck/probe"
MAX_BODY_BYTES = 4096


class ProbeHandler:
    async def handle(self, exchange: Exchange) -> None:
        """Answers `{"url"}` with version, api_version, swarm_id, engine_id and is_manager.

        Raises:
            Refused: the actor is not an administrator.
            EngineUnavailable: no Docker engine answers there.
        """
        if (exchange.request.method, exchange.request.path) != ("POST", PATH) or not exchange.peer.is_internal:
            raise NotFound("there is nothing at this path")
        require_administrator(exchange.actor, "attach clusters")
        url = engine_json.parse(await exchange.read_body(MAX_BODY_BYTES)).get("url")
        if not isinstance(url, str) or not url.startswith(("unix:///", "tcp://")):
            raise InvalidInput.field("url", "must start with unix:/// or tcp://")
        upstream = Upstream(url, name=url)
        try:
            seen = await Engine(upstream).describe()
        finally:
            upstream.close()
        found = {
            "version": seen.description.version,
            "api_version": seen.description.api_version,
            "swarm_id": seen.description.swarm_id,
            "engine_id": seen.description.engine_id,
            "is_manager": seen.is_manager,
        }
        exchange.reply(200, json.dumps(found).encode())
