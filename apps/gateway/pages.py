"""What the gateway answers itself, so that it is there while web is not: `/healthz` and `/ca`."""

from __future__ import annotations

from apps.core.errors import MethodNotAllowed, NotFound
from apps.gateway.edge.exchange import Exchange


class Pages:
    """Args: ca_pem: our server CA, which clients need before they can trust anything else here."""

    def __init__(self, ca_pem: bytes) -> None:
        self._ca_pem = ca_pem

    async def handle(self, exchange: Exchange) -> None:
        if exchange.request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed("this page can only be read")
        match exchange.request.path:
            case "/healthz":
                exchange.reply(200, b'{"status":"ok"}\n')
            case "/ca":
                exchange.reply(200, self._ca_pem, content_type="application/x-pem-file")
            case _:
                raise NotFound("there is nothing at this path")
