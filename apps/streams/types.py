from __future__ import annotations

import datetime
from dataclasses import dataclass

from apps.core.actor import Actor

INVALID = 4400
NOT_SIGNED_IN = 4401
REFUSED = 4403
NOT_FOUND = 4404
UNAVAILABLE = 4502
NORMAL = 1000
"""Codes of closing. 4000 to 4999 are the application's (RFC 6455, 7.4.2); these remind of HTTP's."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds a websocket.

    Args:
        expires_at: when the session ends by itself; None where a client certificate signed in.
    """

    actor: Actor
    expires_at: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """Args: time: RFC 3339 as the engine wrote it; stream: stdout or stderr; details: of a service's log."""

    time: str
    stream: str
    text: str
    details: dict[str, str]
