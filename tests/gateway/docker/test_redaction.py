from __future__ import annotations

import json
from typing import Any

from apps.gateway.docker import redaction
from apps.gateway.docker.redaction import Counts

COUNTS = Counts(running=1, paused=0, stopped=2, images=3, nodes=1, managers=1, sees_node=True)


def engine_info() -> dict[str, Any]:
    return {
        "Containers": 100,
        "ContainersRunning": 90,
        "Images": 50,
        "DockerRootDir": "/secret/path",
        "Labels": ["rack=7"],
        "HttpProxy": "http://user:password@proxy",
        "RegistryConfig": {"Mirrors": ["https://internal"]},
        "Runtimes": {"runc": {"path": "/usr/bin/runc"}},
        "ServerVersion": "20.10",
        "AddedByAFutureEngine": "future",
        "OSType": "linux",
        "Swarm": {
            "NodeID": "n",
            "NodeAddr": "10.0.0.1",
            "LocalNodeState": "active",
            "ControlAvailable": True,
            "RemoteManagers": [{"Addr": "10.0.0.1:2377"}],
            "Nodes": 9,
            "Managers": 3,
            "Cluster": {"ID": "c", "Spec": {"CAConfig": {"ExternalCAs": ["x"]}}, "TLSInfo": {"TrustRoot": "pem"}},
        },
    }


def test_info_counts_what_the_caller_sees_and_hides_the_host() -> None:
    shown = redaction.info(engine_info(), COUNTS)
    assert (shown["Containers"], shown["ContainersRunning"], shown["ContainersStopped"], shown["Images"]) == (3, 1, 2, 3)
    assert (shown["Swarm"]["Nodes"], shown["Swarm"]["Managers"], shown["Swarm"]["Cluster"]["ID"]) == (1, 1, "c")
    assert shown["ServerVersion"] == "20.10"
    text = json.dumps(shown)
    for secret in (
        "/secret/path",
        "rack=7",
        "password",
        "internal",
        "10.0.0.1",
        "ExternalCAs",
        "pem",
        "/usr/bin/runc",
        "future",
    ):
        assert secret not in text


def test_info_of_a_lone_engine_has_no_cluster() -> None:
    shown = redaction.info({"Containers": 1, "Swarm": {"LocalNodeState": "inactive", "NodeID": ""}}, COUNTS)
    assert "Cluster" not in shown["Swarm"]


def test_info_names_the_engines_node_to_who_sees_it() -> None:
    assert redaction.info(engine_info(), COUNTS)["Swarm"]["NodeID"] == "n"
    assert redaction.info(engine_info(), COUNTS._replace(sees_node=False))["Swarm"]["NodeID"] == ""


def test_version_is_clamped_and_names_us() -> None:
    details = {"ApiVersion": "1.99", "MinAPIVersion": "1.12", "Os": "linux"}
    engine = {"ApiVersion": "1.99", "MinAPIVersion": "1.12", "Components": [{"Name": "Engine", "Details": details}]}
    shown = redaction.version(engine, "9.9")
    assert (shown["ApiVersion"], shown["MinAPIVersion"]) == ("1.55", "1.24")
    assert shown["Components"][0]["Details"] == {"ApiVersion": "1.55", "MinAPIVersion": "1.24", "Os": "linux"}
    assert shown["Components"][-1] == {"Name": "Quarterdeck", "Version": "9.9", "Details": {"ApiVersion": "1.55"}}


def test_reduced_node_tells_its_name_and_state_only() -> None:
    node = {
        "ID": "n",
        "Spec": {"Role": "manager", "Availability": "active", "Labels": {"rack": "7"}},
        "Description": {"Hostname": "host", "TLSInfo": {"TrustRoot": "pem"}, "Resources": {"MemoryBytes": 1}},
        "Status": {"State": "ready", "Addr": "10.0.0.1"},
        "ManagerStatus": {"Leader": True, "Reachability": "reachable", "Addr": "10.0.0.1:2377"},
    }
    shown = redaction.reduced_node(node)
    assert shown["ID"] == "n"
    assert shown["Description"] == {"Hostname": "host"}
    assert shown["ManagerStatus"] == {"Leader": True, "Reachability": "reachable"}
    assert not {"10.0.0.1", "rack", "pem", "MemoryBytes"} & set(json.dumps(shown).split('"'))


def test_network_shows_only_visible_containers() -> None:
    inspected = {"Id": "n", "Containers": {"a": {"Name": "mine"}, "b": {"Name": "theirs"}}, "Peers": [{"IP": "10.0.0.1"}]}
    shown = redaction.network(inspected, frozenset({"a"}))
    assert shown == {"Id": "n", "Containers": {"a": {"Name": "mine"}}}


def test_image_tells_only_of_visible_containers_that_use_it() -> None:
    """API 1.47 and newer; the engine of these tests is older."""
    manifests: list[dict[str, Any]] = [
        {"ID": "m", "Kind": "image", "ImageData": {"Platform": {"os": "linux"}, "Containers": ["mine", "theirs"]}},
        {"ID": "a", "Kind": "attestation"},
    ]
    shown = redaction.image({"Id": "i", "Containers": 2, "Manifests": manifests}, frozenset({"mine"}))
    assert shown["Containers"] == -1
    assert shown["Manifests"][0]["ImageData"] == {"Platform": {"os": "linux"}, "Containers": ["mine"]}
    assert shown["Manifests"][1] == manifests[1]
    assert "theirs" in manifests[0]["ImageData"]["Containers"]
    assert redaction.image({"Id": "i"}, frozenset()) == {"Id": "i"}
