"""One-time tickets in Redis: a key that lives 30 seconds and is read and deleted in one step."""

from __future__ import annotations

import functools
import json
from typing import Any, cast

import redis
from django.conf import settings

from apps.core.errors import EngineUnavailable

_PREFIX = "quarterdeck:ticket:"
_AWAY = "tickets cannot be handed out now; try again in a moment"


@functools.lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def put_ticket(digest: str, payload: dict[str, Any], *, lifetime_seconds: int) -> None:
    """Raises EngineUnavailable where Redis is away."""
    try:
        _client().set(_PREFIX + digest, json.dumps(payload), ex=lifetime_seconds)
    except redis.RedisError as error:
        raise EngineUnavailable(_AWAY) from error


def take_ticket(digest: str) -> dict[str, Any] | None:
    """The payload, once. None where there is none any more. Raises EngineUnavailable where Redis is away."""
    try:
        content = cast("bytes | None", _client().getdel(_PREFIX + digest))
    except redis.RedisError as error:
        raise EngineUnavailable(_AWAY) from error
    return json.loads(content) if content else None
