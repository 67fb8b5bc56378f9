"""Waiting for something outside this process, which can only be asked again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float, pause_seconds: float = 0.05) -> None:
    """Returns once `condition` says true. Raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  there is no event to wait for
            await asyncio.sleep(pause_seconds)
