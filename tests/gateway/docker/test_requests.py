"""Requests that no stock client sends: versions, bodies and paths that only some servers understand."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any

import pytest

from tests.gateway.docker.conftest import PAYMENTS, Installation
from tests.support.engine import IMAGE
from tests.support.product import Bundle

pytestmark = [pytest.mark.engine, pytest.mark.product]


class Raw:
    """One request with a client bundle's certificate."""

    def __init__(self, bundle: Bundle, port: int) -> None:
        self._tls = ssl.create_default_context(cafile=bundle.directory / "ca.pem")
        self._tls.load_cert_chain(bundle.directory / "cert.pem", bundle.directory / "key.pem")
        self._port = port

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
        connection = http.client.HTTPSConnection("localhost", self._port, context=self._tls, timeout=30)
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if content else {}
        connection.request(method, path, content, {**sent, **headers})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        return answer.status, value, {name.lower(): each for name, each in answer.getheaders()}


@pytest.fixture
def bob(installation: Installation) -> Raw:
    return Raw(installation.bob, installation.product.port)


@pytest.fixture
def root(installation: Installation) -> Raw:
    return Raw(installation.root, installation.product.port)


def test_ping_and_versions(bob: Raw) -> None:
    status, body, headers = bob("GET", "/_ping")
    assert (status, body) == (200, b"OK")
    assert headers["api-version"] == "1.41"
    assert bob("HEAD", "/_ping")[0] == 200
    assert bob("GET", "/v1.41/_ping")[0] == 200
    assert bob("GET", "/version")[1]["ApiVersion"] == "1.41"
    assert bob("GET", "/services")[0] == 200
    assert "too new" in bob("GET", "/v1.54/services")[1]["message"]
    assert "too old" in bob("GET", "/v1.23/services")[1]["message"]


@pytest.mark.parametrize("path", ["/v1.41/nosuch", "/v1.41/networks/", "/v1.41/debug/vars", "/v01.41/info", "/v1.041/info"])
def test_unknown_paths_do_not_exist_for_anybody(bob: Raw, root: Raw, path: str) -> None:
    for caller in (bob, root):
        status, body, _ = caller("GET", path)
        assert (status, body) == (404, {"message": "page not found"})


@pytest.mark.parametrize(
    "body",
    [
        b'{"Image":"IMAGE","hostconfig":{"Privileged":true}}',
        b'{"Image":"IMAGE","HostConfig":{"privileged":true}}',
        '{"Image":"IMAGE","HostConfig":{"Bind\u017f":["/:/host"]}}'.encode(),
        b'{"Image":"IMAGE","HostConfig":{},"HostConfig":{"Privileged":true}}',
        b'{"Image":"IMAGE","Privileged":true}',
        b'{"Image":"IMAGE"}{"HostConfig":{"Privileged":true}}',
        b'{"Image":"IMAGE"',
        b"[]",
        b'{"Image":"IMAGE","Labels":{"com.docker.swarm.service.id":"x"}}',
    ],
)
def test_bodies_that_could_be_read_in_two_ways_are_refused(bob: Raw, root: Raw, body: bytes) -> None:
    for caller in (bob, root):
        status, answer, _ = caller("POST", "/v1.41/containers/create?name=qdnever", body.replace(b"IMAGE", IMAGE.encode()))
        assert status == 400
        assert answer["message"]
    assert root("GET", "/v1.41/containers/qdnever/json")[0] == 404


def test_forms_and_repeated_keys_are_refused(bob: Raw) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert bob("POST", "/v1.41/containers/create?name=a", b"name=b", **form)[0] == 400
    assert bob("GET", "/v1.41/containers/json?all=1&all=0")[0] == 400


def test_references_in_bodies_cannot_leave_their_path(bob: Raw) -> None:
    spec = {
        "Image": IMAGE,
        "Labels": {"com.docker.ucp.access.label": PAYMENTS},
        "NetworkingConfig": {"EndpointsConfig": {"../containers/json?all=1": {}}},
    }
    status, answer, _ = bob("POST", "/v1.41/containers/create", spec)
    assert status == 400
    assert answer["message"].startswith("network ")


@pytest.mark.parametrize("network", ["ingress", "docker_gwbridge"])
def test_the_engines_own_networks_cannot_be_joined_by_id(bob: Raw, root: Raw, network: str) -> None:
    status, found, _ = root("GET", f"/v1.41/networks/{network}")
    assert status == 200
    for name in (network, found["Id"], found["Id"][:12]):
        spec = {
            "Image": IMAGE,
            "Labels": {"com.docker.ucp.access.label": PAYMENTS},
            "HostConfig": {"NetworkMode": name},
        }
        assert bob("POST", "/v1.41/containers/create", spec)[0] == 400


def test_the_hosts_network_needs_its_option_by_id_too(bob: Raw, root: Raw) -> None:
    found = root("GET", "/v1.41/networks/host")[1]
    spec = {
        "Image": IMAGE,
        "Labels": {"com.docker.ucp.access.label": PAYMENTS},
        "HostConfig": {"NetworkMode": found["Id"]},
    }
    status, answer, _ = bob("POST", "/v1.41/containers/create", spec)
    assert status == 403
    assert "Host Networking Mode" in answer["message"]


def test_a_header_of_ours_does_not_choose_the_caller_or_the_cluster(bob: Raw) -> None:
    status, _, _ = bob("GET", "/v1.41/services", **{"Quarterdeck-Cluster": "nosuch", "Quarterdeck-Actor": "x"})
    assert status == 200
