"""`/ws/events`: what changed, of what the caller may see.

Frames: `{"type":"hello"}` at the start and whenever changes may have been missed or the caller's rights changed: what the
browser shows may be old; `{"type":"change","kind","id","action"}` for an object, with an empty id for "many of this kind".
Nothing in a frame counts: the count of changes would tell of those of others.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import partial

from apps.streams.consumers.websocket import Serve, Stream
from apps.streams.services.background import background
from apps.streams.services.feed import Subscriber


class Events(Stream):
    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Serve]:
        with background.feed.subscribe(self.caller.actor) as subscriber:
            yield partial(self._serve, subscriber)

    async def _serve(self, subscriber: Subscriber) -> None:
        while True:
            for frame in await subscriber.frames():
                await self.socket.send_json(frame)
