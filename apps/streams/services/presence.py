"""The watch over who may hold a websocket: it ends within a second when the session, bundle or account behind it ends.

One watch a process. It hears the notice that credentials or accounts changed, finds a lost notice by polling twice a
second, and then asks the database about all held credentials at once. What the gateway holds for us (logs, terminals) the
gateway ends itself; that both look is no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator

from channels.db import database_sync_to_async
from django.db import DatabaseError

from apps.configuration.selectors import revisions
from apps.configuration.types import Topic
from apps.core import notices
from apps.streams import selectors
from apps.streams.types import Caller

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.5
_TOPICS = (Topic.CREDENTIALS, Topic.POLICY)


class Presence:
    def __init__(self) -> None:
        self._held: dict[object, tuple[Caller, Callable[[], None]]] = {}
        self._wake = asyncio.Event()
        self._has_new = False

    @contextlib.contextmanager
    def hold(self, caller: Caller, end: Callable[[], None]) -> Iterator[None]:
        """While inside, `end` is called once the caller's credential is no longer good.

        The first look is at once: the credential may have ended between the sign-in and now.
        """
        key = object()
        self._held[key] = (caller, end)
        self._has_new = True
        self._wake.set()
        try:
            yield
        finally:
            del self._held[key]

    async def run(self) -> None:
        """Watches until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(notices.wake(self._wake, *(topic.value for topic in _TOPICS)))
            seen: dict[str, int] = {}
            while True:
                self._wake.clear()
                seen = await self._look(seen)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()

    async def _look(self, seen: dict[str, int]) -> dict[str, int]:
        """Returns the revisions it looked at. While the database is away nobody is ended, and nobody new gets in."""
        has_new, self._has_new = self._has_new, False
        try:
            now = await database_sync_to_async(revisions)()
            current = {topic.value: now.get(topic.value, 0) for topic in _TOPICS}
            if self._held and (has_new or current != seen):
                await self._end_lapsed()
        except DatabaseError as error:
            logger.warning("credentials cannot be checked: %s", error)
            self._has_new = self._has_new or has_new
            return seen
        return current

    async def _end_lapsed(self) -> None:
        held = list(self._held.values())
        live = await database_sync_to_async(selectors.live_credentials)({caller.actor.credential for caller, _ in held})
        for caller, end in held:
            if caller.actor.credential not in live:
                end()
