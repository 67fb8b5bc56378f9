from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

from apps.gateway.docker.objects import Kind, read_list
from apps.gateway.projector import node_labels
from apps.gateway.projector.engine import Dirty, read_event
from apps.gateway.projector.projection import Projected, Projection


def container(**fields: Any) -> Projected:
    (each,) = read_list(Kind.CONTAINER, json.dumps([{"Id": "c", "Names": ["/c"], **fields}], separators=(",", ":")).encode())
    return Projected(each)


def test_version_grows_with_every_change_and_only_then() -> None:
    projection = Projection()
    assert [change.action for change in projection.put([container(State="created")])] == ["create"]
    assert [change.action for change in projection.put([container(State="running")])] == ["update"]
    assert projection.put([container(State="running")]) == []
    assert [change.action for change in projection.replace(Kind.CONTAINER, [])] == ["remove"]
    assert projection.version == 3


def test_time_that_passes_is_no_change_of_a_container() -> None:
    projection = Projection()
    projection.put([container(Status="Up 3 seconds (healthy)")])
    assert projection.put([container(Status="Up 2 minutes (healthy)")]) == []
    assert projection.put([container(Status="Up 2 minutes (unhealthy)")]) != []
    projection.put([container(Status="Exited (0) 3 seconds ago")])
    assert projection.put([container(Status="Exited (0) 4 seconds ago")]) == []


def test_another_collection_is_a_change() -> None:
    projection = Projection()
    projection.put([container()])
    (change,) = projection.put([Projected(container().object, uuid.uuid4())])
    assert change.action == "update"


def test_json_holds_the_engines_own_object() -> None:
    collection_id = uuid.uuid4()
    shown = json.loads(Projected(container(State="running").object, collection_id, "bob").to_json())
    assert shown == {
        "id": "c",
        "kind": "container",
        "name": "c",
        "collection_id": str(collection_id),
        "owner_name": "bob",
        "object": {"Id": "c", "Names": ["/c"], "State": "running"},
    }


async def test_waiting_ends_when_the_version_is_reached() -> None:
    projection = Projection()
    waiting = asyncio.create_task(projection.wait_for(1, 5))
    await asyncio.sleep(0)
    projection.put([container()])
    await asyncio.wait_for(waiting, 1)
    await asyncio.wait_for(projection.wait_for(99, 0.01), 1)


def event(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def test_events_name_what_is_to_be_listed_again() -> None:
    dirty = Dirty()
    labels = {"com.docker.swarm.service.id": "s"}
    read_event(event(Type="container", Action="die", Actor={"ID": "c", "Attributes": labels}), dirty)
    read_event(event(Type="service", Action="update", Actor={"ID": "s2"}), dirty)
    read_event(event(Type="volume", Action="create", Actor={"ID": "v"}), dirty)
    assert dirty.ids == {Kind.CONTAINER: {"c"}, Kind.SERVICE: {"s2"}, Kind.VOLUME: {"v"}}
    assert dirty.services == {"s", "s2"}


def test_events_that_change_nothing_are_left_out() -> None:
    dirty = Dirty()
    read_event(event(Type="container", Action="exec_create: sh", Actor={"ID": "c"}), dirty)
    read_event(event(Type="container", Action="attach", Actor={"ID": "c"}), dirty)
    read_event(event(Type="image", Action="pull", Actor={"ID": "i"}), dirty)
    read_event(b"", dirty)
    read_event(b"{broken", dirty)
    assert not dirty


def test_only_labels_of_known_collections_are_ours() -> None:
    mine, other = uuid.uuid4(), uuid.uuid4()
    labels = {**node_labels.wanted([mine]), **node_labels.wanted([other]), "rack": "7"}
    assert node_labels.ours(labels, {mine}) == node_labels.wanted([mine])
