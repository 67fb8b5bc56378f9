"""What the engine's errors tell of the objects of others: whose a name, a port or a volume is."""

from __future__ import annotations

import json
import re

from apps.core.errors import NotFound
from apps.gateway.docker import targets
from apps.gateway.docker.call import Call
from apps.gateway.docker.objects import Kind

_OWNERS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.CONTAINER, re.compile(r' by container "([0-9a-f]{64})"')),
    (Kind.CONTAINER, re.compile(r" - \[([0-9a-f, ]+)\]")),
    (Kind.SERVICE, re.compile(r" by service '[^']*' \(([0-9a-z]+)\)")),
    (Kind.SERVICE, re.compile(r" by the following services?: ([^\"]+)")),
)
"""Sources: moby `daemon/names.go`, `volume/service`; swarmkit `manager/controlapi/service.go`, `secret.go`, `config.go`."""


async def without_hidden(call: Call, body: bytes) -> bytes:
    """An error's body, without the owner that it names where the caller may not view that owner.

    That a name or a port is taken cannot be hidden; by whom can.
    """
    if call.is_unrestricted:
        return body
    try:
        error = json.loads(body)
        message = str(error["message"])
    except (ValueError, KeyError, TypeError):
        return body
    for kind, pattern in _OWNERS:
        match = pattern.search(message)
        if match and not await _may_view_all(call, kind, match[1].split(", ")):
            message = message[: match.start()] + message[match.end() :]
    return body if message == error["message"] else json.dumps({**error, "message": message}).encode()


async def _may_view_all(call: Call, kind: Kind, references: list[str]) -> bool:
    try:
        for reference in references:
            await targets.find(call, kind, reference)
    except NotFound:
        return False
    return True
