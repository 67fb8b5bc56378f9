"""Who opens a websocket: the console's cookie from a page of ours, or a one-time ticket. Fails closed."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from apps.accounts.types import SESSION_COOKIE
from apps.core import signing
from apps.core.actor import new_request_id
from apps.core.errors import NotSignedIn, Refused
from apps.streams import selectors
from apps.streams.rules.origin import is_ours
from apps.streams.services import tickets
from apps.streams.types import Caller


def caller_of(scope: dict[str, Any]) -> Caller:
    """Blocks: it reads the database and Redis.

    Args:
        scope: of an ASGI websocket that has not been accepted.

    Raises:
        NotSignedIn: no cookie and no ticket, or one that is no longer good.
        Refused: the page that opened it is not ours, or the gateway's statement is not valid.
        EngineUnavailable: tickets cannot be looked up now.
    """
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    edge = _edge(headers)
    origin = headers.get("origin")
    if origin is not None and not is_ours(origin, headers.get("host", "")):
        raise Refused("a page of another site may not open this")
    if ticket := parse_qs(scope["query_string"].decode("latin-1")).get("ticket"):
        return selectors.caller_by_ticket(tickets.redeem(ticket[0]), **edge)
    token = _cookie(headers.get("cookie", ""))
    if not token:
        raise NotSignedIn("sign in first, or open the websocket with a ticket of POST /api/v1/tickets/")
    if origin is None:
        raise Refused("a browser names the page that opens a websocket; other clients use a ticket")
    return selectors.caller_by_cookie(token, **edge)


def _edge(headers: dict[str, str]) -> dict[str, str]:
    """Address and request id, as the gateway states them. Without a statement nothing of it is believed."""
    statement = headers.get(signing.EDGE_HEADER.lower())
    if statement is None:
        return {"address": "", "request_id": new_request_id()}
    try:
        edge = signing.verify(signing.EDGE, statement)
    except signing.BadStatement as error:
        raise Refused("the gateway's statement about this connection is not valid") from error
    return {"address": edge["address"], "request_id": edge["request_id"]}


def _cookie(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(SESSION_COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
