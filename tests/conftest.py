"""Fixtures: real servers, started when the first test asks for them and shared as widely as they can be."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.support import programs
from tests.support.browser import chromium as start_chromium
from tests.support.engine import Engine, engine
from tests.support.installation import Installation
from tests.support.installation import installation as start_installation
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


@pytest.fixture(scope="session")
def swarm(request: pytest.FixtureRequest) -> Engine:
    """The manager of a swarm of one, with the image demo/busybox:1.0: the one QUARTERDECK_TEST_ENGINE names, or one of ours.

    It may be shared: make names with `unique`, and remove what you make.
    """
    if url := os.environ.get("QUARTERDECK_TEST_ENGINE"):
        return Engine(Path(url.removeprefix("unix://")), 0)
    engine: Engine = request.getfixturevalue("docker_engine")
    return engine


@pytest.fixture
def unique(swarm: Engine) -> Iterator[str]:
    """A prefix for names; what carries it is removed from the engine afterwards."""
    prefix = f"qd{uuid.uuid4().hex[:8]}"
    yield prefix
    for kind in ("service", "secret", "config"):
        names = swarm.docker(kind, "ls", "--format", "{{.Name}}").stdout.split()
        if own := [name for name in names if name.startswith(prefix)]:
            swarm.docker(kind, "rm", *own)
    if own := swarm.docker("ps", "-aq", "--filter", f"name=^{prefix}").stdout.split():
        swarm.docker("rm", "-f", *own, check=False)
    for kind in ("network", "volume"):
        if own := swarm.docker(kind, "ls", "-q", "--filter", f"name={prefix}").stdout.split():
            swarm.docker(kind, "rm", *own, check=False)


@pytest.fixture(scope="session")
def installation(swarm: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation on the real engine for all tests that change nothing in it but what they make themselves."""
    with or_skip(start_installation(swarm.url, tmp_path_factory.mktemp("bundles"))) as running:
        yield running
