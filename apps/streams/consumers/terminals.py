"""`/ws/exec/{container}`: a shell in a container.

The browser sends its keys as binary messages and `{"type":"resize","cols","rows"}` as text; we send output as binary
messages and `{"type":"exit","code"}` at the end. Query: `cols` and `rows`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from functools import partial

from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.streams.consumers.websocket import Serve, Stream, Websocket
from apps.streams.services.terminals import Terminal, open_terminal
from apps.streams.types import Caller

_DEFAULT_COLUMNS, _DEFAULT_ROWS = "80", "24"
_MAX_CELLS = 1000


class TerminalStream(Stream):
    def __init__(self, socket: Websocket, caller: Caller) -> None:
        super().__init__(socket, caller)
        self._terminal: Terminal | None = None

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Serve]:
        actor: Actor = self.caller.actor
        columns = _cells(self.socket.query.get("cols", _DEFAULT_COLUMNS), "cols")
        rows = _cells(self.socket.query.get("rows", _DEFAULT_ROWS), "rows")
        async with open_terminal(actor, self.socket.arguments["id"], columns=columns, rows=rows) as terminal:
            self._terminal = terminal
            yield partial(self._serve, terminal)

    async def _serve(self, terminal: Terminal) -> None:
        while output := await terminal.read():
            await self.socket.send_bytes(output)
        await self.socket.send_json({"type": "exit", "code": await terminal.exit_code()})

    async def take(self, message: str | bytes) -> None:
        if self._terminal is None:
            return
        if isinstance(message, bytes):
            await self._terminal.write(message)
        else:
            await self._terminal.resize(*_size(message))


def _size(text: str) -> tuple[int, int]:
    """Columns and rows of a resize message. Raises InvalidInput, which ends the websocket: no client of ours sends others."""
    try:
        message = json.loads(text)
        kind, columns, rows = message["type"], message["cols"], message["rows"]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput("a text message must be a resize with cols and rows") from error
    if kind != "resize":
        raise InvalidInput("a text message must be a resize with cols and rows")
    return _cells(columns, "cols"), _cells(rows, "rows")


def _cells(value: object, field: str) -> int:
    if str(value).isdecimal() and 1 <= int(str(value)) <= _MAX_CELLS:
        return int(str(value))
    raise InvalidInput.field(field, f"must be a number from 1 to {_MAX_CELLS}")
