"""A terminal in a container: an exec of the engine, hijacked through the gateway."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from channels.db import database_sync_to_async

from apps.core.actor import Actor
from apps.core.errors import EngineUnavailable, QuarterdeckError
from apps.orchestration.clients import channel
from apps.streams import selectors
from apps.streams.selectors import LogSource

SHELL = ["/bin/sh", "-c", "[ -x /bin/bash ] && exec /bin/bash; exec /bin/sh"]
_CHUNK_BYTES = 32 * 1024
_HANG_UP = b"\x03\x04"  # Ctrl-C ends the command in the foreground or the half-typed line, Ctrl-D then ends the shell
_HANG_UP_SECONDS = 2.0
_PATIENCE_SECONDS = 0.2


class Terminal:
    """An open terminal. Read and write are independent; leaving `open_terminal` ends both."""

    def __init__(self, actor: Actor, source: LogSource, exec_id: str, answer: channel.Answer) -> None:
        self._actor = actor
        self._source = source
        self._exec_id = exec_id
        self._answer = answer

    async def read(self) -> bytes:
        """Output, b"" when the command has ended or the gateway has cut the stream."""
        try:
            return await self._answer.reader.read(_CHUNK_BYTES)
        except OSError:
            return b""

    async def write(self, data: bytes) -> None:
        """Input; waits while the container does not read. What comes after the end is dropped."""
        with contextlib.suppress(OSError):
            self._answer.writer.write(data)
            await self._answer.writer.drain()

    async def resize(self, columns: int, rows: int) -> None:
        """A command that has just ended has no size any more, which is no error."""
        with contextlib.suppress(QuarterdeckError):
            await self._call("POST", "/resize", {"w": str(columns), "h": str(rows)})

    async def exit_code(self) -> int:
        """Of the command that ended.

        Raises:
            NotSignedIn, Refused: the right to it ended while it ran.
            EngineUnavailable: the stream was cut while it ran.
        """
        try:
            state = await self._call("GET", "/json")
            if state["Running"]:
                raise EngineUnavailable("the terminal was cut while its command was running")
        except QuarterdeckError:
            await database_sync_to_async(selectors.require_held)(self._actor, "Container Exec", self._source)
            raise
        return int(state["ExitCode"] or 0)

    async def _call(self, method: str, action: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        path = f"/exec/{self._exec_id}{action}"
        return await channel.call(self._actor, self._source.cluster_name, method, path, query=query) or {}


@contextlib.asynccontextmanager
async def open_terminal(actor: Actor, container_id: str, *, columns: int, rows: int) -> AsyncIterator[Terminal]:
    """A shell in the container: bash where it is there, sh otherwise.

    Raises:
        NotFound, Refused, EngineUnavailable: with the sentence for the caller; nothing was started then.
    """
    source = await database_sync_to_async(selectors.container_source)(actor, container_id)
    wanted = {
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": True,
        "Env": ["TERM=xterm-256color"],
        "Cmd": SHELL,
    }
    created = await channel.call(actor, source.cluster_name, "POST", f"/containers/{source.id}/exec", body=wanted)
    start = f"/exec/{created['Id']}/start"
    async with channel.open_answer(
        actor, source.cluster_name, "POST", start, body={"Detach": False, "Tty": True}, may_hijack=True
    ) as answer:
        if not answer.is_hijacked:
            raise EngineUnavailable("the engine did not open a terminal")
        terminal = Terminal(actor, source, created["Id"], answer)
        await terminal.resize(columns, rows)
        try:
            yield terminal
        finally:
            # The engine leaves an abandoned shell running for ever. A command that ignores Ctrl-C stays.
            await _hang_up(answer)


async def _hang_up(answer: channel.Answer) -> None:
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_HANG_UP_SECONDS):
            while not await _has_ended_after(answer, _HANG_UP):
                pass


async def _has_ended_after(answer: channel.Answer, keys: bytes) -> bool:
    """Types, and reads what comes of it for a moment: what a shell is busy with may swallow the first keys."""
    answer.writer.write(keys)
    await answer.writer.drain()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while await answer.reader.read(_CHUNK_BYTES):
                pass
            return True
    return False
