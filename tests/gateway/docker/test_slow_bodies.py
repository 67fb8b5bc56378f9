"""Who holds the end of a body back is decided on when it is there: nothing is done by a right that ended meanwhile."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.docker.conftest import LABEL, PASSWORD, PAYMENTS, Installation, eventually
from tests.support.engine import IMAGE, Engine
from tests.support.product import Bundle, Rest

pytestmark = [pytest.mark.engine, pytest.mark.product]


class Slow:
    """A request whose last byte is still to come."""

    def __init__(self, port: int, bundle: Bundle, path: str, body: dict[str, Any]) -> None:
        tls = ssl.create_default_context(cafile=bundle.directory / "ca.pem")
        tls.load_cert_chain(bundle.directory / "cert.pem", bundle.directory / "key.pem")
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, context=tls, timeout=20)
        *whole, self._last = (bytes([byte]) for byte in json.dumps(body).encode())
        self._connection.putrequest("POST", path)
        self._connection.putheader("Content-Type", "application/json")
        self._connection.putheader("Content-Length", str(len(whole) + 1))
        self._connection.endheaders(b"".join(whole))

    def finish(self) -> tuple[int, str]:
        """The answer; it may be there before the body is."""
        with contextlib.suppress(OSError):
            self._connection.send(self._last)
        with contextlib.closing(self._connection):
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read()).get("message", "")


@pytest.fixture
def someone(installation: Installation, unique: str) -> Rest:
    """Who holds Full Control on /Shared/payments through a team, and Scheduler on /Shared."""
    admin = installation.admin
    admin.post("/users/", {"username": unique, "password": PASSWORD})
    admin.post("/organizations/acme/teams/", {"name": unique})
    admin.put(f"/organizations/acme/teams/{unique}/members/{unique}/", {})
    grant = {"subject": f"team:acme/{unique}", "role": "Full Control", "resource": f"collection:{PAYMENTS}"}
    admin.post("/grants/", grant)
    return installation.product.rest(unique, PASSWORD)


CAUSES: dict[str, Callable[[Rest, str, str], object]] = {
    "the grant is taken away": lambda admin, name, _: [
        admin.delete(f"/grants/{grant['id']}/") for grant in admin.get("/grants/", subject=f"team:acme/{name}")["results"]
    ],
    "the member leaves": lambda admin, name, _: admin.delete(f"/organizations/acme/teams/{name}/members/{name}/"),
    "the user is deactivated": lambda admin, name, _: admin.patch(f"/users/{name}/", {"is_active": False}),
    "the bundle is deleted": lambda admin, _, bundle: admin.delete(f"/bundles/{bundle}/"),
}


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("what", ["service create", "secret update", "exec create"])
def test_a_body_that_is_held_back_does_not_outlive_the_right(
    installation: Installation, swarm: Engine, someone: Rest, unique: str, what: str, cause: str
) -> None:
    bundle = installation.product.bundle(someone, "cli", installation.product.data_dir.parent / unique)
    labels = {LABEL: PAYMENTS}
    secret = installation.root.docker("secret", "create", "--label", f"{LABEL}={PAYMENTS}", unique, "-", stdin=b"x").stdout
    started = ("run", "-d", "--name", unique, "--label", f"{LABEL}={PAYMENTS}", IMAGE, "sleep", "1000")
    container = installation.root.docker(*started).stdout.strip()
    try:
        index = swarm.docker("secret", "inspect", unique, "--format", "{{.Version.Index}}").stdout.strip()
        service: dict[str, Any] = {"Name": unique, "Labels": labels, "TaskTemplate": {"ContainerSpec": {"Image": IMAGE}}}
        asked: dict[str, tuple[str, dict[str, Any]]] = {
            "service create": ("/services/create", service | {"EndpointSpec": {"Mode": "dnsrr"}}),
            "secret update": (f"/secrets/{secret.strip()}/update?version={index}", {"Name": unique, "Labels": {"mark": "x"}}),
            "exec create": (f"/containers/{container}/exec", {"Cmd": ["true"]}),
        }
        path, body = asked[what]
        slow = Slow(installation.product.port, bundle, path, body)
        time.sleep(0.3)
        CAUSES[cause](installation.admin, unique, bundle.id)
        time.sleep(1)
        status, message = slow.finish()
        assert status in (401, 403, 404), message
        assert unique not in swarm.docker("service", "ls", "--format", "{{.Name}}").stdout
        assert "mark" not in swarm.docker("secret", "inspect", unique).stdout
        assert json.loads(swarm.docker("inspect", container).stdout)[0]["ExecIDs"] is None
    finally:
        installation.root.docker("rm", "-f", unique)
        installation.root.docker("secret", "rm", unique)


def test_a_body_that_comes_slowly_is_taken(installation: Installation, someone: Rest, unique: str) -> None:
    bundle = installation.product.bundle(someone, "cli", installation.product.data_dir.parent / unique)
    service = {
        "Name": unique,
        "Labels": {LABEL: PAYMENTS},
        "TaskTemplate": {"ContainerSpec": {"Image": IMAGE}},
        "EndpointSpec": {"Mode": "dnsrr"},
    }
    slow = Slow(installation.product.port, bundle, "/services/create", service)
    time.sleep(2)
    assert slow.finish()[0] == 201
    eventually(lambda: unique in installation.root.docker("service", "ls", "--format", "{{.Name}}").stdout)
    installation.root.docker("service", "rm", unique)
