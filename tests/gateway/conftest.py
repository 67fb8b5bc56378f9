"""The engine behind the gateway's tests, and what every test of it needs in the database."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engine import Engine


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
