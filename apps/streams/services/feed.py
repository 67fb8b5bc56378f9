"""The changes of all clusters, from the projector's notices to each subscriber that may see them. One feed a process.

A subscriber holds only what waits to be told, at most one change an object, so a browser that reads slowly costs nothing.
Notices can be lost; after a gap subscribers are told to look at everything again.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

from apps.access.selectors.policy import store
from apps.core import notices
from apps.core.actor import Actor
from apps.streams.rules.changes import WaitingChanges, is_told

TOPIC = "objects"
COALESCE_SECONDS = 0.1


class Subscriber:
    """One websocket's waiting changes."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._waiting = WaitingChanges()
        self._must_start_over = True
        self._has_news = asyncio.Event()
        self._has_news.set()

    def offer(self, change: dict[str, Any]) -> None:
        """Takes a change if the actor may see what changed."""
        collection_id = uuid.UUID(change["collection_id"]) if change.get("collection_id") else None
        if is_told(change["kind"], lambda operation: store.current.may(self._actor, operation, collection_id)):
            self._waiting.add(change["kind"], change["id"], change["action"])
            self._has_news.set()

    def start_over(self) -> None:
        """What the subscriber knows may be old: changes were missed, or the rights changed."""
        self._must_start_over = True
        self._has_news.set()

    async def frames(self) -> list[dict[str, Any]]:
        """Waits for news, and a little longer for what comes with it: a rollout changes many objects at once."""
        await self._has_news.wait()
        if not self._must_start_over:
            await asyncio.sleep(COALESCE_SECONDS)
        self._has_news.clear()
        changes = [{"type": "change", **change} for change in self._waiting.take()]
        if self._must_start_over:
            self._must_start_over = False
            return [{"type": "hello"}]
        return changes


class Feed:
    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()

    @contextlib.contextmanager
    def subscribe(self, actor: Actor) -> Iterator[Subscriber]:
        subscriber = Subscriber(actor)
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)

    def start_over(self) -> None:
        for subscriber in self._subscribers:
            subscriber.start_over()

    async def run(self) -> None:
        """Distributes until cancelled."""
        await notices.hear(self._offer, TOPIC, on_gap=self.start_over)

    def _offer(self, topic: str, change: dict[str, Any]) -> None:
        for subscriber in self._subscribers:
            subscriber.offer(change)
