"""Every answer that takes long ends within a second of the right to it, and says why: each kind of stream with each cause.

The streams are the stock docker CLI's, and websockets as the console opens them, on a real engine.
"""

from __future__ import annotations

import contextlib
import datetime
import http.client
import json
import re
import ssl
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.conftest import or_skip
from tests.gateway.docker.conftest import LABEL, PASSWORD, Installation, eventually
from tests.streams.conftest import Websocket
from tests.support.engine import IMAGE, Engine
from tests.support.product import Bundle, Rest
from tests.support.registry import SLOW, registry
from tests.support.websocket import connect

pytestmark = [pytest.mark.engine, pytest.mark.product]

TICK = ("sh", "-c", "while :; do echo tick; sleep 0.1; done")
OPERATIONS = (
    *("Container View", "Container Logs", "Container Attach", "Container Exec", "Container Wait"),
    *("Service View", "Service View Tasks", "Service Logs", "Image View", "Image Create"),
)


@dataclass
class Person:
    """Somebody new who holds OPERATIONS on one collection by a role of their own, through a team or directly."""

    name: str
    rest: Rest
    bundle: Bundle
    bundle_ends_at: datetime.datetime
    grant: str

    @property
    def role(self) -> str:
        return f"{self.name}-role"

    def use_token(self) -> None:
        """From now on the CLI signs in with a session's token, and knows no certificate of its own."""
        for name in ("cert.pem", "key.pem"):
            (self.bundle.directory / name).unlink()
        config = Path(self.bundle.environment["DOCKER_CONFIG"])
        config.mkdir(exist_ok=True)
        headers = {"Authorization": f"Bearer {self.rest.token}"}
        (config / "config.json").write_text(json.dumps({"HttpHeaders": headers}))


@dataclass
class Stage:
    """A collection below another, with a service and a container that write all the time."""

    installation: Installation
    directory: Path
    outer: str
    container: str
    container_id: str
    service: str
    service_id: str
    registry: str
    collection_id: str

    @property
    def collection(self) -> str:
        return f"{self.outer}/inner"

    @property
    def admin(self) -> Rest:
        return self.installation.admin

    def move_collection(self, path: str) -> None:
        self.admin.patch(f"/collections/{self.collection_id}/", {"path": path})

    @contextlib.contextmanager
    def place_elsewhere(self) -> Iterator[Callable[[], None]]:
        """Yields what moves the objects to a collection that is nobody's: by removing theirs. They come back afterwards."""
        path = f"/{self.service}-elsewhere"
        elsewhere_id = self.admin.post("/collections/", {"path": path})["id"]
        yield partial(self._empty, self.collection_id, path)
        self.collection_id = self.admin.post("/collections/", {"path": self.collection})["id"]
        self._empty(elsewhere_id, self.collection)

    def _empty(self, collection_id: str, into: str) -> None:
        self.admin.delete(f"/collections/{collection_id}/?{urlencode({'move_to': into})}")

    def person(self, *, in_team: bool = False, bundle_seconds: int = 3600) -> Person:
        name = f"u{uuid.uuid4().hex[:10]}"
        self.admin.post("/users/", {"username": name, "password": PASSWORD})
        for given in self.admin.get("/grants/", subject=f"user:{name}")["results"]:  # on the private collection
            self.admin.delete(f"/grants/{given['id']}/")
        self.admin.post("/roles/", {"name": f"{name}-role", "operations": {operation: [] for operation in OPERATIONS}})
        subject = f"user:{name}"
        if in_team:
            self.admin.post("/organizations/acme/teams/", {"name": name})
            self.admin.put(f"/organizations/acme/teams/{name}/members/{name}/", {})
            subject = f"team:acme/{name}"
        grant = {"subject": subject, "role": f"{name}-role", "resource": f"collection:{self.outer}"}
        grant_id = self.admin.post("/grants/", grant)["id"]
        rest = self.installation.product.rest(name, PASSWORD)
        ends_at = datetime.datetime.now(datetime.UTC).replace(microsecond=0) + datetime.timedelta(seconds=bundle_seconds)
        answer = rest.request("POST", "/api/v1/bundles/", {"name": "cli", "expires_at": ends_at.isoformat()})
        bundle = Bundle.unpack(answer.headers["quarterdeck-bundle-id"], answer.body, self.directory / name)
        return Person(name, rest, bundle, ends_at, grant_id)


@pytest.fixture(scope="module")
def stage(installation: Installation, swarm: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    name = f"qd{uuid.uuid4().hex[:8]}"
    admin, root = installation.admin, installation.root
    admin.post("/collections/", {"path": f"/Shared/{name}"})
    collection_id = admin.post("/collections/", {"path": f"/Shared/{name}/inner"})["id"]
    label = ("--label", f"{LABEL}=/Shared/{name}/inner")
    root.docker("service", "create", "--name", name, *label, IMAGE, *TICK)
    service_id = root.docker("service", "inspect", name, "--format", "{{.ID}}").stdout.strip()
    container_id = root.docker("run", "-d", "--name", f"{name}-plain", *label, IMAGE, *TICK).stdout.strip()
    try:
        with or_skip(registry(swarm)) as address:
            yield Stage(
                installation=installation,
                directory=tmp_path_factory.mktemp("people"),
                outer=f"/Shared/{name}",
                container=f"{name}-plain",
                container_id=container_id,
                service=name,
                service_id=service_id,
                registry=address,
                collection_id=collection_id,
            )
    finally:
        root.docker("service", "rm", name)
        root.docker("rm", "-f", f"{name}-plain")


# What runs


class Running:
    """A stock docker CLI that is writing."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self._process = process
        self._output = output

    def ended(self, within_seconds: float = 5) -> float:
        """When it ended, on the monotonic clock. Raises TimeoutExpired where it does not."""
        self._process.wait(timeout=within_seconds)
        return time.monotonic()

    def said(self) -> str:
        return self._output.read_text(errors="replace")


@contextlib.contextmanager
def cli(person: Person, *arguments: str, until: str) -> Iterator[Running]:
    """Args: until: what it writes when it has begun."""
    with tempfile.NamedTemporaryFile(prefix="qd-stream-") as output:
        command = ["docker", *arguments]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, env=person.bundle.environment, stdin=pipe, stdout=output.fileno(), stderr=subprocess.STDOUT
        ) as process:
            running = Running(process, Path(output.name))
            try:
                eventually(lambda: until in running.said())
                yield running
            finally:
                process.kill()


class RunningRequest:
    """A request whose answer has begun, of a client that stays when its answer breaks off."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self._answer = answer
        self._body = b""

    def ended(self) -> float:
        with contextlib.suppress(http.client.IncompleteRead, OSError):
            while piece := self._answer.read1(65536):
                self._body += piece
        return time.monotonic()

    def said(self) -> str:
        return self._body.decode()


@contextlib.contextmanager
def request(stage: Stage, person: Person, method: str, path: str) -> Iterator[RunningRequest]:
    tls = ssl.create_default_context(cafile=person.bundle.directory / "ca.pem")
    tls.load_cert_chain(person.bundle.directory / "cert.pem", person.bundle.directory / "key.pem")
    port = stage.installation.product.port
    with contextlib.closing(http.client.HTTPSConnection("localhost", port, context=tls, timeout=10)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        assert answer.status == 200
        yield RunningRequest(answer)


class RunningWebsocket:
    """Args: websocket: from which something has come."""

    def __init__(self, websocket: Websocket) -> None:
        self._websocket = websocket
        self.code = 0
        self._reason = ""

    def ended(self) -> float:
        self.code, self._reason = self._websocket.closed()
        return time.monotonic()

    def said(self) -> str:
        return self._reason


@contextlib.contextmanager
def websocket(stage: Stage, person: Person, path: str) -> Iterator[RunningWebsocket]:
    product = stage.installation.product
    headers = {"Cookie": f"quarterdeck_session={person.rest.token}"}
    url, tls = f"wss://localhost:{product.port}{path}", product.tls()
    with connect(url, ssl=tls, additional_headers=headers, origin=product.url, open_timeout=10) as connection:
        connection.recv(timeout=10)
        yield RunningWebsocket(Websocket(connection))


Begin = Callable[[Stage, Person], contextlib.AbstractContextManager[Running | RunningRequest | RunningWebsocket]]

ON_OBJECTS: dict[str, tuple[str, Begin]] = {
    "exec": ("Container Exec", lambda stage, person: cli(person, "exec", stage.container, *TICK, until="tick")),
    "attach": ("Container Attach", lambda stage, person: cli(person, "attach", stage.container, until="tick")),
    "logs": ("Container Logs", lambda stage, person: cli(person, "logs", "-f", "-n", "1", stage.container, until="tick")),
    "service logs": (
        "Service Logs",
        lambda stage, person: cli(person, "service", "logs", "-f", "-n", "1", stage.service, until="tick"),
    ),
    "wait": ("Container Wait", lambda stage, person: request(stage, person, "POST", f"/containers/{stage.container}/wait")),
}
"""Stream → the operation that it needs on an object, and how it begins. Each says in its own protocol why it ends."""

ANYWHERE: dict[str, tuple[str, Begin]] = {
    "events": ("View", lambda stage, person: cli(person, "events", "--since", "1h", until=stage.container)),
    "pull": ("Image Create", lambda stage, person: cli(person, "pull", f"{stage.registry}/{SLOW}:1.0", until="Pulling fs")),
}

IN_THE_BROWSER: dict[str, tuple[str, Begin]] = {
    "terminal": ("Container Exec", lambda stage, person: websocket(stage, person, f"/ws/exec/{stage.container_id}")),
    "log": ("Container Logs", lambda stage, person: websocket(stage, person, f"/ws/logs/containers/{stage.container_id}")),
    "service log": ("Service Logs", lambda stage, person: websocket(stage, person, f"/ws/logs/services/{stage.service_id}")),
}

ALL = ON_OBJECTS | ANYWHERE | IN_THE_BROWSER
OF_CLIENTS = ON_OBJECTS | ANYWHERE


# What ends it


def revoke(stage: Stage, person: Person) -> None:
    stage.admin.delete(f"/grants/{person.grant}/")


def remove_from_team(stage: Stage, person: Person) -> None:
    stage.admin.delete(f"/organizations/acme/teams/{person.name}/members/{person.name}/")


def edit_role(stage: Stage, person: Person) -> None:
    stage.admin.patch(f"/roles/{person.role}/", {"operations": {"Node View": []}})


def delete_bundle(stage: Stage, person: Person) -> None:
    person.rest.delete(f"/bundles/{person.bundle.id}/")


def deactivate(stage: Stage, person: Person) -> None:
    stage.admin.patch(f"/users/{person.name}/", {"is_active": False})


def delete_user(stage: Stage, person: Person) -> None:
    stage.admin.delete(f"/users/{person.name}/")


def expire(stage: Stage, person: Person) -> None:
    """Returns at the moment at which the grant ends."""
    ends_at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=1)
    stage.admin.patch(f"/grants/{person.grant}/", {"expires_at": ends_at.isoformat()})
    wait_until(ends_at)


def sign_out(stage: Stage, person: Person) -> None:
    person.rest.post("/auth/logout")


def wait_until(moment: datetime.datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.datetime.now(datetime.UTC)).total_seconds()))


RIGHTS = {"grant revoked": revoke, "membership removed": remove_from_team, "role edited": edit_role, "grant expired": expire}
CREDENTIALS = {"user deactivated": deactivate, "user deleted": delete_user, "bundle deleted": delete_bundle}
SESSIONS = {"user deactivated": deactivate, "user deleted": delete_user, "signed out": sign_out}


def seconds_to_end(running: Running | RunningRequest | RunningWebsocket, change: Callable[[], None]) -> float:
    """From the change, as soon as it is answered, to the end."""
    change()
    changed_at = time.monotonic()
    return running.ended() - changed_at


@pytest.mark.parametrize("cause", RIGHTS)
@pytest.mark.parametrize("stream", ALL)
def test_a_stream_ends_within_a_second_of_the_right_to_it_and_says_what_is_missing(
    stage: Stage, swarm: Engine, stream: str, cause: str
) -> None:
    person = stage.person(in_team=cause == "membership removed")
    operation, begin = ALL[stream]
    with begin(stage, person) as running:
        assert seconds_to_end(running, partial(RIGHTS[cause], stage, person)) < 1
        assert re.search(f"{person.name} may not do this: .*{operation} is missing on (/Shared/|every)", running.said())
        if isinstance(running, RunningWebsocket):
            assert running.code == 4403
    if stream == "pull":
        assert SLOW not in swarm.docker("images").stdout


@pytest.mark.parametrize("cause", CREDENTIALS)
@pytest.mark.parametrize("stream", OF_CLIENTS)
def test_a_stream_ends_within_a_second_of_its_credential_and_says_so(stage: Stage, stream: str, cause: str) -> None:
    person = stage.person()
    with OF_CLIENTS[stream][1](stage, person) as running:
        assert seconds_to_end(running, partial(CREDENTIALS[cause], stage, person)) < 1
        assert f"{person.name} is no longer signed in" in running.said()


@pytest.mark.parametrize("cause", SESSIONS)
@pytest.mark.parametrize("stream", IN_THE_BROWSER)
def test_what_the_browser_shows_ends_within_a_second_of_the_session(stage: Stage, stream: str, cause: str) -> None:
    person = stage.person()
    with IN_THE_BROWSER[stream][1](stage, person) as running:
        assert seconds_to_end(running, partial(SESSIONS[cause], stage, person)) < 1
        assert isinstance(running, RunningWebsocket)
        assert (running.code, running.said()) == (4401, "your session has ended; sign in again")


@pytest.mark.parametrize("stream", [name for name in OF_CLIENTS if name != "wait"])
def test_a_stream_of_a_token_ends_within_a_second_of_the_token(stage: Stage, stream: str) -> None:
    person = stage.person()
    person.use_token()
    with OF_CLIENTS[stream][1](stage, person) as running:
        assert seconds_to_end(running, partial(sign_out, stage, person)) < 1
        assert f"{person.name} is no longer signed in" in running.said()


def test_all_streams_end_within_a_second_of_the_end_of_their_bundle(stage: Stage) -> None:
    person = stage.person(bundle_seconds=10)
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(begin(stage, person)) for _, begin in OF_CLIENTS.values()]
        assert datetime.datetime.now(datetime.UTC) < person.bundle_ends_at
        wait_until(person.bundle_ends_at)
        over_at = time.monotonic()
        for each in running:
            assert each.ended() - over_at < 1
            assert f"{person.name} is no longer signed in" in each.said()


@pytest.mark.parametrize("stream", ON_OBJECTS | IN_THE_BROWSER)
def test_a_stream_ends_within_a_second_of_its_collection_being_moved_out_of_reach(stage: Stage, stream: str) -> None:
    person = stage.person()
    operation, begin = (ON_OBJECTS | IN_THE_BROWSER)[stream]
    elsewhere = f"/{uuid.uuid4().hex}"
    with begin(stage, person) as running:
        try:
            assert seconds_to_end(running, partial(stage.move_collection, elsewhere)) < 1
            assert f"{operation} is missing on the collection where it is now" in running.said()
            assert elsewhere not in running.said()
        finally:
            stage.move_collection(stage.collection)


@pytest.mark.parametrize("stream", ON_OBJECTS | IN_THE_BROWSER)
def test_a_stream_ends_within_a_second_of_its_object_being_moved_out_of_reach(stage: Stage, stream: str) -> None:
    person = stage.person()
    operation, begin = (ON_OBJECTS | IN_THE_BROWSER)[stream]
    with stage.place_elsewhere() as move, begin(stage, person) as running:
        assert seconds_to_end(running, move) < 1
        assert f"{operation} is missing on the collection where it is now" in running.said()
        assert "elsewhere" not in running.said()


@pytest.fixture
def second_administrator(stage: Stage) -> Person:
    person = stage.person()
    stage.admin.patch(f"/users/{person.name}/", {"is_admin": True})
    person.bundle.environment["DOCKER_BUILDKIT"] = "0"
    return person


def test_a_build_ends_within_a_second_of_the_flag_of_an_administrator(
    stage: Stage, second_administrator: Person, swarm: Engine, tmp_path: Path
) -> None:
    """Building is for administrators until the rest of the gateway is there."""
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN sleep 1000\n")
    name = second_administrator.name
    with cli(second_administrator, "build", "-t", f"{name}:1", str(tmp_path), until="Running in") as running:
        change = partial(stage.admin.patch, f"/users/{name}/", {"is_admin": False})
        assert seconds_to_end(running, change) < 1
        assert f"{name} may not do this: Image Build is missing on /" in running.said()
    eventually(lambda: "sleep 1000" not in swarm.docker("ps", "--no-trunc", "--format", "{{.Command}}").stdout)
    assert name not in swarm.docker("images").stdout


def test_an_upload_ends_within_a_second_of_the_flag_of_an_administrator(stage: Stage, second_administrator: Person) -> None:
    """`docker load` from a pipe whose other end is open: the answer has not begun, so it can still be a refusal."""
    name = second_administrator.name
    with cli(second_administrator, "load", until="") as running:
        time.sleep(1)
        change = partial(stage.admin.patch, f"/users/{name}/", {"is_admin": False})
        assert seconds_to_end(running, change) < 1
        assert f"{name} may not do this: Image Load is missing on /" in running.said()


def test_a_stream_goes_on_while_other_rights_end(stage: Stage) -> None:
    person = stage.person()
    other = {"subject": f"user:{person.name}", "role": "Full Control", "resource": "collection:/Shared/other"}
    with ON_OBJECTS["logs"][1](stage, person) as running, ANYWHERE["pull"][1](stage, person):
        other_id = stage.admin.post("/grants/", other)["id"]
        stage.admin.delete(f"/grants/{other_id}/")
        assert isinstance(running, Running)
        with pytest.raises(subprocess.TimeoutExpired):
            running.ended(within_seconds=2)
