"""What only our own processes ask on the internal socket beside the Engine API: `/quarterdeck/…`."""

from __future__ import annotations

from dataclasses import dataclass

from apps.gateway.docker.handler import DockerHandler
from apps.gateway.edge.exchange import Exchange
from apps.gateway.projector.probe import PATH as PROBE_PATH
from apps.gateway.projector.probe import ProbeHandler


@dataclass(frozen=True, slots=True)
class Internal:
    """Args: probe: tries an engine before it is attached; docker: moves objects to other collections."""

    probe: ProbeHandler
    docker: DockerHandler

    async def handle(self, exchange: Exchange) -> None:
        """Raises what the handlers raise; NotFound for every other path."""
        if exchange.request.path == PROBE_PATH:
            await self.probe.handle(exchange)
        else:
            await self.docker.handle_internal(exchange)
