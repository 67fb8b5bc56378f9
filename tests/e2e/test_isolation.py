"""A team on nodes of its own, with the stock docker CLI on a real swarm of three engines (docs/access.md, Where work runs).

n1 is the manager, n2 and n3 are workers. The administrator gives n3 to the team, which then runs there and nowhere else, and
nobody else does. Tests run in their order: each goes on where the one before stopped.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.conftest import or_skip
from tests.support.engine import IMAGE
from tests.support.product import Bundle, Product, Rest, product
from tests.support.swarm import Swarm, swarm

pytestmark = [pytest.mark.engine, pytest.mark.product]

LABEL = "com.docker.ucp.access.label"
CONFIRM = "com.docker.ucp.access.confirm"
PASSWORD = "correct horse battery"
FOREVER = (IMAGE, "sleep", "100000")
QUICK = ("--detach", "--no-resolve-image", "--stop-grace-period", "1s")


@dataclass(frozen=True)
class Place:
    """Bob is in the team acme/prod, Eve is a user like any other."""

    swarm: Swarm
    product: Product
    rest: Rest
    admin: Bundle
    bob: Bundle
    eve: Bundle


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with or_skip(swarm(3)) as three, or_skip(product(three.manager.url)) as running:
        rest = running.rest("admin", running.admin_password)
        for name in ("bob", "eve"):
            rest.post("/users/", {"username": name, "password": PASSWORD})
        rest.post("/organizations/", {"name": "acme"})
        rest.post("/organizations/acme/teams/", {"name": "prod"})
        rest.put("/organizations/acme/teams/prod/members/bob", {})
        for path in ("/Prod", "/Prod/App"):
            rest.post("/collections/", {"path": path})
        for role, path in (("Scheduler", "/Prod"), ("Restricted Control", "/Prod/App")):
            rest.post("/grants/", {"subject": "team:acme/prod", "role": role, "resource": f"collection:{path}"})

        def bundle(name: str, password: str) -> Bundle:
            return running.bundle(running.rest(name, password), "cli", tmp_path_factory.mktemp(name))

        admin = bundle("admin", running.admin_password)
        made = Place(three, running, rest, admin, bundle("bob", PASSWORD), bundle("eve", PASSWORD))
        eventually(lambda: "n3" in made.eve.docker("node", "ls").stdout, "the workers are where everybody may schedule")
        yield made


def eventually(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def nodes_of(place: Place, service: str) -> set[str]:
    return set(place.swarm.running(service).values())


def collections_on(place: Place, node: str) -> set[str]:
    """The paths whose labels the node has."""
    paths = {each["id"]: each["path"] for each in place.rest.get("/collections/", limit="1000")["results"]}
    labels = json.loads(place.swarm.manager.docker("node", "inspect", node).stdout)[0]["Spec"]["Labels"]
    found = (re.fullmatch(r"com\.docker\.ucp\.collection\.(.+)", key) for key in labels)
    return {paths[match[1]] for match in found if match}


def test_before_there_are_nodes_the_team_is_told_so(place: Place) -> None:
    command = ("service", "create", *QUICK, "--name", "early", "--label", f"{LABEL}=/Prod/App", *FOREVER)
    refused = place.bob.docker(*command, check=False)
    assert "no node may run this: there is none in /Prod or below, where bob may schedule" in refused.stderr
    assert not place.swarm.manager.docker("service", "ls", "-q").stdout


def test_the_work_of_others_runs_on_the_shared_workers(place: Place) -> None:
    command = ("service", "create", *QUICK, "--name", "others", "--mode", "global", *FOREVER)
    place.eve.docker(*command)
    eventually(lambda: nodes_of(place, "others") == {"n2", "n3"}, "it runs on both workers, and not on the manager")


def test_moving_a_node_shows_whom_it_evicts_and_asks(place: Place) -> None:
    refused = place.admin.docker("node", "update", "--label-add", f"{LABEL}=/Prod", "n3", check=False)
    assert "moving n3 to /Prod stops 1 running task (others." in refused.stderr
    assert collections_on(place, "n3") == {"/", "/Shared"}
    assert nodes_of(place, "others") == {"n2", "n3"}


def test_who_may_not_update_nodes_moves_none(place: Place) -> None:
    refused = place.bob.docker("node", "update", "--label-add", f"{LABEL}=/Prod", "n3", check=False)
    assert "bob may not do this: Node Update is missing on /Shared" in refused.stderr
    assert collections_on(place, "n3") == {"/", "/Shared"}


def test_a_confirmed_move_gives_the_node_to_the_team(place: Place) -> None:
    move = ("node", "update", "--label-add", f"{LABEL}=/Prod")
    refused = place.admin.docker(*move, "n3", check=False)
    token = re.search(rf"{CONFIRM}=([0-9a-f]+)", refused.stderr)
    assert token
    place.admin.docker(*move, "--label-add", token[0], "n3")
    eventually(lambda: collections_on(place, "n3") == {"/", "/Prod"}, "the labels follow the node")
    eventually(lambda: nodes_of(place, "others") == {"n2"}, "others are evicted")
    spec = json.loads(place.swarm.manager.docker("node", "inspect", "n3").stdout)[0]["Spec"]
    assert spec["Labels"][LABEL] == "/Prod"
    assert CONFIRM not in spec["Labels"]
    (entry,) = [each for each in place.rest.get("/audit/", limit="100")["results"] if each["operation"] == "Node Move"]
    assert (entry["actor"], entry["detail"]["from"], entry["detail"]["to"]) == ("admin", "/Shared", "/Prod")


def test_the_team_runs_on_its_own_node_only(place: Place) -> None:
    command = ("service", "create", *QUICK, "--name", "app", "--replicas", "3", "--label", f"{LABEL}=/Prod/App", *FOREVER)
    place.bob.docker(*command)
    eventually(lambda: len(place.swarm.running("app")) == 3, "three tasks run")
    assert nodes_of(place, "app") == {"n3"}


def test_the_team_cannot_leave_its_nodes(place: Place) -> None:
    (ours,) = constraints(place, "app")
    place.bob.docker("service", "update", *QUICK[:2], "--constraint-rm", ours, "app")
    assert constraints(place, "app") == [ours]
    refused = place.bob.docker("service", "update", *QUICK[:2], "--constraint-add", "node.hostname==n2", "app", check=False)
    assert "no node where bob may schedule satisfies node.hostname==n2" in refused.stderr
    assert constraints(place, "app") == [ours]
    place.bob.docker("service", "rollback", "--detach", "app")
    assert constraints(place, "app") == [ours]
    time.sleep(1)
    assert nodes_of(place, "app") == {"n3"}


def constraints(place: Place, service: str) -> list[str]:
    spec = json.loads(place.swarm.manager.docker("service", "inspect", service).stdout)[0]["Spec"]
    found: list[str] = spec["TaskTemplate"]["Placement"]["Constraints"]
    return found


def test_nobody_else_runs_or_sees_anything_there(place: Place) -> None:
    label = ("--label", f"{LABEL}=/Prod/App")
    refused = place.eve.docker("service", "create", *QUICK, *label, *FOREVER, check=False)
    assert "eve may not do this: Service Create is missing on /Prod/App" in refused.stderr
    pinned = ("service", "create", *QUICK, "--constraint", "node.hostname==n3", *FOREVER)
    assert "no node where eve may schedule satisfies node.hostname==n3" in place.eve.docker(*pinned, check=False).stderr
    assert "app" not in place.eve.docker("service", "ls").stdout
    assert "n3" not in place.eve.docker("node", "ls").stdout


def test_a_volume_on_a_node_we_do_not_hear_is_its_collections_also_when_its_service_is_gone(place: Place) -> None:
    create, mount = ("service", "create", *QUICK), ("--mount", "type=volume,source=ledger,target=/data")
    place.eve.docker(*create, "--name", "books", *mount, *FOREVER)
    eventually(lambda: nodes_of(place, "books") == {"n2"}, "its task made the volume there")
    spy = (*create, "--name", "spy", "--label", f"{LABEL}=/Prod/App", *mount, *FOREVER)
    refusal = "bob may not use the volume ledger: Volume Create/Attach is missing where it is"
    assert refusal in place.bob.docker(*spy, check=False).stderr
    place.eve.docker("service", "rm", "books")
    for _ in range(3):
        assert refusal in place.bob.docker(*spy, check=False).stderr
        time.sleep(1)
    assert "spy" not in place.admin.docker("service", "ls").stdout
    place.eve.docker(*create, "--name", "books", *mount, *FOREVER)
    place.eve.docker("service", "rm", "books")


def test_who_keeps_the_teams_nodes_moves_none_out_and_learns_nothing_of_others(place: Place) -> None:
    place.rest.post("/roles/", {"name": "Node Keeper", "operations": {"Node View": [], "Node Update": []}})
    grant = {"subject": "team:acme/prod", "role": "Node Keeper"}
    place.rest.post("/grants/", {**grant, "resource": "collection:/Prod"})
    eventually(
        lambda: place.bob.docker("node", "update", "--label-add", "rack=7", "n3", check=False).returncode == 0,
        "it takes effect within a second",
    )
    refused = place.bob.docker("node", "update", "--label-add", f"{LABEL}=/Shared", "n3", check=False)
    assert "bob may not do this: Node Update is missing on /Shared" in refused.stderr
    assert collections_on(place, "n3") == {"/", "/Prod"}
    made = place.rest.post("/grants/", {**grant, "resource": "collection:/Shared"})
    bob = place.product.rest("bob", PASSWORD)
    path = f"/api/v1/swarm/nodes/{place.swarm.node_ids()['n2']}/move"
    eventually(lambda: bob.request("POST", path, {"collection": "/Prod"}).status == 409, "it takes effect within a second")
    asked = bob.request("POST", path, {"collection": "/Prod"}).json()
    assert (asked["evicts"], asked["hidden"]) == ([], 1)
    assert "others" not in asked["detail"]
    place.rest.delete(f"/grants/{made['id']}/")
    assert collections_on(place, "n2") == {"/", "/Shared"}


def test_the_administrator_moves_a_service_and_no_task_starts_anew(place: Place) -> None:
    before = place.swarm.running("app")
    place.admin.docker("service", "update", *QUICK[:2], "--label-add", f"{LABEL}=/Prod", "app")
    time.sleep(2)
    assert place.swarm.running("app") == before
    spec = json.loads(place.swarm.manager.docker("service", "inspect", "app").stdout)[0]["Spec"]
    assert spec["Labels"][LABEL] == "/Prod"
    assert LABEL not in (spec["TaskTemplate"]["ContainerSpec"].get("Labels") or {})
    assert len(constraints(place, "app")) == 1
    assert "app" not in place.bob.docker("service", "ls").stdout
    place.admin.docker("service", "update", *QUICK[:2], "--label-add", f"{LABEL}=/Prod/App", "app")
    assert "app" in place.bob.docker("service", "ls").stdout
    assert place.swarm.running("app") == before


def test_a_collection_of_nodes_that_only_gains_a_parent_moves_at_once(place: Place) -> None:
    place.rest.post("/collections/", {"path": "/Teams"})
    before = place.swarm.running("app")
    place.rest.patch(f"/collections/{collection_id(place, '/Prod')}/", {"path": "/Teams/Prod"})
    eventually(lambda: collections_on(place, "n3") == {"/", "/Teams", "/Teams/Prod"}, "the labels follow the collection")
    assert place.swarm.running("app") == before


def collection_id(place: Place, path: str) -> str:
    (found,) = place.rest.get(f"/collections/?path={path}")["results"]
    return str(found["id"])


def test_moving_a_collection_shows_whom_it_evicts_and_asks(place: Place) -> None:
    place.rest.post("/grants/", {"subject": "team:acme/prod", "role": "Scheduler", "resource": "collection:/Teams"})
    eventually(lambda: place.bob.docker("service", "update", "--detach", "app").returncode == 0, "bob still updates it")
    eventually(lambda: collection_id(place, "/Teams") in str(constraints(place, "app")), "it may run on all nodes of /Teams")
    before = place.swarm.running("app")
    path = f"/collections/{collection_id(place, '/Teams/Prod')}/"
    asked = place.rest.patch(path, {"path": "/Prod"}, status=409)
    assert asked["code"] == "needs-confirmation"
    assert sorted(asked["evicts"], key=lambda each: each["task"]) == [
        {"task": f"app.{slot}", "node": "n3"} for slot in (1, 2, 3)
    ]
    assert place.rest.patch(path, {"path": "/Prod", "confirm": "0" * 16}, status=409)["confirm"] == asked["confirm"]
    assert collection_id(place, "/Teams/Prod")
    assert place.swarm.running("app") == before
    place.rest.patch(path, {"path": "/Prod", "confirm": asked["confirm"]})
    eventually(lambda: collections_on(place, "n3") == {"/", "/Prod"}, "the labels follow")
    eventually(lambda: not place.swarm.running("app"), "the tasks are evicted, as was said")
    place.rest.post("/swarm/services/" + service_id(place, "app") + "/move", {"collection": "/Prod"})
    eventually(lambda: len(place.swarm.running("app")) == 3, "a move gives it the nodes of its owner's collection")
    assert nodes_of(place, "app") == {"n3"}


def service_id(place: Place, name: str) -> str:
    return place.swarm.manager.docker("service", "inspect", "--format", "{{.ID}}", name).stdout.strip()


def test_a_service_that_moves_away_from_its_nodes_is_asked_about(place: Place) -> None:
    path, before = f"/swarm/services/{service_id(place, 'app')}/move", place.swarm.running("app")
    private = "/Shared/Private/bob"
    asked = place.rest.post(path, {"collection": private}, status=409)
    assert {each["task"] for each in asked["evicts"]} == {"app.1", "app.2", "app.3"}
    assert (asked["code"], asked["hidden"]) == ("needs-confirmation", 0)
    assert place.swarm.running("app") == before
    assert place.rest.get("/swarm/services/", search="app")["results"][0]["collection"] == "/Prod"
    place.rest.post(path, {"collection": private, "confirm": asked["confirm"]})
    eventually(lambda: len(place.swarm.running("app")) == 3 and nodes_of(place, "app") == {"n2"}, "it runs on /Shared now")
    asked = place.rest.post(path, {"collection": "/Prod"}, status=409)
    place.rest.post(path, {"collection": "/Prod", "confirm": asked["confirm"]})
    eventually(lambda: len(place.swarm.running("app")) == 3 and nodes_of(place, "app") == {"n3"}, "it is back")


def test_a_stack_that_moves_away_from_its_nodes_is_asked_about_once(place: Place) -> None:
    stack = ("--label", "com.docker.stack.namespace=shop", "--label", f"{LABEL}=/Prod/App")
    for name in ("shop_a", "shop_b"):
        place.bob.docker("service", "create", *QUICK, "--name", name, *stack, *FOREVER)
    eventually(lambda: nodes_of(place, "shop_a") == nodes_of(place, "shop_b") == {"n3"}, "it runs on the team's node")
    asked = place.rest.post("/swarm/stacks/shop/move", {"collection": "/Shared/Private/bob"}, status=409)
    assert {each["task"] for each in asked["evicts"]} == {"shop_a.1", "shop_b.1"}
    body = {"collection": "/Shared/Private/bob", "confirm": asked["confirm"]}
    place.rest.post("/swarm/stacks/shop/move", body)
    eventually(lambda: nodes_of(place, "shop_a") == nodes_of(place, "shop_b") == {"n2"}, "it runs on /Shared now")
    place.bob.docker("service", "rm", "shop_a", "shop_b")


def test_removing_a_collection_with_nodes_asks_too(place: Place) -> None:
    path = f"/collections/{collection_id(place, '/Prod')}/"
    answer = place.rest.request("DELETE", f"/api/v1{path}?move_to=/Shared&with_grants=true")
    assert answer.status == 409
    assert {each["task"] for each in answer.json()["evicts"]} == {"app.1", "app.2", "app.3"}
    assert collections_on(place, "n3") == {"/", "/Prod"}
    assert len(place.swarm.running("app")) == 3


def test_a_node_moves_by_rest_with_the_same_confirmation(place: Place) -> None:
    path = f"/swarm/nodes/{place.swarm.node_ids()['n3']}/move"
    asked = place.rest.post(path, {"collection": "/Shared"}, status=409)
    assert (asked["code"], len(asked["evicts"]), asked["hidden"]) == ("needs-confirmation", 3, 0)
    assert collections_on(place, "n3") == {"/", "/Prod"}
    place.rest.post(path, {"collection": "/Shared", "confirm": asked["confirm"]})
    eventually(lambda: collections_on(place, "n3") == {"/", "/Shared"}, "the labels follow")
    eventually(lambda: nodes_of(place, "others") == {"n2", "n3"}, "it is everybody's again")
    assert not place.swarm.running("app")


def test_nobody_forges_the_labels_that_schedule_work(place: Place) -> None:
    label = f"com.docker.ucp.collection.{collection_id(place, '/System')}"
    place.admin.docker("node", "update", "--label-add", f"{label}=true", "n2", check=False)
    place.admin.docker("node", "update", "--label-add", "zone=a", "n2")
    spec = json.loads(place.swarm.manager.docker("node", "inspect", "n2").stdout)[0]["Spec"]
    assert label not in spec["Labels"]
    assert spec["Labels"]["zone"] == "a"
    assert collections_on(place, "n2") == {"/", "/Shared"}


def test_detaching_takes_the_labels_away(place: Place) -> None:
    (cluster,) = place.rest.get("/clusters/")["results"]
    place.rest.delete(f"/clusters/{cluster['name']}/")
    for node in ("n1", "n2", "n3"):
        assert not collections_on(place, node)
    spec = json.loads(place.swarm.manager.docker("node", "inspect", "n2").stdout)[0]["Spec"]
    assert spec["Labels"] == {"zone": "a"}


def test_attached_again_it_is_as_before_whoever_has_the_former_names_by_now(place: Place) -> None:
    """The label on eve's service still says /Shared/Private/eve, which is somebody else's collection then."""
    swarm, rest = place.swarm.manager, place.rest
    rest.post("/clusters/", {"name": "again", "url": swarm.url})
    eventually(lambda: "n3" in place.eve.docker("node", "ls").stdout, "the cluster is followed")
    place.eve.docker("service", "create", *QUICK, "--name", "mine", "--replicas", "0", *FOREVER)
    rest.patch("/users/eve/", {"username": "eva"})
    rest.post("/users/", {"username": "eve", "password": PASSWORD})
    new = place.product.bundle(place.product.rest("eve", PASSWORD), "cli", place.eve.directory.parent / "new-eve")
    nodes = {node: collections_on(place, node) for node in ("n1", "n2", "n3")}
    rest.delete("/clusters/again/")
    rest.post("/clusters/", {"name": "again", "url": swarm.url})
    eventually(lambda: "mine" in place.eve.docker("service", "ls", check=False).stdout, "it is where it was")
    assert "mine" not in new.docker("service", "ls").stdout
    eventually(lambda: {node: collections_on(place, node) for node in ("n1", "n2", "n3")} == nodes, "so are nodes")
