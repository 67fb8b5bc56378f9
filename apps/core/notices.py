"""Wake-ups between processes over Redis publish: something changed, look again.

A notice carries no truth, only a topic and ids: whoever hears it reads the database, and whoever misses it finds the
change by polling. So a lost notice costs time, never correctness, and Redis being away breaks nothing.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)
_PREFIX = "quarterdeck:"


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


async def listen(*topics: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yields (topic, payload) until cancelled.

    Raises:
        redis.RedisError: the broker is away or went away; the caller waits and listens again.
    """
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1)
    subscriber = client.pubsub(ignore_subscribe_messages=True)
    try:
        await subscriber.subscribe(*(_PREFIX + topic for topic in topics))
        async for message in subscriber.listen():
            topic = message["channel"].decode().removeprefix(_PREFIX)
            yield topic, json.loads(message["data"])
    finally:
        with contextlib.suppress(redis.RedisError):
            await subscriber.aclose()  # type: ignore[no-untyped-call]
        await client.aclose()
