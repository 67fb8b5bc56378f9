"""`/healthz` (this process answers) and `/readyz` (every part it needs does). No sign-in, no secrets."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.audit.selectors import problem, spool_length

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 1.0


def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 or 503, and for each part "ok" or what is wrong; the reason in full is only in the log."""
    parts = {name: _state(name, check) for name, check in CHECKS.items()}
    is_ready = set(parts.values()) == {"ok"}
    document = {"status": "ok" if is_ready else "not ready", "parts": parts, "audit": _audit()}
    return JsonResponse(document, status=200 if is_ready else 503)


def _state(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except (DatabaseError, redis.RedisError, OSError) as error:
        logger.warning("not ready: %s: %s", name, error)
        return "does not answer"
    return "ok"


def _audit() -> dict[str, object]:
    """How the audit log is, and how many entries wait on disk for the database. Nobody is sent elsewhere because of it."""
    waiting = spool_length()
    state = "ok"
    if waiting.size_bytes >= settings.AUDIT_SPOOL_BYTES:
        state = "takes no more entries"
    else:
        with contextlib.suppress(DatabaseError):
            state = "it is broken" if problem() else "ok"
    return {"state": state, "spooled": waiting.entries}


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM django_migrations")


def _check_redis() -> None:
    with contextlib.closing(
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)
    ) as client:
        client.ping()


def _check_gateway() -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(TIMEOUT_SECONDS)
        client.connect(str(settings.GATEWAY_SOCKET))


CHECKS: dict[str, Callable[[], None]] = {"database": _check_database, "redis": _check_redis, "gateway": _check_gateway}
