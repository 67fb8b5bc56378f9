from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import Settings

from apps.audit import services
from apps.audit.models import Check

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.GATEWAY_SOCKET = tmp_path / "gateway.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(settings.GATEWAY_SOCKET))
        listener.listen()
        yield


def test_this_process_is_healthy_whatever_the_others_are() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_is_when_every_part_is(redis_server: str, gateway: None) -> None:
    answer = Client().get("/readyz")
    parts = {"database": "ok", "redis": "ok", "gateway": "ok"}
    document = {"status": "ok", "parts": parts, "audit": {"state": "ok", "spooled": 0}}
    assert (answer.status_code, answer.json()) == (200, document)


def test_each_part_that_is_away_is_named_without_secrets(settings: Settings, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/no-redis.sock?password=secret"
    settings.GATEWAY_SOCKET = tmp_path / "no-gateway.sock"
    answer = Client().get("/readyz")
    parts = {"database": "ok", "redis": "does not answer", "gateway": "does not answer"}
    document = {"status": "not ready", "parts": parts, "audit": {"state": "ok", "spooled": 0}}
    assert (answer.status_code, answer.json()) == (503, document)


def test_how_the_audit_log_is_stands_beside_the_parts_and_sends_nobody_away(
    settings: Settings, tmp_path: Path, redis_server: str, gateway: None
) -> None:
    settings.AUDIT_DIR = tmp_path / "audit"
    writer = services.writer()
    writer.append([{"number": 1}, {"number": 2}])
    writer.close()
    assert Client().get("/readyz").json()["audit"] == {"state": "ok", "spooled": 2}
    Check.objects.create(problem="entry 3 is missing")
    broken = Client().get("/readyz")
    assert (broken.status_code, broken.json()["audit"]["state"]) == (200, "it is broken")
    settings.AUDIT_SPOOL_BYTES = 10
    assert Client().get("/readyz").json()["audit"] == {"state": "takes no more entries", "spooled": 2}


def test_a_database_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch, redis_server: str, gateway: None) -> None:
    from controlplane import health

    def away() -> None:
        raise DatabaseError("connection refused")

    monkeypatch.setitem(health.CHECKS, "database", away)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == "does not answer"
    assert connection.vendor in ("sqlite", "postgresql")
