"""The database with the default tree, the real projector's server with objects of a test's choice, and a gateway's socket."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import json
import socketserver
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from apps.access import services as access
from apps.access.models import Collection
from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.core import signing
from apps.core.actor import Actor
from apps.gateway.docker.objects import FACTS, Kind
from apps.gateway.projector.projection import Projected, Projection
from apps.gateway.projector.server import ProjectorServer
from apps.orchestration.models import Cluster
from apps.orchestration.types import ClusterKind, ClusterState
from tests.support.accounts import SYSTEM, client_of, make_user

TIME = "2026-01-02T03:04:05.678901234Z"


@pytest.fixture
def fresh_policy(db: None) -> Iterator[None]:
    store.forget()
    yield
    store.forget()


@pytest.fixture
def cluster(fresh_policy: None) -> Cluster:
    return Cluster.objects.create(
        name="local",
        kind=ClusterKind.SWARM,
        url="unix:///run/docker.sock",
        state=ClusterState.READY,
        version="20.10.24",
        api_version="1.41",
    )


@pytest.fixture
def bob(fresh_policy: None) -> User:
    return make_user("bob")


@pytest.fixture
def as_bob(bob: User) -> APIClient:
    return client_of(bob)


@pytest.fixture
def as_root(fresh_policy: None) -> APIClient:
    return client_of(make_user("root", is_admin=True))


def collection(path: str) -> uuid.UUID:
    """The id of the collection, which is made where it is missing."""
    found = Collection.objects.filter(path=path).first()
    return (found or access.create_collection(actor=SYSTEM, path=path)).id


def grant(subject: str, role: str, path: str) -> None:
    collection(path)
    access.create_grant(actor=SYSTEM, subject=subject, role=role, collection=path)
    store.refresh()


@dataclass
class ProjectedCluster:
    """The projection that the projector's server shows of one cluster."""

    projection: Projection
    loop: asyncio.AbstractEventLoop

    def put(self, kind: Kind, raw: dict[str, Any], *, path: str, owner: str = "") -> None:
        placed = Projected(FACTS[kind].read_listed(json.dumps(raw).encode()), collection(path), owner)
        self.loop.call_soon_threadsafe(self.projection.put, [placed])

    def service(self, id_: str, name: str, *, path: str, replicas: int = 1, owner: str = "") -> None:
        spec = {
            "Name": name,
            "Labels": {"a": "b"},
            "TaskTemplate": {"ContainerSpec": {"Image": "demo/busybox:1.0@sha256:abc"}},
            "Mode": {"Replicated": {"Replicas": replicas}},
        }
        raw = {"ID": id_, "Version": {"Index": 7}, "CreatedAt": TIME, "UpdatedAt": TIME, "Spec": spec}
        self.put(Kind.SERVICE, raw, path=path, owner=owner)

    def task(
        self, id_: str, service_id: str, *, path: str, slot: int = 1, state: str = "running", desired: str = "running"
    ) -> None:
        raw = {
            "ID": id_,
            "ServiceID": service_id,
            "NodeID": "node1",
            "Slot": slot,
            "CreatedAt": TIME,
            "UpdatedAt": TIME,
            "DesiredState": desired,
            "Spec": {"ContainerSpec": {"Image": "demo/busybox:1.0"}},
            "Status": {"State": state, "Message": "started", "ContainerStatus": {"ContainerID": "c" + id_}},
        }
        self.put(Kind.TASK, raw, path=path)

    def node(self, id_: str, hostname: str, *, path: str, role: str = "manager") -> None:
        raw = {
            "ID": id_,
            "Spec": {"Role": role, "Availability": "active"},
            "Description": {"Hostname": hostname, "Engine": {"EngineVersion": "20.10.24"}},
            "Status": {"State": "ready", "Addr": "10.0.0.1"},
        }
        self.put(Kind.NODE, raw, path=path)

    def container(self, id_: str, name: str, *, path: str, service_id: str = "", owner: str = "") -> None:
        labels = {"com.docker.swarm.service.id": service_id, "com.docker.swarm.node.id": "node1"} if service_id else {}
        raw = {
            "Id": id_,
            "Names": ["/" + name],
            "Image": "demo/busybox:1.0",
            "State": "running",
            "Status": "Up 3 seconds",
            "Created": 1767323045,
            "Labels": labels,
        }
        self.put(Kind.CONTAINER, raw, path=path, owner=owner)


@pytest.fixture
def projected(cluster: Cluster) -> Iterator[ProjectedCluster]:
    """The real projector's server on the product's socket, over a projection without an engine."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="projector")
    thread.start()
    projection = Projection()
    projection.end_look(is_complete=True)
    server = ProjectorServer(settings.PROJECTOR_SOCKET, lambda: {cluster.id: (cluster.name, projection)})
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(5)
    try:
        yield ProjectedCluster(projection, loop)
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass
class Asked:
    """Args: actor: as the signed statement says."""

    method: str
    target: str
    actor: Actor
    cluster: str
    body: Any


@dataclass
class ScriptedGateway:
    """What the gateway's socket answers, to inject refusals and failures; the end-to-end tests have the real one."""

    answers: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, method: str, path: str, status: int, body: Any = None) -> None:
        """The next answer; the last one stays."""
        self.answers.setdefault(f"{method} {path}", []).append((status, body))

    def take(self, method: str, target: str) -> tuple[int, Any]:
        answers = self.answers.get(
            f"{method} {target.partition('?')[0]}", [(404, {"message": "there is nothing at this path"})]
        )
        return answers.pop(0) if len(answers) > 1 else answers[0]


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@pytest.fixture
def gateway() -> Iterator[ScriptedGateway]:
    scripted = ScriptedGateway()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def address_string(self) -> str:
            return "our own process"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
            """Nothing: the test says what is wrong."""

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            actor = Actor.from_payload(signing.verify(signing.ACTOR, self.headers["Quarterdeck-Actor"]))
            cluster = self.headers["Quarterdeck-Cluster"]
            scripted.asked.append(Asked(self.command, self.path, actor, cluster, json.loads(raw) if raw else None))
            status, body = scripted.take(self.command, self.path)
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - the standard library's names

    with _UnixServer(str(settings.GATEWAY_SOCKET), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="gateway")
        thread.start()
        try:
            yield scripted
        finally:
            server.shutdown()
            thread.join()
            with contextlib.suppress(FileNotFoundError):
                settings.GATEWAY_SOCKET.unlink()
