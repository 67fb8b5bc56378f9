"""The audit log, as a worker of the gateway writes it: many entries in one transaction, on disk while the database is away.

Who records waits until the entry is kept for good, in the database or in the spool, and only then does what was recorded.
Entries that come while others are being written go into the next transaction together. While something of this worker
waits in the spool, what comes waits behind it: entries stay in their order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from apps.audit.clients.spool import SpoolWriter
from apps.audit.errors import SpoolFull
from apps.audit.models import Entry, content_of
from apps.audit.services import write
from apps.core.errors import Unavailable
from apps.gateway.docker import database

logger = logging.getLogger(__name__)

MAX_BATCH = 500
PATIENCE_SECONDS = 2.0
"""How long the database may take; then the entries go to disk. If it takes them later after all, they are there once."""

LOOK_SECONDS = 0.25


class Recorder:
    """One a worker. `start` after the fork, `stop` when no request runs any more."""

    def __init__(self, spool: SpoolWriter) -> None:
        self._spool = spool
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._has_work = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_over = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="audit recorder")

    async def stop(self) -> None:
        """What was handed over before is kept first."""
        self._is_over = True
        self._has_work.set()
        if self._task is not None:
            await self._task
        self._spool.close()

    async def record(self, entry: Entry) -> None:
        """Returns when the entry is kept; it is also where the caller goes away meanwhile.

        Raises:
            Unavailable: it is not: the database is away and the spool is full.
        """
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, kept))
        self._has_work.set()
        await kept

    async def _run(self) -> None:
        while self._waiting or not self._is_over:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS if self._spool.is_pending else None):
                    await self._has_work.wait()
            self._has_work.clear()
            self._spool.close_old_segment()
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                await self._keep(batch)

    async def _keep(self, batch: list[tuple[Entry, asyncio.Future[None]]]) -> None:
        entries = [entry for entry, _ in batch]
        problem: Unavailable | None = None
        if not await self._in_database(entries):
            problem = await self._on_disk(entries)
        for _, kept in batch:
            if kept.done():
                continue
            if problem is None:
                kept.set_result(None)
            else:
                kept.set_exception(problem)

    async def _in_database(self, entries: list[Entry]) -> bool:
        if self._spool.is_pending:
            return False
        writing = asyncio.ensure_future(database.run(write, entries))
        writing.add_done_callback(_problem_of)  # looked at also where nobody waits any more
        done, _ = await asyncio.wait({writing}, timeout=PATIENCE_SECONDS)
        problem = _problem_of(writing) if done else "it takes too long"
        if problem:
            logger.warning("the database takes no audit entries, they wait on disk: %s", problem)
        return not problem

    async def _on_disk(self, entries: list[Entry]) -> Unavailable | None:
        try:
            await asyncio.to_thread(self._spool.append, [content_of(entry, None) for entry in entries])
        except SpoolFull as error:
            logger.error("%d audit entries cannot be kept: %s", len(entries), error)
            return Unavailable("this would have to be recorded, and the audit log takes nothing now; nothing was done")
        return None


def _problem_of(writing: asyncio.Future[None]) -> str:
    error = writing.exception()
    return str(error) if error else ""
