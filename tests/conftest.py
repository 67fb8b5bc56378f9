"""Fixtures: real servers, started when the first test asks for them and shared as widely as they can be."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.support import programs
from tests.support.browser import chromium as start_chromium
from tests.support.engine import Engine, engine
from tests.support.postgresql import postgresql
from tests.support.product import Product
from tests.support.product import product as start_product
from tests.support.redis import redis_server as start_redis

Started = TypeVar("Started")


@contextlib.contextmanager
def or_skip(server: contextlib.AbstractContextManager[Started]) -> Iterator[Started]:
    """Enters `server`; what is missing on this machine skips the test, and fails it in CI."""
    with contextlib.ExitStack() as stack:
        try:
            started = stack.enter_context(server)
        except programs.Missing as missing:
            if os.environ.get("CI") == "true":
                pytest.fail(f"CI must have everything: {missing}")
            pytest.skip(str(missing))
        yield started


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a real Redis, the one that settings.REDIS_URL names."""
    with or_skip(start_redis(Path(settings.REDIS_URL.removeprefix("unix://")))) as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of an empty database on a real PostgreSQL."""
    with or_skip(postgresql()) as url:
        yield url


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[Engine]:
    """A real engine, the manager of a swarm of one, with the image demo/busybox:1.0. Clean up what you make on it."""
    with or_skip(engine()) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real headless browser; each test opens a context of its own.

    Not for the whole session: while it is there, Playwright's event loop runs in this thread, which neither async
    tests nor Django's database layer bear.
    """
    with or_skip(start_chromium()) as browser:
        yield browser


@pytest.fixture(scope="module")
def product_on_engine(docker_engine: Engine) -> Iterator[Product]:
    """A fresh installation of the whole product for one module, attached to the real engine."""
    with or_skip(start_product(docker_engine.url)) as running:
        yield running
