"""Requests that no stock client sends: versions, bodies and paths that only some servers understand."""

from __future__ import annotations

import http.client
import json
import ssl
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.docker.conftest import PAYMENTS, Installation, eventually
from tests.support.engine import IMAGE, Engine, busybox_root
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


def test_asking_registries_tells_nothing_of_the_network_of_the_engine(bob: Raw, root: Raw, installation: Installation) -> None:
    """Nor may it be done by who may only look at images."""
    asked = "/distribution/127.0.0.1:1/nothing/json"
    assert "connection refused" in root("GET", asked)[1]["message"]
    assert bob("GET", asked)[:2] == (404, {"message": "no registry tells of 127.0.0.1:1/nothing, or not to you"})
    eve = Raw(installation.eve, installation.product.port)
    private = installation.admin.get("/grants/", subject="user:eve")["results"]
    for grant in private:
        installation.admin.delete(f"/grants/{grant['id']}/")
    try:
        with installation.granted("View Only", PAYMENTS, "user:eve"):
            status, answer, _ = eve("GET", asked)
            assert (status, answer["message"]) == (403, "eve may not do this: Image Create is missing on every collection")
    finally:
        for grant in private:
            installation.admin.post("/grants/", {name: grant[name] for name in ("subject", "role", "resource")})


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


@pytest.mark.parametrize("query", ["since=yesterday", "until=x", "filters=x", "filters=%7B%22type%22%3A1%7D"])
def test_events_asked_for_in_a_way_that_means_nothing_are_refused(bob: Raw, query: str) -> None:
    status, answer, _ = bob("GET", f"/v1.41/events?{query}")
    assert status == 400
    assert answer["message"]


def test_a_header_of_ours_does_not_choose_the_caller_or_the_cluster(bob: Raw) -> None:
    status, _, _ = bob("GET", "/v1.41/services", **{"Quarterdeck-Cluster": "nosuch", "Quarterdeck-Actor": "x"})
    assert status == 200


IN_PAYMENTS = {"com.docker.ucp.access.label": PAYMENTS}


def service(name: str, *, collection: str = PAYMENTS, **more: Any) -> dict[str, Any]:
    container = {"Image": IMAGE, "Command": ["sleep", "1000"]}
    return {
        "Name": name,
        "Labels": {"com.docker.ucp.access.label": collection},
        "TaskTemplate": {"ContainerSpec": container},
        "Mode": {"Replicated": {"Replicas": 0}},
        "EndpointSpec": {"Mode": "dnsrr"},
        **more,
    }


def test_an_image_does_not_make_a_container_look_like_a_task_of_others(bob: Raw, root: Raw, swarm: Engine) -> None:
    theirs = root("POST", "/v1.41/services/create", service("qdtheirs", collection="/Shared/other"))[1]["ID"]
    label = f"LABEL com.docker.swarm.service.id={theirs}"
    swarm.docker("import", "-c", label, "-", "qd/forged:1", stdin=busybox_root())
    spec = {"Image": "qd/forged:1", "Cmd": ["true"], "Labels": IN_PAYMENTS}
    status, made, _ = bob("POST", "/v1.41/containers/create", spec)
    try:
        assert status == 201
        kept = root("GET", f"/v1.41/containers/{made['Id']}/json")[1]["Config"]["Labels"]
        assert kept["com.docker.swarm.service.id"] == ""
        assert kept["com.docker.ucp.access.label"] == PAYMENTS
    finally:
        root("DELETE", f"/v1.41/containers/{made['Id']}")
        root("DELETE", f"/v1.41/services/{theirs}")
        swarm.docker("rmi", "qd/forged:1")


def test_an_anonymous_volume_is_not_put_where_its_maker_may_create_nothing(bob: Raw, root: Raw) -> None:
    options = {"Labels": {"com.docker.ucp.access.label": "/Shared/other"}}
    host = {"Mounts": [{"Type": "volume", "Target": "/x", "VolumeOptions": options}]}
    spec = {"Image": IMAGE, "Cmd": ["true"], "Labels": IN_PAYMENTS, "HostConfig": host}
    status, made, _ = bob("POST", "/v1.41/containers/create", spec)
    assert status == 201
    try:
        (mount,) = bob("GET", f"/v1.41/containers/{made['Id']}/json")[1]["Mounts"]
        assert root("GET", f"/v1.41/volumes/{mount['Name']}")[1]["Labels"] == IN_PAYMENTS
        eventually(lambda: bob("GET", f"/v1.41/volumes/{mount['Name']}")[0] == 200)
    finally:
        root("DELETE", f"/v1.41/containers/{made['Id']}?v=1")


@pytest.fixture
def networks(installation: Installation) -> Iterator[None]:
    """`qdours` is in /Shared/payments, `qdtheirs` is not."""
    root = installation.root
    root.docker("network", "create", "--label", f"com.docker.ucp.access.label={PAYMENTS}", "qdours")
    root.docker("network", "create", "qdtheirs")
    eventually(lambda: "qdours" in installation.bob.docker("network", "ls").stdout)
    yield
    root.docker("network", "rm", "qdours", "qdtheirs")


@pytest.mark.usefixtures("networks")
@pytest.mark.parametrize("name", ["qdours", "", "bridge"])
def test_the_id_of_a_foreign_network_does_not_join_it_under_another_name(bob: Raw, root: Raw, name: str) -> None:
    theirs = root("GET", "/v1.41/networks/qdtheirs")[1]["Id"]
    endpoints = {name: {"NetworkID": theirs}}
    spec = {"Image": IMAGE, "Labels": IN_PAYMENTS, "NetworkingConfig": {"EndpointsConfig": endpoints}}
    assert bob("POST", "/v1.41/containers/create?name=qdnever", spec)[0] == 400
    assert root("GET", "/v1.41/containers/qdnever/json")[0] == 404


@pytest.fixture
def their_container(root: Raw) -> Iterator[str]:
    """Runs on the bridge, outside of what Bob may view; its id."""
    status, made, _ = root("POST", "/v1.41/containers/create?name=qdtheirs", {"Image": IMAGE, "Cmd": ["sleep", "1000"]})
    assert status == 201
    assert root("POST", f"/v1.41/containers/{made['Id']}/start")[0] == 204
    yield made["Id"]
    root("DELETE", f"/v1.41/containers/{made['Id']}?force=1")


@pytest.mark.parametrize("version", ["1.24", "1.27", "1.28", "1.41"])
def test_no_version_lists_the_containers_of_others_in_a_network(
    bob: Raw, root: Raw, their_container: str, version: str
) -> None:
    status, listed, _ = bob("GET", f"/v{version}/networks")
    assert status == 200
    assert "bridge" in {each["Name"] for each in listed}
    assert their_container not in json.dumps(listed)
    assert their_container in json.dumps(root("GET", "/v1.24/networks")[1])


def test_a_prefix_that_others_make_ambiguous_is_as_if_they_were_not_there(bob: Raw, root: Raw) -> None:
    """Seventeen containers: two of them begin with the same digit."""
    body = {"Image": IMAGE, "Cmd": ["true"]}
    made = [root("POST", "/v1.41/containers/create", body)[1]["Id"] for _ in range(17)]
    try:
        (prefix, _), *_ = Counter(each[0] for each in made).most_common()
        assert "Multiple IDs" in root("GET", f"/v1.41/containers/{prefix}/json")[1]["message"]
        for reference in (prefix, "no"):
            status, answer, _ = bob("GET", f"/v1.41/containers/{reference}/json")
            assert (status, answer) == (404, {"message": f"No such container: {reference}"})
    finally:
        for each in made:
            root("DELETE", f"/v1.41/containers/{each}")


def test_a_name_that_is_taken_does_not_tell_by_whom(bob: Raw, root: Raw, their_container: str) -> None:
    body = {"Image": IMAGE, "Cmd": ["true"], "Labels": IN_PAYMENTS}
    mine = bob("POST", "/v1.41/containers/create?name=qdmine", body)[1]["Id"]
    try:
        for path, sent in (
            (f"/v1.41/containers/{mine}/rename?name=qdtheirs", None),
            ("/v1.41/containers/create?name=qdtheirs", body),
        ):
            status, answer, _ = bob("POST", path, sent)
            assert status == 409
            assert "already in use" in answer["message"]
            assert their_container not in answer["message"]
        assert mine in bob("POST", "/v1.41/containers/create?name=qdmine", body)[1]["message"]
    finally:
        root("DELETE", f"/v1.41/containers/{mine}?force=1")


def test_a_port_that_is_taken_does_not_tell_by_whom(bob: Raw, root: Raw) -> None:
    def published(mode: str) -> dict[str, Any]:
        return {"EndpointSpec": {"Mode": "vip", "Ports": [{"TargetPort": 80, "PublishedPort": 7771, "PublishMode": mode}]}}

    theirs = root("POST", "/v1.41/services/create", service("qdsecretname", collection="/Shared/other", **published("host")))[
        1
    ]["ID"]
    mine = bob("POST", "/v1.41/services/create", service("qdmine"))[1]["ID"]
    try:
        version = bob("GET", f"/v1.41/services/{mine}")[1]["Version"]["Index"]
        update = f"/v1.41/services/{mine}/update?version={version}"
        for path, name in (("/v1.41/services/create", "qdother"), (update, "qdmine")):
            status, answer, _ = bob("POST", path, service(name, **published("ingress")))
            assert status == 400
            assert "port '7771' is already in use" in answer["message"]
            assert "qdsecretname" not in answer["message"]
            assert theirs not in answer["message"]
    finally:
        for each in (theirs, mine):
            root("DELETE", f"/v1.41/services/{each}")


def test_the_control_planes_own_port_cannot_be_published(bob: Raw, installation: Installation) -> None:
    port = installation.product.port
    for wanted in (str(port), f"{port - 5}-{port + 5}", "2377"):
        host = {"PortBindings": {"80/tcp": [{"HostPort": wanted}]}}
        status, answer, _ = bob(
            "POST", "/v1.41/containers/create?name=qdnever", {"Image": IMAGE, "Labels": IN_PAYMENTS, "HostConfig": host}
        )
        assert status == 400
        assert "HostConfig.PortBindings.80/tcp[0].HostPort" in answer["message"]
    endpoint = {"Ports": [{"TargetPort": 80, "PublishedPort": port}]}
    status, answer, _ = bob("POST", "/v1.41/services/create", service("qdnever", EndpointSpec=endpoint))
    assert (status, "the control plane's own" in answer["message"]) == (400, True)


def test_a_rollback_is_of_the_version_that_was_checked(bob: Raw, root: Raw) -> None:
    mine = bob("POST", "/v1.41/services/create", service("qdmine"))[1]["ID"]
    path = f"/v1.41/services/{mine}"
    try:
        version = bob("GET", path)[1]["Version"]["Index"]
        bound = service("qdmine")
        bound["TaskTemplate"]["ContainerSpec"]["Mounts"] = [{"Type": "bind", "Source": "/etc", "Target": "/x"}]
        assert root("POST", f"{path}/update?version={version}", bound)[0] == 200
        version = bob("GET", path)[1]["Version"]["Index"]
        assert bob("POST", f"{path}/update?version={version}", service("qdmine"))[0] == 200
        version = bob("GET", path)[1]["Version"]["Index"]
        for wrong in (version - 1, version + 1):
            assert bob("POST", f"{path}/update?version={wrong}&rollback=previous", service("qdmine"))[0] == 409
        status, answer, _ = bob("POST", f"{path}/update?version={version}&rollback=previous", service("qdmine"))
        assert status == 403
        assert "Host Bind Mounts" in answer["message"]
        assert bob("POST", f"{path}/update?version={version}&rollback=else", service("qdmine"))[0] == 400
        assert "Mounts" not in json.dumps(root("GET", path)[1]["Spec"])
    finally:
        root("DELETE", path)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1.41/services/create", {"Name": "qdnever", "TaskTemplate": None}),
        ("/v1.41/services/create", service("qdnever", TaskTemplate={"Placement": {"Constraints": ["zzz"]}})),
        ("/v1.41/services/create", service("qdnever", TaskTemplate={"Networks": [{"Target": ""}]})),
        ("/v1.41/containers/create", {"Image": IMAGE, "Labels": IN_PAYMENTS, "HostConfig": {"Memory": 10**30}}),
        ("/v1.41/images/create", None),
    ],
)
def test_malformed_input_is_the_callers_mistake(bob: Raw, path: str, body: Any) -> None:
    status, answer, _ = bob("POST", path, body)
    assert status == 400
    assert answer["message"]
