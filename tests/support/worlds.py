"""One installation on an engine of its own, with everybody the authorisation matrix asks about, and objects of every kind
in collections that are hidden from some of them.

/aurora     the viewer has View Only
/borealis   the member's team has Restricted Control and Scheduler; the node is here
/cumulus    nobody but who sees everything

The stranger holds what everybody holds. The head administers the organisation of the member and is in none of its teams,
so holds no more than the stranger.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.test import override_settings

from apps.core import crypto
from apps.core.actor import Actor, ActorKind
from apps.orchestration.clients import unix_http
from apps.orchestration.clients.gateway import headers_for
from controlplane import paths
from tests.support.engine import IMAGE, Engine, engine
from tests.support.installation import LABEL, PASSWORD, eventually
from tests.support.product import Answer, Bundle, Product, Rest, product

READERS = ("anonymous", "stranger", "head", "viewer", "auditor")
"""Those who may change nothing anywhere that is in question."""
AURORA, BOREALIS, CUMULUS = "aurora", "borealis", "cumulus"
NODE_AT = BOREALIS
FOREVER = ["sleep", "100000"]


@dataclass(frozen=True)
class EngineApi:
    """The engine itself, past the product."""

    engine: Engine

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        answer = unix_http.request(self.engine.socket, method, path, headers=headers, body=content)
        assert answer.status < 400, f"{method} {path}: {answer.status} {answer.body.decode(errors='replace')}"
        return json.loads(answer.body) if answer.body.strip() else None


@dataclass(frozen=True)
class World:
    """What is in one collection.

    Args:
        name: the first part of the name of each object in it.
        ids: by kind; `idle` is a container that does not run, `exec` a command in the one that does.
    """

    name: str
    ids: dict[str, str]

    @property
    def path(self) -> str:
        return f"/{self.name}"

    def words(self) -> set[str]:
        """What tells somebody that it is there. The image is everybody's, and so is the node's host name."""
        ids = {each for kind, each in self.ids.items() if kind != "node"}
        return {self.path, f"{self.name}-", *ids, *(each[:12] for each in ids if not each.startswith(self.name))}


@dataclass(frozen=True)
class Caller:
    """Args: docker: with the certificate of the client bundle; rest: with a session. The anonymous one has neither."""

    name: str
    docker: Rest
    rest: Rest

    def actor(self) -> Actor:
        if not self.rest.token:
            return Actor.anonymous()
        me = self.rest.get("/auth/me")["user"]
        return Actor(ActorKind.USER, uuid.UUID(me["id"]), me["username"], is_administrator=me["is_admin"])


@dataclass(frozen=True)
class Worlds:
    product: Product
    engine: EngineApi
    node_id: str
    callers: dict[str, Caller]
    worlds: dict[str, World]

    @property
    def cluster(self) -> str:
        """The name of the one that is attached."""
        return str(self.callers["administrator"].rest.get("/clusters/")["results"][0]["name"])

    def of(self, caller: str) -> World:
        """What the caller asks for in the matrix."""
        return self.worlds[{"member": BOREALIS, "administrator": CUMULUS}.get(caller, AURORA)]

    def hidden_words(self, caller: str) -> set[str]:
        """Of all that does not exist for the caller."""
        shown = {"viewer": {AURORA}, "member": {BOREALIS}}.get(caller, set())
        words = {word for name, world in self.worlds.items() if name not in shown for word in world.words()}
        return words if shown else words | {self.node_id}

    def everything(self, words: Collection[str] = ("",)) -> list[str]:
        """All that a call could change, as the engine and our database have it now.

        Args:
            words: only the objects in which one of them stands.
        """
        lists = {path: _objects_at(self.engine, path) for path in _LISTS} | self._placements()
        for container in lists["/containers/json?all=1"]:
            del container["Status"]  # "Up 5 seconds"
            container["inspected"] = self.engine("GET", f"/containers/{container['Id']}/json")
            container["changes"] = self.engine("GET", f"/containers/{container['Id']}/changes")
        kept = {path: [each for each in objects if _mentions(each, words)] for path, objects in lists.items()}
        return json.dumps(kept, indent=1, sort_keys=True).splitlines()

    def knows(self, world: World) -> bool:
        """Whether the product knows of all that is in the world, and where it is."""
        placed = {each["id"] for each in self._placements().get(world.path, [])}
        return placed >= {id_ for kind, id_ in world.ids.items() if kind not in ("node", "task", "exec")}

    def _placements(self) -> dict[str, list[Any]]:
        """Path of a collection → what is in it."""
        admin = self.callers["administrator"].rest
        collections = {each["path"]: each["id"] for each in admin.get("/collections/", limit="1000")["results"]}
        return {
            path: admin.get(f"/collections/{id_}/objects/", limit="1000")["results"]
            for path, id_ in collections.items()
            if path.count("/") == 1
        }

    def add(self, name: str) -> World:
        """Another world, in a collection of its own, that nobody has a grant on."""
        self.callers["administrator"].rest.post("/collections/", {"path": f"/{name}"})
        made = self.worlds[name] = World(name, {"node": self.node_id, **_objects(self.engine, name)})
        eventually(lambda: self.knows(made))
        return made

    def internal(self, caller: Caller, method: str, path: str, body: Any) -> Answer:
        """A request on the gateway's internal socket, in the name of the caller, as our own processes send it."""
        with self._own_key():
            headers = headers_for(caller.actor(), "")
        socket = paths.run_dir(self.product.data_dir) / "gateway.sock"
        answer = unix_http.request(socket, method, path, headers=headers, body=json.dumps(body).encode())
        return Answer(answer.status, {}, answer.body)

    @contextlib.contextmanager
    def _own_key(self) -> Iterator[None]:
        """What this process signs is signed by the installation."""
        with override_settings(MASTER_KEY_FILE=self.product.data_dir / "secrets" / "master.key"):
            crypto.key_for.cache_clear()
            yield
        crypto.key_for.cache_clear()


_LISTS = (
    "/containers/json?all=1",
    "/services",
    "/tasks",
    "/networks",
    "/volumes",
    "/secrets",
    "/configs",
    "/nodes",
    "/swarm",
    "/images/json?all=1",
)


def _objects_at(api: EngineApi, path: str) -> list[Any]:
    """In an order of ours: the engine lists networks and volumes in any."""
    listed = api("GET", path)
    if path == "/volumes":
        listed = listed["Volumes"] or []
    return sorted(listed if isinstance(listed, list) else [listed], key=json.dumps)


def _mentions(each: Any, words: Collection[str]) -> bool:
    text = json.dumps(each)
    return any(word in text for word in words)


@contextlib.contextmanager
def worlds(directory: Path) -> Iterator[Worlds]:
    """Starts it. Args: directory: for the client bundles. Raises as `engine` and `product`."""
    with engine() as started, product(started.url) as running:
        admin = running.rest("admin", running.admin_password)
        callers = _people(running, admin, directory)
        api = EngineApi(started)
        node_id = api("GET", "/nodes")[0]["ID"]
        eventually(lambda: admin.get("/swarm/nodes/")["results"])
        admin.post(f"/swarm/nodes/{node_id}/move", {"collection": f"/{NODE_AT}"})
        made = {name: World(name, {"node": node_id, **_objects(api, name)}) for name in (AURORA, BOREALIS, CUMULUS)}
        there = Worlds(running, api, node_id, callers, made)
        eventually(lambda: all(there.knows(world) for world in made.values()))
        yield there


def _people(running: Product, admin: Rest, directory: Path) -> dict[str, Caller]:
    for name in (AURORA, BOREALIS, CUMULUS):
        admin.post("/collections/", {"path": f"/{name}"})
    admin.post("/organizations/", {"name": "acme"})
    admin.post("/organizations/acme/teams/", {"name": "payments"})
    for name in ("stranger", "head", "viewer", "member", "auditor"):
        admin.post("/users/", {"username": name, "password": PASSWORD})
    admin.put("/organizations/acme/members/head/", {"is_admin": True})
    admin.put("/organizations/acme/teams/payments/members/member/", {})
    for subject, role, resource in (
        ("user:viewer", "View Only", f"/{AURORA}"),
        ("team:acme/payments", "Restricted Control", f"/{BOREALIS}"),
        ("team:acme/payments", "Scheduler", f"/{BOREALIS}"),
        ("user:auditor", "Auditor", "/"),
    ):
        admin.post("/grants/", {"subject": subject, "role": role, "resource": f"collection:{resource}"})
    rests = {name: running.rest(name, PASSWORD) for name in ("stranger", "head", "viewer", "member", "auditor")}
    rests["administrator"] = admin
    callers = {"anonymous": Caller("anonymous", running.rest(), running.rest())}
    for name, rest in rests.items():
        bundle = running.bundle(rest, "matrix", directory / name)
        callers[name] = Caller(name, Rest(running.port, _tls(bundle)), rest)
    return callers


def _tls(bundle: Bundle) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=bundle.directory / "ca.pem")
    context.load_cert_chain(bundle.directory / "cert.pem", bundle.directory / "key.pem")
    return context


def _objects(api: EngineApi, name: str) -> dict[str, str]:
    """Made past the product, with the label of the collection, in which it then places them."""
    labels = {LABEL: f"/{name}"}
    in_stack = {**labels, "com.docker.stack.namespace": f"{name}-stack"}
    talking = ["sh", "-c", f"echo {name}-says; exec sleep 100000"]
    container = {"Image": IMAGE, "Cmd": talking, "Labels": labels}
    spec = {
        "Name": f"{name}-service",
        "Labels": in_stack,
        "TaskTemplate": {"ContainerSpec": {"Image": IMAGE, "Command": talking}},
        "Mode": {"Replicated": {"Replicas": 1}},
        "EndpointSpec": {"Mode": "dnsrr"},
    }
    ids = {
        "service": api("POST", "/services/create", spec)["ID"],
        "container": api("POST", f"/containers/create?name={name}-container", container)["Id"],
        "idle": api("POST", f"/containers/create?name={name}-idle", container)["Id"],
        "network": api("POST", "/networks/create", {"Name": f"{name}-network", "Labels": labels})["Id"],
        "volume": api("POST", "/volumes/create", {"Name": f"{name}-volume", "Labels": labels})["Name"],
        "stack": f"{name}-stack",
    }
    for kind in ("secret", "config"):
        ids[kind] = api("POST", f"/{kind}s/create", {"Name": f"{name}-{kind}", "Labels": labels, "Data": "eA=="})["ID"]
    api("POST", f"/containers/{ids['container']}/start")
    ids["exec"] = api("POST", f"/containers/{ids['container']}/exec", {"Cmd": FOREVER})["Id"]
    ids["task"] = _running_task(api, ids["service"])
    return ids


def _running_task(api: EngineApi, service_id: str) -> str:
    def running() -> list[str]:
        tasks = api("GET", "/tasks")
        return [each["ID"] for each in tasks if (each["ServiceID"], each["Status"]["State"]) == (service_id, "running")]

    eventually(running, seconds=30)
    return running()[0]
