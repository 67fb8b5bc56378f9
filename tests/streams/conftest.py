"""Websockets of a running product, as a browser and as an automation open them."""

from __future__ import annotations

import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.engine import IMAGE, Engine
from tests.support.product import Product, Rest
from tests.support.websocket import Connection, connect

PASSWORD = "correct horse battery"


@dataclass
class Websocket:
    """An open websocket. Every `until` fails after ten seconds."""

    connection: Connection

    def frames(self, timeout_seconds: float = 10) -> Iterator[dict[str, Any]]:
        """JSON frames until the websocket closes or nothing came for so long."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                yield json.loads(self.connection.recv(timeout=timeout_seconds))

    def until(self, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        return next(frame for frame in self.frames() if is_wanted(frame))

    def closed(self) -> tuple[int, str]:
        """Reads to the end and returns the code and the reason of the close."""
        with pytest.raises(ConnectionClosed) as closed:
            deque(iter(partial(self.connection.recv, timeout=10), None), maxlen=0)
        close = closed.value.rcvd
        assert close is not None
        return close.code, close.reason


@dataclass
class Site:
    """A product with an administrator and bob, who has Restricted Control on /Shared/payments."""

    product: Product
    engine: Engine
    admin: Rest
    bob: Rest

    @contextlib.contextmanager
    def open(self, rest: Rest | None, path: str, *, origin: str | None = "", ticket: str = "") -> Iterator[Websocket]:
        """Opens a websocket with the session's cookie, as the console's pages do, or with a ticket.

        Args:
            origin: "" for ours, None for none.
        """
        headers = {"Cookie": f"quarterdeck_session={rest.token}"} if rest else {}
        if ticket:
            path += ("&" if "?" in path else "?") + f"ticket={ticket}"
        url = f"wss://localhost:{self.product.port}{path}"
        shown: Any = self.product.url if origin == "" else origin
        with connect(url, ssl=self.product.tls(), additional_headers=headers, origin=shown, open_timeout=10) as connection:
            yield Websocket(connection)

    def container(self, name: str, command: str, *options: str) -> str:
        """A container past the product, whose id is returned once the product knows it."""
        self.engine.docker("rm", "-f", name, check=False)
        id_ = self.engine.docker("run", "-d", "--name", name, *options, IMAGE, "sh", "-c", command).stdout.strip()
        wait_for(lambda: any(each["id"] == id_ for each in self.admin.get("/swarm/containers/")["results"]))
        return id_

    def service(self, name: str, command: str, *options: str) -> str:
        """Likewise a service, once a task of it runs."""
        self.engine.docker("service", "rm", name, check=False)
        created = self.engine.docker(
            "service", "create", "-d", "--name", name, "--no-resolve-image", *options, IMAGE, "sh", "-c", command
        )
        id_ = created.stdout.strip()
        wait_for(lambda: any(each["state"] == "running" for each in self.admin.get("/swarm/tasks/", service=id_)["results"]))
        return id_


def wait_for(is_there: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_there():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def site(product_on_engine: Product, docker_engine: Engine) -> Site:
    admin = product_on_engine.rest("admin", product_on_engine.admin_password)
    admin.post("/collections/", {"path": "/Shared/payments"})
    admin.post("/users/", {"username": "bob", "password": PASSWORD})
    grant = {"subject": "user:bob", "role": "Restricted Control", "resource": "collection:/Shared/payments"}
    admin.post("/grants/", grant)
    wait_for(lambda: bool(admin.get("/swarm/nodes/")["results"]))
    return Site(product_on_engine, docker_engine, admin, product_on_engine.rest("bob", PASSWORD))
