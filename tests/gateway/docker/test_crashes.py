"""The gateway dies in the middle of a change: kill -9 of its workers while the engine has the request, or not yet."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import or_skip
from tests.gateway.docker.conftest import IN_PAYMENTS, LABEL, PASSWORD, PAYMENTS, eventually
from tests.support.engine import IMAGE, Engine
from tests.support.product import SOURCE_DIR, Bundle, Product, Rest, children_of, product
from tests.support.relay import Relay

pytestmark = [pytest.mark.engine, pytest.mark.product]

OTHER = "/Shared/other"
FOREVER = (IMAGE, "sleep", "100000")


@dataclass(frozen=True)
class Fragile:
    """Bob has Restricted Control on /Shared/payments and /Shared/other."""

    product: Product
    relay: Relay
    admin: Rest
    bob: Bundle
    bob_rest: Rest

    def kill_workers(self) -> None:
        """All children of the gateway, its projector too."""
        for child in children_of(self.product.process_of("gateway").pid):
            os.kill(child, signal.SIGKILL)

    def placed(self, kind: str, path: str) -> dict[str, dict[str, Any]]:
        """Name → what is placed in a collection."""
        (found,) = self.admin.get(f"/collections/?path={path}")["results"]
        return {each["name"]: each for each in self.admin.get(f"/collections/{found['id']}/objects/", kind=kind)["results"]}

    def pending(self) -> list[str]:
        with closing(sqlite3.connect(self.product.data_dir / "db.sqlite3")) as database:
            return [name for (name,) in database.execute("SELECT name FROM access_placement WHERE is_pending")]

    def answers(self) -> bool:
        return self.bob.docker("version", check=False).returncode == 0


@pytest.fixture(scope="module")
def fragile(swarm: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    path = Path(f"/tmp/{uuid.uuid4().hex[:12]}.sock")
    relay = Relay(path, swarm.socket)
    relay.start()
    try:
        with or_skip(product(f"unix://{path}")) as running:
            admin = running.rest("admin", running.admin_password)
            admin.post("/users/", {"username": "bob", "password": PASSWORD})
            for place in (PAYMENTS, OTHER):
                admin.post("/collections/", {"path": place})
                grant = {"subject": "user:bob", "role": "Restricted Control", "resource": f"collection:{place}"}
                admin.post("/grants/", grant)
            rest = running.rest("bob", PASSWORD)
            made = Fragile(running, relay, admin, running.bundle(rest, "cli", tmp_path_factory.mktemp("bob")), rest)
            eventually(lambda: made.bob.docker("node", "ls", "-q", check=False).stdout)
            yield made
    finally:
        relay.stop()


@pytest.mark.parametrize("kind", ["service", "container"])
def test_what_the_engine_made_without_telling_us_is_where_it_was_to_be(
    fragile: Fragile, swarm: Engine, unique: str, kind: str
) -> None:
    create = {"service": ("service", "create", "-d"), "container": ("create",)}[kind]
    fragile.relay.hold(f"/{kind}s/create".encode(), forwards=True)
    with fragile.bob.popen(*create, "--name", unique, *IN_PAYMENTS, *FOREVER) as creating:
        assert fragile.relay.is_reached.wait(20)
        eventually(lambda: swarm.docker(kind, "inspect", unique, check=False).returncode == 0)
        fragile.kill_workers()  # perhaps after the projector has joined the two
        fragile.relay.let_go()
        assert creating.wait(20) != 0
    eventually(fragile.answers)
    eventually(lambda: unique in fragile.placed(kind, PAYMENTS))
    assert fragile.placed(kind, PAYMENTS)[unique]["owner"] == "bob"
    assert fragile.pending() == []
    assert unique not in fragile.placed(kind, "/")
    fragile.bob.docker(*{"service": ("service", "rm"), "container": ("rm",)}[kind], unique)


def test_what_never_reached_the_engine_is_swept_and_can_be_made_again(fragile: Fragile, swarm: Engine, unique: str) -> None:
    fragile.relay.hold(b"/services/create", forwards=False)
    command = ("service", "create", "-d", "--name", unique, *IN_PAYMENTS, *FOREVER)
    with fragile.bob.popen(*command) as creating:
        assert fragile.relay.is_reached.wait(20)
        fragile.kill_workers()
        fragile.relay.let_go()
        assert creating.wait(20) != 0
    eventually(fragile.answers)
    assert swarm.docker("service", "inspect", unique, check=False).returncode != 0
    assert fragile.pending() == [unique]
    fragile.bob.docker(*command)
    assert fragile.placed("service", PAYMENTS)[unique]["owner"] == "bob"
    with closing(sqlite3.connect(fragile.product.data_dir / "db.sqlite3")) as database:
        database.execute("UPDATE access_placement SET created_at = '2020-01-01 00:00:00' WHERE is_pending")
        database.commit()
    assert sweep(fragile.product) == "1"
    assert fragile.pending() == []
    assert fragile.placed("service", PAYMENTS)[unique]["owner"] == "bob"


def sweep(running: Product) -> str:
    """What beat has done every 30 s, done now; how many it removed."""
    code = "from apps.access.services import settle_placements; print(settle_placements())"
    environment = {"PATH": os.environ["PATH"], "QUARTERDECK_DATA_DIR": str(running.data_dir)}
    command = [sys.executable, "manage.py", "shell", "-c", code]
    done = subprocess.run(command, cwd=SOURCE_DIR, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.split()[-1]


def test_a_move_that_broke_off_is_finished_when_it_is_asked_for_again(fragile: Fragile, swarm: Engine, unique: str) -> None:
    fragile.bob.docker("service", "create", "-d", "--name", unique, *IN_PAYMENTS, *FOREVER)
    service_id = swarm.docker("service", "inspect", "--format", "{{.ID}}", unique).stdout.strip()
    fragile.relay.hold(f"/services/{service_id}/update".encode(), forwards=False)
    move = ("service", "update", "-d", "--label-add", f"{LABEL}={OTHER}", unique)
    with fragile.bob.popen(*move) as moving:
        assert fragile.relay.is_reached.wait(20)
        fragile.kill_workers()
        fragile.relay.let_go()
        assert moving.wait(20) != 0
    eventually(fragile.answers)
    assert unique in fragile.placed("service", OTHER)
    fragile.bob.docker(*move)
    label = swarm.docker("service", "inspect", "--format", f'{{{{index .Spec.Labels "{LABEL}"}}}}', unique).stdout.strip()
    assert label == OTHER
    assert unique in fragile.placed("service", OTHER)
