from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import Settings

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
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "parts": parts})


def test_each_part_that_is_away_is_named_without_secrets(settings: Settings, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/no-redis.sock?password=secret"
    settings.GATEWAY_SOCKET = tmp_path / "no-gateway.sock"
    answer = Client().get("/readyz")
    parts = {"database": "ok", "redis": "does not answer", "gateway": "does not answer"}
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "parts": parts})


def test_a_database_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch, redis_server: str, gateway: None) -> None:
    from controlplane import health

    def away() -> None:
        raise DatabaseError("connection refused")

    monkeypatch.setitem(health.CHECKS, "database", away)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == "does not answer"
    assert connection.vendor in ("sqlite", "postgresql")
