"""What passes the gateway is in the audit log: once, also when the database is away and processes are killed."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.gateway.docker.conftest import IN_PAYMENTS, LABEL, PAYMENTS, Installation, eventually
from tests.support.engine import IMAGE, Engine
from tests.support.product import children_of

pytestmark = [pytest.mark.engine, pytest.mark.product]

Entries = list[dict[str, object]]


def entries(installation: Installation, **query: str) -> Entries:
    found: Entries = installation.admin.get(f"/audit/?{urlencode({'limit': 1000, **query})}")["results"]
    return found


def database(installation: Installation) -> Path:
    return installation.product.data_dir / "db.sqlite3"


@contextlib.contextmanager
def database_away(installation: Installation) -> Iterator[None]:
    """Nobody but us writes to it, for the length of the block."""
    holder = sqlite3.connect(database(installation), isolation_level=None, timeout=20)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def spooled(installation: Installation) -> int:
    return sum(path.read_bytes().count(b"\n") for path in (installation.product.data_dir / "audit" / "spool").glob("*.ndjson"))


def kill_workers(installation: Installation) -> None:
    """Workers, projector and keeper; the master has them back."""
    for child in children_of(installation.product.process_of("gateway").pid):
        os.kill(child, signal.SIGKILL)


def answers_again(installation: Installation) -> bool:
    return installation.root.docker("version", check=False).returncode == 0


@pytest.fixture
def container(installation: Installation, unique: str) -> str:
    installation.root.docker("create", "--name", unique, *IN_PAYMENTS, IMAGE, "sleep", "600")
    installation.root.docker("inspect", unique)
    return unique


def test_while_the_database_is_away_work_goes_on_and_nothing_is_lost(installation: Installation, container: str) -> None:
    with database_away(installation):
        for verb in ("start", "pause", "unpause"):
            installation.root.docker(verb, container)
        assert spooled(installation) == 3
        ready = installation.product.rest().request("GET", "/readyz").json()
        assert ready["audit"]["spooled"] == 3
        kill_workers(installation)
        eventually(lambda: answers_again(installation), 20)
        installation.root.docker("kill", container)
    eventually(lambda: spooled(installation) == 0, 20)
    eventually(lambda: len(entries(installation, target_name=container)) == 5)
    found = [str(each["operation"]) for each in reversed(entries(installation, target_name=container))]
    assert found == ["Container Create", "Container Start", "Container Pause", "Container Unpause", "Container Kill"]


def test_what_cannot_be_recorded_does_not_happen(installation: Installation, container: str, swarm: Engine) -> None:
    directory = installation.product.data_dir / "audit" / "spool"
    directory.mkdir(parents=True, exist_ok=True)
    eventually(lambda: spooled(installation) == 0)
    moved = directory.rename(directory.with_name("spool-away"))
    directory.symlink_to("/dev/full")  # a disk that takes nothing
    try:
        with database_away(installation):
            refused = installation.root.docker("start", container, check=False)
            assert "the audit log takes nothing now; nothing was done" in refused.stderr
            state = swarm.docker("inspect", "--format", "{{.State.Status}}", container).stdout.strip()
            assert state == "created"
            assert installation.root.docker("inspect", container).returncode == 0  # reading goes on
    finally:
        directory.unlink()
        moved.rename(directory)
    installation.root.docker("start", container)
    installation.root.docker("rm", "-f", container)


def test_an_entry_is_sealed_within_a_second(installation: Installation, container: str) -> None:
    installation.root.docker("start", container)
    done_at = time.monotonic()
    eventually(lambda: all(each["sequence"] for each in entries(installation, target_name=container)), 5)
    assert time.monotonic() - done_at < 1.5  # with the time to ask
    installation.root.docker("rm", "-f", container)


def created_id(installation: Installation, operation: str, name: str) -> object:
    (entry,) = [each for each in entries(installation, operation=operation) if each["target_name"] == name]
    assert entry["outcome"] == "allowed"
    return entry["target_id"]


def test_what_a_create_made_stands_in_its_entry(installation: Installation, unique: str) -> None:
    docker = installation.root.docker
    made: dict[str, tuple[list[str], bytes | None, list[str]]] = {
        "Container Create": (["create", "--name", unique, *IN_PAYMENTS, IMAGE, "true"], None, ["rm"]),
        "Service Create": (
            ["service", "create", "-d", "--name", unique, *IN_PAYMENTS, "--replicas", "0", IMAGE],
            None,
            ["service", "rm"],
        ),
        "Network Create": (["network", "create", unique], None, ["network", "rm"]),
        "Volume Create/Attach": (["volume", "create", unique], None, ["volume", "rm"]),
        "Secret Create": (["secret", "create", unique, "-"], b"x", ["secret", "rm"]),
        "Config Create": (["config", "create", unique, "-"], b"x", ["config", "rm"]),
    }
    for operation, (create, stdin, remove) in made.items():
        object_id = docker(*create, stdin=stdin).stdout.strip()
        assert object_id
        assert created_id(installation, operation, unique) == object_id, operation
        docker(*remove, unique)
    docker("pull", f"{IMAGE}-absent", check=False)
    pulled = entries(installation, operation="Image Create", outcome="allowed")[0]
    assert pulled["target_kind"] == "image"
    assert str(pulled["target_name"]).endswith(f"{IMAGE}-absent")


def test_a_create_that_fails_leaves_no_entry_waiting(installation: Installation, container: str) -> None:
    again = installation.root.docker("create", "--name", container, *IN_PAYMENTS, IMAGE, "true", check=False)
    assert "already in use" in again.stderr
    found = entries(installation, target_name=container, operation="Container Create")
    assert [each["outcome"] for each in found] == ["failed", "allowed", "allowed"]
    eventually(lambda: all(each["sequence"] for each in entries(installation, target_name=container)), 3)
    installation.root.docker("rm", "-f", container)


class Markers:
    """A different string for each place, so that one that turns up says where it came from."""

    def __init__(self) -> None:
        self.all: dict[str, str] = {}

    def __call__(self, place: str) -> str:
        return self.all.setdefault(place, f"MARK{uuid.uuid4().hex}")


def send_through_the_gateway(installation: Installation, mark: Markers, unique: str) -> None:
    docker = installation.root.docker
    docker("secret", "create", unique, "-", stdin=mark("secret data").encode())
    docker("secret", "create", unique, "-", stdin=mark("secret data, refused by the engine").encode(), check=False)
    docker("config", "create", unique, "-", stdin=mark("config data").encode())
    environment = ("--env", f"TOKEN={mark('container environment')}")
    docker("run", "-d", "--name", unique, *IN_PAYMENTS, *environment, IMAGE, "sleep", "600")
    docker("exec", "--env", f"TOKEN={mark('exec environment')}", unique, "true")
    service = ("--name", unique, *IN_PAYMENTS, "--replicas", "0")
    docker("service", "create", "-d", *service, "--env", f"TOKEN={mark('service environment')}", IMAGE)
    docker("service", "update", "-d", "--env-add", f"OTHER={mark('service environment, updated')}", unique)
    bad = {"Image": IMAGE, "Env": [f"={mark('environment the engine refuses')}"], "Labels": {LABEL: PAYMENTS}}
    eve = installation.eve.docker
    eve("run", *IN_PAYMENTS, "--env", f"TOKEN={mark('container environment, refused by us')}", IMAGE, check=False)
    admin = installation.product.rest("admin", installation.product.admin_password)
    assert admin.request("POST", "/v1.41/containers/create", bad).status == 400
    registry = {"X-Registry-Auth": encoded({"username": "u", "password": mark("registry password")})}
    admin.request("POST", f"/v1.41/images/create?fromImage={IMAGE}-none&tag=1", headers=registry)
    admin.request("POST", "/v1.41/auth", {"username": "u", "password": mark("registry sign-in")})


def encoded(document: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode()


def send_through_rest(installation: Installation, mark: Markers, unique: str) -> list[str]:
    """And what we answer that is a secret: tokens and keys."""
    admin = installation.admin
    admin.post("/users/", {"username": unique, "password": mark("a new user's password")})
    admin.post(f"/users/{unique}/password", {"new_password": mark("a reset password")})
    admin.request("POST", "/api/v1/auth/login", {"username": unique, "password": mark("a wrong password")})
    admin.request("POST", "/api/v1/users/", {"username": "!", "password": mark("a password of a refused user")})
    admin.post("/users/import", [{"username": f"{unique}-2", "password": mark("an imported password")}])
    signed_in = installation.product.rest(unique, mark("a reset password"))
    bundle = installation.product.bundle(signed_in, "marked", installation.product.data_dir.parent / unique)
    key = (bundle.directory / "key.pem").read_text().splitlines()
    assert signed_in.token
    return [signed_in.token, signed_in.token.partition("_")[2], key[2]]


def everything_kept(installation: Installation) -> Iterator[tuple[str, bytes]]:
    """The audit log in each of its forms, and every file that the product writes besides the database and its keys."""
    with sqlite3.connect(f"file:{database(installation)}?mode=ro", uri=True) as reader:
        for table in ("audit_entry", "audit_search"):
            rows = reader.execute(f"SELECT * FROM {table}").fetchall()
            yield table, repr(rows).encode()
    for format_ in ("csv", "ndjson"):
        yield f"export as {format_}", installation.admin.request("GET", f"/api/v1/audit/export?format={format_}").body
    kept_apart = {"secrets", "engine", "initial-admin-password"}
    for path in installation.product.data_dir.rglob("*"):
        relative = path.relative_to(installation.product.data_dir)
        if path.is_file() and relative.parts[0] not in kept_apart and not path.name.startswith("db.sqlite3"):
            yield str(relative), path.read_bytes()
    yield "the terminal", installation.product.log.read_bytes()


def test_no_secret_is_in_the_log_in_any_of_its_forms_nor_in_any_file(installation: Installation, unique: str) -> None:
    mark = Markers()
    send_through_the_gateway(installation, mark, unique)
    with database_away(installation):  # some of it by way of the spool
        installation.root.docker("exec", "--env", f"TOKEN={mark('exec environment, spooled')}", unique, "true", check=False)
        seen = b"".join(path.read_bytes() for path in (installation.product.data_dir / "audit" / "spool").glob("*.ndjson"))
        assert seen
        assert not [place for place, text in mark.all.items() if text.encode() in seen]
    eventually(lambda: spooled(installation) == 0, 20)
    answered = send_through_rest(installation, mark, unique)
    assert len(mark.all) == 17
    eventually(lambda: all(each["sequence"] for each in entries(installation)), 15)
    secrets = {**mark.all, **{f"answered {number}": text for number, text in enumerate(answered)}}
    found = [
        (place, where)
        for where, content in everything_kept(installation)
        for place, text in secrets.items()
        for spelling in (text, base64.b64encode(text.encode()).decode(), text.casefold())
        if spelling.encode() in content
    ]
    assert found == []
    installation.root.docker("rm", "-f", unique)
    installation.root.docker("service", "rm", unique)
