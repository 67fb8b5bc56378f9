"""No cluster, and an engine that goes away: clear answers, and back without anybody's help."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import pytest

from tests.conftest import or_skip
from tests.gateway.docker.conftest import eventually
from tests.support.engine import Engine
from tests.support.product import product
from tests.support.relay import Relay

pytestmark = [pytest.mark.engine, pytest.mark.product]


def test_answers_say_what_is_wrong_and_recover(swarm: Engine, tmp_path: Path) -> None:
    path = Path(f"/tmp/{uuid.uuid4().hex[:12]}.sock")
    relay = Relay(path, swarm.socket)
    relay.start()
    try:
        with or_skip(product(f"unix://{path}")) as running:
            admin = running.rest("admin", running.admin_password)
            bundle = running.bundle(admin, "cli", tmp_path / "bundle")
            name = admin.get("/clusters/")["results"][0]["name"]
            eventually(lambda: bundle.docker("ps", check=False).returncode == 0)
            eventually(lambda: admin.get("/clusters/")["results"][0]["state"] == "ready")
            relay.stop()
            began = time.monotonic()
            refused = bundle.docker("ps", check=False)
            assert f"cluster {name}: " in refused.stderr
            assert time.monotonic() - began < 8
            eventually(lambda: admin.get("/clusters/")["results"][0]["state"] == "unreachable")
            relay.start()
            eventually(lambda: bundle.docker("ps", check=False).returncode == 0, 4)
            eventually(lambda: admin.get("/clusters/")["results"][0]["state"] == "ready", 4)
    finally:
        relay.stop()


def test_without_a_cluster_the_answer_says_what_to_do(tmp_path: Path) -> None:
    with or_skip(product()) as running:
        admin = running.rest("admin", running.admin_password)
        bundle = running.bundle(admin, "cli", tmp_path / "bundle")
        for cluster in admin.get("/clusters/")["results"]:
            admin.delete(f"/clusters/{cluster['name']}/")
        eventually(lambda: "no cluster is attached" in bundle.docker("ps", check=False).stderr)
