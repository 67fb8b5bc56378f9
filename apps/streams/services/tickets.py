"""One-time tickets, for clients that have a bearer token or a client certificate instead of the console's cookie.

A ticket stands in the websocket's URL, which tokens never do: it is good once, for 30 seconds, for the account and the
credential it was handed out to.
"""

from __future__ import annotations

import secrets

from apps.core import crypto
from apps.core.actor import Actor
from apps.core.errors import NotSignedIn
from apps.streams import clients

LIFETIME_SECONDS = 30


def issue(*, actor: Actor) -> str:
    """Raises EngineUnavailable where Redis is away."""
    ticket = "qdt_" + secrets.token_urlsafe(32)
    clients.put_ticket(crypto.fingerprint(ticket.encode()), actor.to_payload(), lifetime_seconds=LIFETIME_SECONDS)
    return ticket


def redeem(ticket: str) -> Actor:
    """The actor the ticket was handed out to; the ticket is gone then.

    Raises:
        NotSignedIn: unknown, used, or too old.
        EngineUnavailable: Redis is away.
    """
    payload = clients.take_ticket(crypto.fingerprint(ticket.encode()))
    if payload is None:
        raise NotSignedIn("the ticket is unknown, was used, or is older than 30 seconds")
    return Actor.from_payload(payload)
