"""Notices over a real Redis, and what holds when it is away."""

from __future__ import annotations

import asyncio
from typing import Any

from apps.core import notices


async def ends(task: asyncio.Task[None]) -> bool:
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=2 * notices.LISTEN_AGAIN_SECONDS)
    return bool(done)


async def test_a_notice_arrives_with_its_payload(redis_server: str) -> None:
    heard: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
    task = asyncio.create_task(notices.hear(lambda topic, payload: heard.put_nowait((topic, payload)), "one", "two"))
    while not heard.qsize():
        await asyncio.to_thread(notices.publish, "two", id="x")
        await asyncio.sleep(0.02)
    assert heard.get_nowait() == ("two", {"id": "x"})
    assert await ends(task)


async def test_listening_ends_at_whatever_moment_it_is_cancelled(redis_server: str) -> None:
    for step in range(60):
        task = asyncio.create_task(notices.wake(asyncio.Event(), "topic"))
        await asyncio.sleep(step / 20_000)
        assert await ends(task), step


async def test_a_broker_that_is_away_is_waited_for(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"
    task = asyncio.create_task(notices.wake(asyncio.Event(), "topic"))
    await asyncio.sleep(0.1)
    assert not task.done()
    assert await ends(task)
