from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from apps.access.types import ACCESS_LABEL, NONCE_LABEL, ObjectKind
from apps.gateway.docker.objects import FACTS, SERVICE_ID_LABEL, Kind, pick, read_ids, read_inspected, read_list, write_list


def as_list(*objects: dict[str, Any]) -> bytes:
    return json.dumps(objects).encode()


def test_bytes_of_an_element_are_kept_as_they_are() -> None:
    body = b'[ {"Id":"a", "Names":["/x"],"Unknown":1.0e0} ,{"Id":"b"}]'
    first, second = read_list(Kind.CONTAINER, body)
    assert write_list(Kind.CONTAINER, [second]) == b'[{"Id":"b"}]'
    assert first.raw == b'{"Id":"a", "Names":["/x"],"Unknown":1.0e0}'
    assert write_list(Kind.CONTAINER, []) == b"[]"


def test_what_is_placed_by_id_is_picked_without_being_read() -> None:
    body = b'[ {"ID":"a", "Unknown":1.0e0} ,{"Spec":{"ID":"x","Labels":{"a":"},{\\"ID\\":"}},"ID":"b"}]'
    assert read_ids(body) == ["a", "b"]
    assert pick(body, [False, True]) == b'[{"Spec":{"ID":"x","Labels":{"a":"},{\\"ID\\":"}},"ID":"b"}]'
    assert pick(body, [False, False]) == b"[]"
    assert read_ids(b"null") == []
    with pytest.raises(msgspec.MsgspecError):
        read_ids(b'[{"Name":"a"}]')


def test_container_of_a_task_names_its_service() -> None:
    labels = {SERVICE_ID_LABEL: "s1", ACCESS_LABEL: "/Shared", NONCE_LABEL: "n"}
    (each,) = read_list(Kind.CONTAINER, as_list({"Id": "c", "Names": ["/other/link", "/own"], "Labels": labels}))
    assert (each.name, each.service_id, each.label, each.nonce) == ("own", "s1", "/Shared", "n")
    assert each.placed_as == (ObjectKind.CONTAINER, "c")
    inspected = read_inspected(Kind.CONTAINER, json.dumps({"Id": "c", "Name": "/own", "Config": {"Labels": labels}}).encode())
    assert (inspected.name, inspected.service_id) == ("own", "s1")


def test_task_is_where_its_service_is() -> None:
    (each,) = read_list(Kind.TASK, as_list({"ID": "t", "ServiceID": "s", "NodeID": "n"}))
    assert each.placed_as == (ObjectKind.SERVICE, "s")
    assert each.node_id == "n"


def test_volumes_are_known_by_name() -> None:
    body = json.dumps({"Volumes": [{"Name": "v", "Labels": None}], "Warnings": None}).encode()
    (each,) = read_list(Kind.VOLUME, body)
    assert each.id == "v"
    assert json.loads(write_list(Kind.VOLUME, [each]))["Volumes"] == [{"Name": "v", "Labels": None}]
    assert read_list(Kind.VOLUME, b'{"Volumes":null}') == []


def test_service_labels_are_those_of_its_spec() -> None:
    (each,) = read_list(Kind.SERVICE, as_list({"ID": "s", "Spec": {"Name": "web", "Labels": {ACCESS_LABEL: "/a"}}}))
    assert (each.name, each.label, each.service_id) == ("web", "/a", "")


def test_the_engines_own_networks_are_predefined() -> None:
    bridge, own = read_list(Kind.NETWORK, as_list({"Id": "1", "Name": "bridge"}, {"Id": "2", "Name": "own"}))
    assert bridge.is_predefined
    assert not own.is_predefined


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_not_the_engines_list_is_an_error(kind: Kind) -> None:
    for body in (b"{", b'{"message":"no"', b'[{"other":1}]', b"7"):
        with pytest.raises(msgspec.MsgspecError):
            read_list(kind, body)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_says_where_it_is_asked_for(kind: Kind) -> None:
    assert FACTS[kind].path_of("x").count("x")
    assert FACTS[kind].missing.format("web").count("web") == 1
