"""Wake-ups between processes over Redis publish: something changed, look again.

A notice carries no truth, only a topic and ids: whoever hears it reads the database, and whoever misses it finds the
change by polling. So a lost notice costs time, never correctness, and Redis being away breaks nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
from collections.abc import Callable
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)
_PREFIX = "quarterdeck:"
LISTEN_AGAIN_SECONDS = 1.0


@functools.lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def publish(topic: str, **payload: Any) -> None:
    """Publishes now. A broker that is away is logged and forgiven."""
    try:
        _client().publish(_PREFIX + topic, json.dumps(payload))
    except redis.RedisError as error:
        logger.warning("notice %s not published: %s", topic, error)


def publish_on_commit(topic: str, **payload: Any) -> None:
    """Publishes when the transaction of the caller is committed."""
    transaction.on_commit(functools.partial(publish, topic, **payload))


async def hear(
    on_notice: Callable[[str, dict[str, Any]], None], *topics: str, on_gap: Callable[[], None] | None = None
) -> None:
    """Calls `on_notice(topic, payload)` for every notice until cancelled, through every absence of the broker.

    Args:
        on_gap: called when the broker is listened to again after an absence in which notices may have been lost.
    """
    while not _is_cancelled():
        try:
            await _hear_until_the_broker_leaves(on_notice, topics)
        except redis.RedisError as error:
            logger.debug("no notices of %s, whoever polls goes on: %s", ", ".join(topics), error)
        await asyncio.sleep(LISTEN_AGAIN_SECONDS)
        if on_gap is not None:
            on_gap()


async def wake(event: asyncio.Event, *topics: str) -> None:
    """Sets `event` at every notice, until cancelled: for loops that poll and want to look sooner."""
    await hear(lambda topic, payload: event.set(), *topics)


async def _hear_until_the_broker_leaves(on_notice: Callable[[str, dict[str, Any]], None], topics: tuple[str, ...]) -> None:
    """Raises redis.RedisError when the broker is away or goes away."""
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1)
    subscriber = client.pubsub(ignore_subscribe_messages=True)
    try:
        await subscriber.subscribe(*(_PREFIX + topic for topic in topics))
        while not _is_cancelled():
            message = await subscriber.get_message(timeout=LISTEN_AGAIN_SECONDS)
            if message is not None:
                on_notice(message["channel"].decode().removeprefix(_PREFIX), json.loads(message["data"]))
    finally:
        with contextlib.suppress(redis.RedisError):
            await subscriber.aclose()  # type: ignore[no-untyped-call]
        await client.aclose()


def _is_cancelled() -> bool:
    """redis-py, cancelled while it connects, tries again instead of ending: so the loops here look for themselves."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
