"""The projector on a real engine: what happens on the swarm is in the projection, and in our database, within moments."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from django.conf import settings

from apps.access.models import Collection, Placement
from apps.access.selectors.policy import store
from apps.access.services import begin_placement, create_collection, update_collection
from apps.access.types import NODE_LABEL_PREFIX, NONCE_LABEL, ObjectKind
from apps.core.actor import Actor
from apps.gateway.docker.database import run as in_database
from apps.gateway.projector import storage
from apps.gateway.projector.process import Projector
from apps.orchestration.clients import projection as projection_client
from apps.orchestration.models import Cluster
from apps.orchestration.types import ClusterKind, ClusterState, Projected
from tests.conftest import or_skip
from tests.support.engine import Engine, engine
from tests.support.relay import Relay, silent

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]

FOREVER = ["sh", "-c", "while :; do sleep 1; done"]


@pytest.fixture
def cluster(swarm: Engine, redis_server: str) -> Cluster:
    store.forget()
    return Cluster.objects.create(name="test", kind=ClusterKind.SWARM, url=swarm.url)


@pytest.fixture
async def projector(cluster: Cluster) -> AsyncIterator[Projector]:
    projector = Projector()
    task = asyncio.create_task(projector.run())
    await eventually(lambda: any(p.is_complete for _, p in projector.projections().values()))
    yield projector
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def eventually(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not await in_database(condition):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def docker(swarm: Engine, *arguments: str) -> str:
    return (await asyncio.to_thread(swarm.docker, *arguments)).stdout.strip()


async def objects(cluster: Cluster, kind: str) -> dict[str, Projected]:
    _, found = await asyncio.to_thread(projection_client.objects, cluster.id, kind)
    return {each.id: each for each in found}


async def test_state_and_version_are_reported(projector: Projector, cluster: Cluster) -> None:
    await eventually(lambda: Cluster.objects.filter(state=ClusterState.READY).exists())
    row = await in_database(Cluster.objects.get)
    assert row.kind == ClusterKind.SWARM
    assert row.api_version.startswith("1.")
    assert row.swarm_id
    assert row.engine_id
    assert row.lease_holder
    assert row.seen_at


async def test_service_and_its_tasks_appear_and_disappear(
    projector: Projector, cluster: Cluster, swarm: Engine, unique: str
) -> None:
    service_id = await docker(swarm, "service", "create", "-d", "--name", unique, "demo/busybox:1.0", *FOREVER)
    await eventually(lambda: Placement.objects.filter(kind="service", object_id=service_id).exists(), 2)
    deadline = time.monotonic() + 20
    while True:
        tasks = [each for each in (await objects(cluster, "tasks")).values() if each.service_id == service_id]
        if tasks and tasks[0].object["Status"]["State"] == "running":
            break
        assert time.monotonic() < deadline, "no task ran"
        await asyncio.sleep(0.05)
    services = await objects(cluster, "services")
    assert services[service_id].name == unique
    assert services[service_id].collection_id == (await in_database(Collection.objects.get, path="/")).id
    containers = await objects(cluster, "containers")
    own = [each for each in containers.values() if each.service_id == service_id]
    assert own
    assert own[0].collection_id == services[service_id].collection_id
    assert not await in_database(Placement.objects.filter(kind="container", object_id=own[0].id).exists)

    await docker(swarm, "service", "rm", unique)
    await eventually(lambda: not Placement.objects.filter(kind="service", object_id=service_id).exists(), 2)
    assert service_id not in await objects(cluster, "services")


async def test_pending_placement_is_completed_by_nonce(
    projector: Projector, cluster: Cluster, swarm: Engine, unique: str
) -> None:
    shared = await in_database(Collection.objects.get, path="/Shared")
    actor = Actor.system("test")
    pending = await in_database(
        lambda: begin_placement(
            actor=actor, cluster_id=cluster.id, kind=ObjectKind.SERVICE, collection_id=shared.id, name=unique, label="/Shared"
        )
    )
    label = f"{NONCE_LABEL}={pending.nonce}"
    service_id = await docker(swarm, "service", "create", "-d", "--name", unique, "--label", label, "demo/busybox:1.0")
    await eventually(lambda: Placement.objects.filter(id=pending.id, is_pending=False, object_id=service_id).exists(), 3)
    assert (await objects(cluster, "services"))[service_id].collection_id == shared.id


ADOPTED = {
    "service": ("service", "create", "-d", "--name", "NAME", "LABEL", "demo/busybox:1.0", *FOREVER),
    "container": ("create", "--name", "NAME", "LABEL", "demo/busybox:1.0", *FOREVER),
    "network": ("network", "create", "LABEL", "NAME"),
    "volume": ("volume", "create", "LABEL", "NAME"),
    "secret": ("secret", "create", "LABEL", "NAME", "FILE"),
    "config": ("config", "create", "LABEL", "NAME", "FILE"),
}


@pytest.mark.parametrize("kind", ADOPTED)
@pytest.mark.parametrize(
    ("label", "path"),
    [("/Shared", "/Shared"), ("/former", "/Shared/now"), ("/no/such", "/"), ("../etc", "/"), ("", "/")],
)
async def test_what_is_made_past_us_is_where_a_valid_label_says_else_in_the_root(
    projector: Projector, cluster: Cluster, swarm: Engine, unique: str, kind: str, label: str, path: str, tmp_path: Path
) -> None:
    content = tmp_path / "content"
    content.write_text("content")

    def make_now() -> None:
        made = create_collection(actor=Actor.system("test"), path="/former")
        update_collection(actor=Actor.system("test"), collection=made, path="/Shared/now")

    await in_database(make_now)
    words = {"NAME": unique, "LABEL": f"--label=com.docker.ucp.access.label={label}", "FILE": str(content)}
    object_id = await docker(swarm, *(words.get(word, word) for word in ADOPTED[kind]))
    await eventually(lambda: Placement.objects.filter(kind=kind, object_id=object_id).exists(), 3)
    row = await in_database(lambda: Placement.objects.select_related("collection").get(kind=kind, object_id=object_id))
    assert (row.collection.path, row.owner_id, row.owner_name) == (path, None, "")
    assert (await objects(cluster, f"{kind}s"))[object_id].collection_id == row.collection_id


async def test_a_label_is_not_believed_where_there_is_a_placement(
    projector: Projector, cluster: Cluster, swarm: Engine, unique: str
) -> None:
    command = ("service", "create", "-d", "--name", unique, "demo/busybox:1.0", *FOREVER)
    service_id = await docker(swarm, *command)
    placed = Placement.objects.filter(kind="service", object_id=service_id)
    await eventually(placed.exists, 3)
    await docker(swarm, "service", "update", "-d", "--label-add", "com.docker.ucp.access.label=/System", unique)
    deadline = time.monotonic() + 5
    while "/System" not in json.dumps((await objects(cluster, "services"))[service_id].object):
        assert time.monotonic() < deadline, "the update was not seen"
        await asyncio.sleep(0.05)
    assert (await in_database(placed.select_related("collection").get)).collection.path == "/"


async def test_a_node_is_where_its_label_says_when_it_is_first_seen(cluster: Cluster, swarm: Engine) -> None:
    node_id = await docker(swarm, "node", "ls", "-q")
    await docker(swarm, "node", "update", "--label-add", "com.docker.ucp.access.label=/System", node_id)
    projector = Projector()
    task = asyncio.create_task(projector.run())
    try:
        placed = Placement.objects.filter(kind="node", object_id=node_id, collection__path="/System")
        await eventually(placed.exists, 5)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await docker(swarm, "node", "update", "--label-rm", "com.docker.ucp.access.label", node_id)


async def test_a_stack_made_past_us_is_where_its_services_are(
    projector: Projector, cluster: Cluster, swarm: Engine, unique: str
) -> None:
    labels = ("--label", f"com.docker.stack.namespace={unique}", "--label", "com.docker.ucp.access.label=/Shared")
    await docker(swarm, "service", "create", "-d", "--name", f"{unique}_web", *labels, "demo/busybox:1.0", *FOREVER)
    placed = Placement.objects.filter(kind="stack", object_id=unique)
    await eventually(placed.filter(collection__path="/Shared").exists, 3)


async def test_placements_of_what_went_while_nobody_followed_are_removed(cluster: Cluster) -> None:
    root = await in_database(Collection.objects.get, path="/")
    await in_database(
        lambda: Placement.objects.create(cluster_id=cluster.id, kind="service", object_id="gone", collection=root)
    )
    projector = Projector()
    task = asyncio.create_task(projector.run())
    try:
        await eventually(lambda: not Placement.objects.filter(object_id="gone").exists())
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_nodes_carry_a_label_for_every_collection_above_them(
    projector: Projector, cluster: Cluster, swarm: Engine
) -> None:
    paths = {f"{NODE_LABEL_PREFIX}{each.id}": each.path for each in await in_database(lambda: list(Collection.objects.all()))}

    def labelled() -> set[str]:
        spec = json.loads(swarm.docker("node", "inspect", "self").stdout)[0]["Spec"]
        return {paths[key] for key in spec.get("Labels") or {} if key in paths}

    # A swarm without workers has its managers in /Shared.
    await eventually(lambda: labelled() == {"/", "/Shared"}, 5)
    await in_database(cluster.delete)
    projector._seen = None  # as a raised revision CLUSTERS would
    await eventually(lambda: labelled() == set(), 5)


async def test_wait_returns_when_something_changed(projector: Projector, cluster: Cluster, swarm: Engine, unique: str) -> None:
    version, _ = await asyncio.to_thread(projection_client.objects, cluster.id, "volumes")
    waiting = asyncio.create_task(asyncio.to_thread(projection_client.wait, cluster.id, version + 1, 5))
    await docker(swarm, "volume", "create", unique)
    await asyncio.wait_for(waiting, 2)
    deadline = time.monotonic() + 2
    while unique not in await objects(cluster, "volumes"):
        assert time.monotonic() < deadline, "the volume did not appear"


async def test_an_engine_that_is_away_is_reported_and_found_again(swarm: Engine, tmp_path: Path) -> None:
    store.forget()
    link = Path(f"/tmp/{uuid.uuid4().hex[:12]}.sock")
    await in_database(lambda: Cluster.objects.create(name="away", kind=ClusterKind.SWARM, url=f"unix://{link}"))
    projector = Projector()
    task = asyncio.create_task(projector.run())
    try:
        await eventually(lambda: Cluster.objects.filter(state=ClusterState.UNREACHABLE).exists())
        assert "away" in (await in_database(Cluster.objects.get)).error
        link.symlink_to(swarm.socket)
        await eventually(lambda: Cluster.objects.filter(state=ClusterState.READY, error="").exists(), 4)
    finally:
        link.unlink(missing_ok=True)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert (await in_database(Cluster.objects.get)).lease_holder == ""
    assert not settings.PROJECTOR_SOCKET.exists()


async def test_an_engine_that_dies_and_hangs_while_it_starts_is_found_again(
    swarm: Engine, redis_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.gateway.projector.engine.DESCRIBE_SECONDS", 0.3)
    store.forget()
    path = Path(f"/tmp/{uuid.uuid4().hex[:12]}.sock")
    relay = Relay(path, swarm.socket)
    relay.start()
    await in_database(lambda: Cluster.objects.create(name="hangs", kind=ClusterKind.SWARM, url=f"unix://{path}"))
    projector = Projector()
    task = asyncio.create_task(projector.run())
    try:
        await eventually(lambda: Cluster.objects.filter(state=ClusterState.READY).exists())
        relay.stop()
        with silent(path):
            await eventually(lambda: Cluster.objects.filter(error__contains="no answer within 0.3 s").exists())
        relay.start()
        await eventually(lambda: Cluster.objects.filter(state=ClusterState.READY, error="").exists(), 4)
    finally:
        relay.stop()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_one_of_two_projectors_follows(projector: Projector, cluster: Cluster) -> None:
    settings_socket = settings.PROJECTOR_SOCKET
    second = Projector()
    second._server._path = settings_socket.with_name("second.sock")
    task = asyncio.create_task(second.run())
    await asyncio.sleep(1.5)
    assert not any(projection.is_complete for _, projection in second.projections().values())
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_the_successor_of_a_killed_projector_follows_at_once(cluster: Cluster) -> None:
    killed = Projector()._holder
    assert await in_database(lambda: storage.take_lease(cluster.id, killed.name))
    killed.close()  # what the end of a process does; the lease stays
    projector = Projector()
    task = asyncio.create_task(projector.run())
    try:
        await eventually(lambda: any(p.is_complete for _, p in projector.projections().values()), storage.LEASE_SECONDS / 2)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_who_asks_before_the_first_look_waits_for_it(cluster: Cluster) -> None:
    asked = asyncio.create_task(asyncio.to_thread(projection_client.objects, cluster.id, "nodes"))
    await asyncio.sleep(0.3)  # nobody listens yet
    projector = Projector()
    task = asyncio.create_task(projector.run())
    try:
        _, (node,) = await asked
        assert node.kind == "node"
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_an_engine_outside_swarm_mode_is_followed_for_what_it_has(redis_server: str) -> None:
    store.forget()
    with or_skip(engine(swarm=False)) as lone:
        row = await in_database(
            lambda: Cluster.objects.create(name="lone", kind=ClusterKind.SWARM, url=lone.url, swarm_id="former")
        )
        projector = Projector()
        task = asyncio.create_task(projector.run())
        try:
            await eventually(lambda: Cluster.objects.filter(state=ClusterState.READY, kind=ClusterKind.ENGINE).exists())
            container_id = await docker(lone, "create", "--name", "plain", "demo/busybox:1.0", "true")
            await eventually(lambda: Placement.objects.filter(kind="container", object_id=container_id).exists(), 3)
            assert (await objects(row, "containers"))[container_id].name == "plain"
            assert await objects(row, "services") == {}
            await in_database(lambda: Placement.objects.filter(object_id=container_id).update(owner_name="bob"))

            await docker(lone, "swarm", "init", "--advertise-addr", "127.0.0.1")
            await eventually(lambda: Cluster.objects.filter(kind=ClusterKind.SWARM).exists(), 5)
            node_id = await docker(lone, "info", "--format", "{{.Swarm.NodeID}}")
            service_id = await docker(lone, "service", "create", "-d", "--name", "web", "demo/busybox:1.0", *FOREVER)
            await eventually(lambda: Placement.objects.filter(kind="service", object_id=service_id).exists(), 3)
            assert service_id in await objects(row, "services")
            placement = await in_database(lambda: Placement.objects.get(object_id=container_id))
            assert (placement.node_id, placement.owner_name) == (node_id, "bob")

            await docker(lone, "rm", "plain")
            await eventually(lambda: not Placement.objects.filter(object_id=container_id).exists(), 3)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
