"""Moving objects of every kind to another collection, by REST and by label, on a real engine that is asked directly."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.docker.conftest import IN_PAYMENTS, LABEL, PASSWORD, PAYMENTS, Installation, eventually
from tests.gateway.docker.test_requests import Raw
from tests.support.engine import IMAGE, Engine
from tests.support.product import Rest

pytestmark = [pytest.mark.engine, pytest.mark.product]

OTHER = "/Shared/other"
FOREVER = (IMAGE, "sleep", "100000")


@pytest.fixture
def both(installation: Installation) -> Iterator[None]:
    """Bob has Restricted Control where things are and where they go."""
    with installation.granted("Restricted Control", OTHER):
        yield


@pytest.fixture
def bob(installation: Installation) -> Raw:
    return Raw(installation.bob, installation.product.port)


def placed(installation: Installation, kind: str, object_id: str) -> str:
    """The path of the collection where it is, as our database says; "" where it has no placement."""
    for collection in installation.admin.get("/collections/", limit="1000")["results"]:
        objects = installation.admin.get(f"/collections/{collection['id']}/objects/", kind=kind, limit="1000")["results"]
        if object_id in {each["id"] for each in objects}:
            return str(collection["path"])
    return ""


def label_on_engine(swarm: Engine, kind: str, name: str) -> str:
    found = json.loads(swarm.docker(kind, "inspect", name).stdout)[0]
    return str(((found.get("Spec") or found).get("Labels") or {}).get(LABEL))


def make(swarm: Engine, kind: str, name: str) -> str:
    """Behind our back, with a label; returns the id."""
    labelled = ("--label", f"{LABEL}={PAYMENTS}")
    match kind:
        case "service":
            return swarm.docker("service", "create", "-d", "--name", name, *labelled, *FOREVER).stdout.strip()
        case "container":
            return swarm.docker("create", "--name", name, *labelled, *FOREVER).stdout.strip()
        case "network":
            return swarm.docker("network", "create", *labelled, name).stdout.strip()
        case "volume":
            return swarm.docker("volume", "create", *labelled, name).stdout.strip()
    return swarm.docker(kind, "create", *labelled, name, "-", stdin=b"content").stdout.strip()


def unmake(swarm: Engine, kind: str, name: str) -> None:
    swarm.docker(*{"container": ("rm", "-f")}.get(kind, (kind, "rm")), name, check=False)


KINDS = ("service", "container", "network", "volume", "secret", "config")
RELABELLED = {"service", "secret", "config"}


@pytest.fixture(params=KINDS)
def thing(
    request: pytest.FixtureRequest, installation: Installation, swarm: Engine, unique: str
) -> Iterator[tuple[str, str, str]]:
    """Kind, id and name of an object made past us with the label of /Shared/payments, once we know of it."""
    kind: str = request.param
    object_id = make(swarm, kind, unique)
    eventually(lambda: placed(installation, kind, object_id))
    yield kind, object_id, unique
    unmake(swarm, kind, unique)


def test_what_was_made_past_us_is_where_its_label_says(installation: Installation, thing: tuple[str, str, str]) -> None:
    kind, object_id, _ = thing
    assert placed(installation, kind, object_id) == PAYMENTS


def test_it_moves_with_both_rights(installation: Installation, thing: tuple[str, str, str], swarm: Engine, both: None) -> None:
    kind, object_id, name = thing
    eventually(lambda: visible(installation.bob_rest, kind, object_id))
    moved = installation.bob_rest.post(f"/swarm/{kind}s/{object_id}/move", {"collection": OTHER})
    assert moved == {"kind": kind, "id": object_id, "name": name, "collection": OTHER}
    assert placed(installation, kind, object_id) == OTHER
    assert label_on_engine(swarm, kind, name) == (OTHER if kind in RELABELLED else placed_label(kind))
    entries = [each for each in installation.audit() if each["operation"] == f"{kind.title()} Move"]
    assert (entries[0]["actor"], entries[0]["target_id"], entries[0]["collection"]) == ("bob", object_id, OTHER)
    installation.bob_rest.post(f"/swarm/{kind}s/{object_id}/move", {"collection": PAYMENTS})
    assert placed(installation, kind, object_id) == PAYMENTS


def placed_label(kind: str) -> str:
    """What an engine that cannot relabel a kind goes on saying; of containers it is not at the place that is looked at."""
    return "None" if kind == "container" else PAYMENTS


def visible(rest: Rest, kind: str, object_id: str) -> bool:
    """A move to nowhere is refused for what is visible, and finds nothing else."""
    answer = rest.request("POST", f"/api/v1/swarm/{kind}s/{object_id}/move", {"collection": "/no/such"})
    assert answer.status in (403, 404), answer.body
    return answer.status == 403


def test_without_the_right_there_it_stays(installation: Installation, thing: tuple[str, str, str], swarm: Engine) -> None:
    kind, object_id, name = thing
    eventually(lambda: visible(installation.bob_rest, kind, object_id))
    for path in (OTHER, "/no/such"):
        refused = installation.bob_rest.post(f"/swarm/{kind}s/{object_id}/move", {"collection": path}, status=403)
        assert refused["detail"].endswith(f"is missing on {path}")
        assert (refused["collection"], refused["missing"]) == (path, [refused["operation"]])
        assert "Create" in refused["operation"]
    malformed = installation.bob_rest.post(f"/swarm/{kind}s/{object_id}/move", {"collection": "x/../y"}, status=400)
    assert list(malformed["errors"]) == ["collection"]
    assert placed(installation, kind, object_id) == PAYMENTS
    assert label_on_engine(swarm, kind, name) in (PAYMENTS, "None")


def test_what_one_may_not_see_is_not_there(installation: Installation, thing: tuple[str, str, str]) -> None:
    kind, object_id, _ = thing
    eve = installation.product.rest("eve", PASSWORD)
    hidden = eve.post(f"/swarm/{kind}s/{object_id}/move", {"collection": OTHER}, status=404)
    missing = eve.post(f"/swarm/{kind}s/nothing/move", {"collection": OTHER}, status=404)
    assert hidden["detail"] == missing["detail"]
    assert placed(installation, kind, object_id) == PAYMENTS


def test_our_own_call_is_not_for_clients(installation: Installation, bob: Raw, swarm: Engine, unique: str) -> None:
    object_id = make(swarm, "volume", unique)
    eventually(lambda: placed(installation, "volume", object_id))
    for path in ("/quarterdeck/move/volumes/", "/v1.41/quarterdeck/move/volumes/"):
        assert bob("POST", f"{path}{object_id}", {"collection": "/Shared"})[0] == 404
    assert placed(installation, "volume", object_id) == PAYMENTS


# By label


@pytest.fixture
def service(installation: Installation, unique: str) -> Iterator[str]:
    """Bob's, in /Shared/payments, with a task that runs; its name."""
    installation.bob.docker(
        "service", "create", "--name", unique, *IN_PAYMENTS, "--mount", f"type=volume,src={unique},dst=/d", *FOREVER
    )
    yield unique
    installation.root.docker("service", "rm", unique, check=False)


def tasks(swarm: Engine, name: str) -> list[str]:
    return sorted(swarm.docker("service", "ps", "-q", "--no-trunc", name).stdout.split())


def id_of(swarm: Engine, name: str) -> str:
    return swarm.docker("service", "inspect", "--format", "{{.ID}}", name).stdout.strip()


def label_of(swarm: Engine, name: str) -> str:
    return label_on_engine(swarm, "service", name)


def test_moving_a_service_keeps_its_tasks(installation: Installation, swarm: Engine, service: str, both: None) -> None:
    before, service_id = tasks(swarm, service), id_of(swarm, service)
    installation.bob.docker("service", "update", "-d", "--label-add", f"{LABEL}={OTHER}", service)
    assert (placed(installation, "service", service_id), label_of(swarm, service)) == (OTHER, OTHER)
    installation.bob_rest.post(f"/swarm/services/{service_id}/move", {"collection": PAYMENTS})
    assert (placed(installation, "service", service_id), label_of(swarm, service)) == (PAYMENTS, PAYMENTS)
    time.sleep(1.5)
    assert tasks(swarm, service) == before


def test_a_service_moved_to_where_its_owner_may_schedule_nowhere_gets_no_more_nodes(
    installation: Installation, swarm: Engine, service: str
) -> None:
    def constraints() -> list[str]:
        spec = json.loads(swarm.docker("service", "inspect", service).stdout)[0]["Spec"]
        found: list[str] = spec["TaskTemplate"]["Placement"]["Constraints"]
        return found

    before = constraints()
    assert len(before) == 1
    installation.admin.post("/collections/", {"path": f"/{service}"})
    installation.admin.post(f"/swarm/services/{id_of(swarm, service)}/move", {"collection": f"/{service}"})
    assert placed(installation, "service", id_of(swarm, service)) == f"/{service}"
    assert constraints() == before


def test_the_label_of_a_mount_names_no_other_collection(
    installation: Installation, swarm: Engine, bob: Raw, service: str
) -> None:
    """A volume that the engine makes for a task is placed by this label."""
    found = json.loads(swarm.docker("service", "inspect", service).stdout)[0]
    (mount,) = found["Spec"]["TaskTemplate"]["ContainerSpec"]["Mounts"]
    assert mount["VolumeOptions"]["Labels"][LABEL] == PAYMENTS
    for env in (None, ["A=b"]):
        found = json.loads(swarm.docker("service", "inspect", service).stdout)[0]
        container = found["Spec"]["TaskTemplate"]["ContainerSpec"]
        container["Mounts"][0]["VolumeOptions"]["Labels"] = {LABEL: OTHER}
        container["Env"] = env
        path = f"/v1.41/services/{found['ID']}/update?version={found['Version']['Index']}"
        assert bob("POST", path, found["Spec"])[0] == 200
        kept = json.loads(swarm.docker("service", "inspect", service).stdout)[0]["Spec"]["TaskTemplate"]["ContainerSpec"]
        assert kept["Mounts"][0]["VolumeOptions"]["Labels"] == {LABEL: PAYMENTS}
        assert kept.get("Env") == env


def test_the_label_last_sent_moves_nothing_back(installation: Installation, swarm: Engine, service: str, both: None) -> None:
    """A stack file that is deployed again says what it always said."""
    service_id = id_of(swarm, service)
    installation.bob_rest.post(f"/swarm/services/{service_id}/move", {"collection": OTHER})
    installation.bob.docker("service", "update", "-d", "--label-add", f"{LABEL}={PAYMENTS}", "--env-add", "A=b", service)
    assert placed(installation, "service", service_id) == OTHER
    assert label_of(swarm, service) == OTHER
    installation.bob.docker("service", "update", "-d", "--label-rm", LABEL, service)
    assert (placed(installation, "service", service_id), label_of(swarm, service)) == (OTHER, OTHER)


def test_the_former_path_of_a_renamed_collection_means_no_change(
    installation: Installation, swarm: Engine, unique: str
) -> None:
    admin, root = installation.admin, installation.root
    former, now = f"/{unique}-a", f"/{unique}-b"
    collection = admin.post("/collections/", {"path": former})["id"]
    root.docker("service", "create", "-d", "--name", unique, "--label", f"{LABEL}={former}", *FOREVER)
    try:
        admin.patch(f"/collections/{collection}/", {"path": now})
        time.sleep(1)
        root.docker("service", "update", "-d", "--label-add", f"{LABEL}={former}", "--env-add", "A=b", unique)
        assert (placed(installation, "service", id_of(swarm, unique)), label_of(swarm, unique)) == (now, now)
        other = admin.post("/collections/", {"path": former})["id"]
        time.sleep(1)
        root.docker("service", "update", "-d", "--label-add", f"{LABEL}={former}", "--env-add", "A=c", unique)
        assert placed(installation, "service", id_of(swarm, unique)) == now
    finally:
        root.docker("service", "rm", unique)
        eventually(lambda: not placed(installation, "service", unique))
        for each in (collection, other):
            admin.delete(f"/collections/{each}/?move_to=/Shared")


def test_what_the_engine_refuses_is_not_moved(
    installation: Installation, swarm: Engine, bob: Raw, service: str, both: None
) -> None:
    service_id = id_of(swarm, service)
    inspected = bob("GET", f"/v1.41/services/{service_id}")[1]
    spec = {**inspected["Spec"], "Name": f"{service}-renamed", "Labels": {LABEL: OTHER}}
    status, _, _ = bob("POST", f"/v1.41/services/{service_id}/update?version={inspected['Version']['Index']}", spec)
    assert status >= 400
    assert (placed(installation, "service", service_id), label_of(swarm, service)) == (PAYMENTS, PAYMENTS)
    outcomes = [(each["operation"], each["outcome"]) for each in installation.audit() if each["target_id"] == service_id]
    assert ("Service Move", "failed") in outcomes


def test_a_rollback_moves_nothing_back(installation: Installation, swarm: Engine, service: str, both: None) -> None:
    service_id = id_of(swarm, service)
    installation.bob.docker("service", "update", "-d", "--label-add", f"{LABEL}={OTHER}", service)
    installation.bob.docker("service", "rollback", "-d", service)
    assert (placed(installation, "service", service_id), label_of(swarm, service)) == (OTHER, OTHER)


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_the_label_of_a_secret_or_config_moves_it(
    installation: Installation, swarm: Engine, bob: Raw, kind: str, unique: str, both: None
) -> None:
    object_id = make(swarm, kind, unique)
    eventually(lambda: bob("GET", f"/v1.41/{kind}s/{object_id}")[0] == 200)

    def update(labels: dict[str, str]) -> tuple[int, Any]:
        inspected = bob("GET", f"/v1.41/{kind}s/{object_id}")[1]
        version = inspected["Version"]["Index"]
        return bob("POST", f"/v1.41/{kind}s/{object_id}/update?version={version}", {**inspected["Spec"], "Labels": labels})[:2]

    try:
        assert update({LABEL: OTHER, "a": "b"})[0] == 200
        assert (placed(installation, kind, object_id), label_on_engine(swarm, kind, unique)) == (OTHER, OTHER)
        assert update({LABEL: "/System"})[0] == 403
        assert update({"com.docker.swarm.service.id": "x"})[0] == 400
        assert (placed(installation, kind, object_id), label_on_engine(swarm, kind, unique)) == (OTHER, OTHER)
    finally:
        unmake(swarm, kind, unique)


# Dangers travel with the object


def test_a_privileged_container_goes_only_where_its_mover_may_make_one(
    installation: Installation, swarm: Engine, unique: str, both: None
) -> None:
    options = ("--privileged", "-v", "/etc:/x", "--label", f"{LABEL}={PAYMENTS}")
    object_id = swarm.docker("create", "--name", unique, *options, *FOREVER).stdout.strip()
    try:
        eventually(lambda: visible(installation.bob_rest, "container", object_id))
        refused = installation.bob_rest.post(f"/swarm/containers/{object_id}/move", {"collection": OTHER}, status=403)
        assert "Container Create with Privileged" in refused["detail"]
        assert "Container Create with Host Bind Mounts" in refused["detail"]
        assert placed(installation, "container", object_id) == PAYMENTS
    finally:
        unmake(swarm, "container", unique)


def test_an_attachable_network_needs_the_option(installation: Installation, swarm: Engine, unique: str, both: None) -> None:
    command = ("network", "create", "-d", "overlay", "--attachable", "--label", f"{LABEL}={PAYMENTS}", unique)
    object_id = swarm.docker(*command).stdout.strip()
    try:
        eventually(lambda: visible(installation.bob_rest, "network", object_id))
        refused = installation.bob_rest.post(f"/swarm/networks/{object_id}/move", {"collection": OTHER}, status=403)
        assert "Network Create with Attachable" in refused["detail"]
    finally:
        unmake(swarm, "network", unique)


def test_the_container_of_a_task_moves_with_its_service_alone(installation: Installation, swarm: Engine, service: str) -> None:
    (container_id,) = swarm.docker("ps", "-q", "--no-trunc", "--filter", f"name={service}").stdout.split()
    eventually(lambda: installation.admin.get("/swarm/containers/", search=service)["count"])
    refused = installation.admin.post(f"/swarm/containers/{container_id}/move", {"collection": OTHER}, status=409)
    assert "move the service" in refused["detail"]


# Stacks


def test_a_stack_is_where_its_first_service_is_and_moves_as_a_whole(
    installation: Installation, swarm: Engine, unique: str, both: None
) -> None:
    stack = ("--label", f"com.docker.stack.namespace={unique}")
    bob = installation.bob
    bob.docker("service", "create", "-d", "--name", f"{unique}_a", *stack, *IN_PAYMENTS, *FOREVER)
    bob.docker("service", "create", "-d", "--name", f"{unique}_b", *stack, *FOREVER)
    bob.docker("service", "create", "-d", "--name", f"{unique}_c", *stack, "--label", f"{LABEL}={OTHER}", *FOREVER)
    ids = {name: id_of(swarm, f"{unique}_{name}") for name in "abc"}
    try:
        where = {name: placed(installation, "service", ids[name]) for name in ids}
        assert where == {"a": PAYMENTS, "b": PAYMENTS, "c": OTHER}
        assert placed(installation, "stack", unique) == PAYMENTS
        eve = installation.product.rest("eve", PASSWORD)
        eve.post(f"/swarm/stacks/{unique}/move", {"collection": "/Shared"}, status=404)
        refused = installation.bob_rest.post(f"/swarm/stacks/{unique}/move", {"collection": "/System"}, status=403)
        assert "Service Create is missing on /System" in refused["detail"]
        installation.bob_rest.post(f"/swarm/stacks/{unique}/move", {"collection": OTHER})
        assert {placed(installation, "service", each) for each in ids.values()} == {OTHER}
        assert placed(installation, "stack", unique) == OTHER
    finally:
        bob.docker("service", "rm", *(f"{unique}_{name}" for name in "abc"), check=False)


def test_a_stack_moves_as_a_whole_or_not_at_all(installation: Installation, swarm: Engine, unique: str, demanding: str) -> None:
    stack = ("--label", f"com.docker.stack.namespace={unique}", "--replicas", "0")
    disk, team = ("--constraint", "node.labels.disk==ssd"), ("--label", "team=pay")
    bob = installation.bob
    bob.docker("service", "create", "-d", "--name", f"{unique}_a", *stack, *IN_PAYMENTS, *disk, *team, *FOREVER)
    bob.docker("service", "create", "-d", "--name", f"{unique}_b", *stack, *disk, *FOREVER)
    ids = [id_of(swarm, f"{unique}_{name}") for name in "ab"]
    refused = installation.bob_rest.post(f"/swarm/stacks/{unique}/move", {"collection": demanding}, status=400)
    assert "must have the label team=pay" in refused["detail"]
    assert {placed(installation, "service", each) for each in ids} == {PAYMENTS}
    assert placed(installation, "stack", unique) == PAYMENTS
    assert {label_of(swarm, f"{unique}_{name}") for name in "ab"} == {PAYMENTS}
    bob.docker("service", "update", "-d", *("--label-add", "team=pay"), f"{unique}_b")
    installation.bob_rest.post(f"/swarm/stacks/{unique}/move", {"collection": demanding})
    assert {placed(installation, "service", each) for each in ids} == {demanding}
    bob.docker("service", "rm", f"{unique}_a", f"{unique}_b")


def test_the_stack_of_others_takes_nobodys_services_in(installation: Installation, swarm: Engine, unique: str) -> None:
    stack = ("--label", f"com.docker.stack.namespace={unique}")
    installation.bob.docker("service", "create", "-d", "--name", f"{unique}_a", *stack, *IN_PAYMENTS, *FOREVER)
    installation.eve.docker("service", "create", "-d", "--name", f"{unique}_b", *stack, *FOREVER)
    try:
        assert placed(installation, "service", id_of(swarm, f"{unique}_b")) == "/Shared/Private/eve"
    finally:
        for who, name in ((installation.bob, "a"), (installation.eve, "b")):
            who.docker("service", "rm", f"{unique}_{name}", check=False)


def test_whoever_takes_the_name_of_a_stack_first_draws_nobody_elses_services_in(
    installation: Installation, swarm: Engine, unique: str
) -> None:
    """The administrator sees everything, so would join every stack; what is of a stack goes where it is if it is one's own."""
    stack = ("--label", f"com.docker.stack.namespace={unique}")
    create = ("service", "create", "-d", "--replicas", "0", *stack)
    installation.bob.docker(*create, "--name", f"{unique}_bait", *IN_PAYMENTS, *FOREVER)
    try:
        told = installation.root.docker(*create, "--name", f"{unique}_db", *FOREVER, check=False)
        assert f"the stack {unique} is bob's, in {PAYMENTS}" in told.stderr
        assert LABEL in told.stderr
        assert f"{unique}_db" not in swarm.docker("service", "ls", "--format", "{{.Name}}").stdout
        installation.root.docker(*create, "--name", f"{unique}_db", "--label", f"{LABEL}=/System", *FOREVER)
        assert placed(installation, "service", id_of(swarm, f"{unique}_db")) == "/System"
    finally:
        installation.root.docker("service", "rm", f"{unique}_bait", f"{unique}_db", check=False)


def test_those_whose_things_go_to_the_same_collection_work_on_a_stack_together(
    installation: Installation, swarm: Engine, unique: str
) -> None:
    eve, stack = installation.product.rest("eve", PASSWORD), ("--label", f"com.docker.stack.namespace={unique}")
    before = eve.get("/users/eve/default-collection")["collection"]
    create = ("service", "create", "-d", "--replicas", "0", *stack)
    installation.bob.docker(*create, "--name", f"{unique}_a", *IN_PAYMENTS, *FOREVER)
    try:
        with installation.granted("Restricted Control", PAYMENTS, "user:eve"):
            installation.admin.put("/users/eve/default-collection", {"collection": PAYMENTS})
            installation.eve.docker(*create, "--name", f"{unique}_b", *FOREVER)
            assert placed(installation, "service", id_of(swarm, f"{unique}_b")) == PAYMENTS
    finally:
        installation.admin.put("/users/eve/default-collection", {"collection": before})
        installation.root.docker("service", "rm", f"{unique}_a", f"{unique}_b", check=False)


# What workloads must carry


@pytest.fixture
def demanding(installation: Installation, unique: str) -> Iterator[str]:
    """A collection in which workloads need a label and a node of theirs; the manager has the label of the node."""
    constraints = [
        {"type": "label", "key": "team", "value": "pay", "equality": True},
        {"type": "node", "key": "disk", "value": "ssd", "equality": True},
    ]
    path = f"/Shared/{unique}"
    made = installation.admin.post("/collections/", {"path": path, "label_constraints": constraints})
    with installation.granted("Restricted Control", path):
        yield path
    installation.admin.delete(f"/collections/{made['id']}/?move_to=/Shared")


def test_workloads_carry_the_labels_that_their_collection_asks_for(
    installation: Installation, swarm: Engine, unique: str, demanding: str
) -> None:
    bob, place = installation.bob, ("--label", f"{LABEL}={demanding}")
    team, disk = ("--label", "team=pay"), ("--constraint", "node.labels.disk==ssd")
    create = ("service", "create", "-d", "--name", unique, *place)
    sentence = "must have the label team=pay and the placement constraint node.labels.disk==ssd"
    assert sentence in bob.docker(*create, *FOREVER, check=False).stderr
    assert "must have the label team=pay" in bob.docker(*create, *disk, *FOREVER, check=False).stderr
    refused = bob.docker(*create, *disk, *team, *FOREVER, check=False)
    assert "no node where bob may schedule satisfies node.labels.disk==ssd" in refused.stderr
    container = ("create", *place, *team, *FOREVER)
    assert "a node with node.labels.disk==ssd" in bob.docker(*container, check=False).stderr
    node = swarm.docker("node", "ls", "-q").stdout.strip()
    swarm.docker("node", "update", "--label-add", "disk=ssd", node)
    try:
        bob.docker(*create, *disk, *team, *FOREVER)
        made = bob.docker(*container).stdout.strip()
        assert placed(installation, "container", made) == demanding
        bob.docker("rm", made)
        for change in (("--label-rm", "team"), ("--constraint-rm", "node.labels.disk==ssd")):
            assert "must have" in bob.docker("service", "update", "-d", *change, unique, check=False).stderr
        bob.docker("service", "rm", unique)
    finally:
        swarm.docker("node", "update", "--label-rm", "disk", node)


def test_a_move_asks_for_the_labels_too(
    installation: Installation, swarm: Engine, service: str, demanding: str, unique: str
) -> None:
    refused = installation.bob_rest.post(f"/swarm/services/{id_of(swarm, service)}/move", {"collection": demanding}, status=400)
    assert "must have the label team=pay" in refused["detail"]
    assert placed(installation, "service", id_of(swarm, service)) == PAYMENTS
    container = installation.bob.docker("create", *IN_PAYMENTS, *FOREVER).stdout.strip()
    try:
        eventually(lambda: visible(installation.bob_rest, "container", container))
        refused = installation.bob_rest.post(f"/swarm/containers/{container}/move", {"collection": demanding}, status=400)
        assert "must have the label team=pay" in refused["detail"]
        assert placed(installation, "container", container) == PAYMENTS
    finally:
        installation.bob.docker("rm", container)
