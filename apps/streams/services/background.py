"""What runs beside the websockets of this process: the policy, the watch over credentials, the feed of changes."""

from __future__ import annotations

import asyncio

from apps.access.selectors.policy import store
from apps.streams.services.feed import Feed
from apps.streams.services.presence import Presence


class Background:
    """Args: is_running: false before the start and after the end; then no websocket is accepted."""

    def __init__(self) -> None:
        self.presence = Presence()
        self.feed = Feed()
        self.is_running = False

    async def run(self) -> None:
        """Until cancelled. Raises what none of the parts expected: without them nobody may hold a websocket."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(store.follow(self._policy_changed))
                group.create_task(self.presence.run())
                group.create_task(self.feed.run())
        finally:
            self.is_running = False

    def _policy_changed(self) -> None:
        self.is_running = True
        self.feed.start_over()


background = Background()
"""The one of this process."""
