"""Moves in the database: all of the objects or none, recorded, noticed, and undone where the engine refuses."""

from __future__ import annotations

import uuid

import pytest

from apps.access import services
from apps.access.models import Collection, Placement
from apps.access.selectors import label_last_sent
from apps.access.types import ObjectKind, ObjectRef
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.configuration.selectors import revisions
from apps.configuration.types import Topic
from apps.core.errors import Conflict
from tests.support.accounts import actor_of

CLUSTER = uuid.UUID(int=1)
WEB = ObjectRef(ObjectKind.SERVICE, "s1", "web")
DATA = ObjectRef(ObjectKind.VOLUME, "data", "data", "n1")


@pytest.fixture(autouse=True)
def placed(db: None) -> None:
    for ref in (WEB, DATA):
        identity = {"cluster_id": CLUSTER, "node_id": ref.node_id, "kind": ref.kind.value, "object_id": ref.object_id}
        Placement.objects.create(**identity, collection=collection("/Shared"), label="/Shared", owner_name="bob")


def collection(path: str) -> Collection:
    return Collection.objects.get(path=path)


def paths() -> dict[str, str]:
    return dict(Placement.objects.values_list("object_id", "collection__path"))


def move(user: User, *objects: ObjectRef, to: str = "/System", label: str | None = None) -> services.Moved:
    return services.move_objects(
        actor=actor_of(user),
        cluster_id=CLUSTER,
        cluster_name="local",
        objects=objects,
        collection_id=collection(to).id,
        label=label,
        reason="bob may",
    )


def test_all_objects_move_and_keep_their_owner(bob: User) -> None:
    before = revisions().get(Topic.PLACEMENTS, 0)
    move(bob, WEB, DATA)
    assert paths() == {"s1": "/System", "data": "/System"}
    assert set(Placement.objects.values_list("owner_name", flat=True)) == {"bob"}
    assert revisions()[Topic.PLACEMENTS] > before


def test_each_is_recorded_with_from_and_to(bob: User) -> None:
    move(bob, WEB, DATA)
    entries = Entry.objects.filter(operation__endswith=" Move").order_by("operation")
    assert [(each.operation, each.target_id, each.collection) for each in entries] == [
        ("Service Move", "s1", "/System"),
        ("Volume Move", "data", "/System"),
    ]
    assert entries[0].detail == {"cluster": "local", "from": "/Shared", "to": "/System"}
    assert (entries[0].actor_name, entries[0].reason) == ("bob", "bob may")


def test_the_label_last_sent_is_kept_unless_one_was_sent(bob: User) -> None:
    move(bob, WEB)
    assert label_last_sent(CLUSTER, WEB) == "/Shared"
    move(bob, WEB, to="/Shared", label="/Shared/former")
    assert label_last_sent(CLUSTER, WEB) == "/Shared/former"
    services.note_label(cluster_id=CLUSTER, ref=WEB, label="/another")
    assert label_last_sent(CLUSTER, WEB) == "/another"
    assert label_last_sent(CLUSTER, DATA) == "/Shared"
    assert label_last_sent(CLUSTER, ObjectRef(ObjectKind.SERVICE, "nothing")) == ""


def test_what_had_no_placement_has_one_afterwards(bob: User) -> None:
    move(bob, ObjectRef(ObjectKind.SECRET, "x", "key"))
    row = Placement.objects.get(object_id="x")
    assert (row.collection.path, row.name, row.owner_id) == ("/System", "key", None)
    assert Entry.objects.get(operation="Secret Move").detail["from"] == "/"


def test_a_collection_that_is_gone_takes_nothing_in(bob: User) -> None:
    with pytest.raises(Conflict, match="removed meanwhile"):
        services.move_objects(
            actor=actor_of(bob), cluster_id=CLUSTER, cluster_name="local", objects=[WEB], collection_id=uuid.uuid4()
        )
    assert paths() == {"s1": "/Shared", "data": "/Shared"}
    assert not Entry.objects.filter(operation="Service Move").exists()


def test_what_the_engine_refused_goes_back_and_that_is_recorded(bob: User) -> None:
    moved = move(bob, WEB, label="/System")
    services.undo_move(actor=actor_of(bob), moved=moved, reason="update out of sequence")
    assert paths()["s1"] == "/Shared"
    assert label_last_sent(CLUSTER, WEB) == "/Shared"
    entry = Entry.objects.get(operation="Service Move", outcome="failed")
    assert entry.reason == "update out of sequence"


def test_what_somebody_has_moved_on_does_not_go_back(bob: User) -> None:
    moved = move(bob, WEB)
    move(bob, WEB, to="/")
    services.undo_move(actor=actor_of(bob), moved=moved, reason="refused")
    assert paths()["s1"] == "/"


def test_a_stack_is_placed_once(bob: User) -> None:
    for path in ("/Shared", "/System"):
        services.place_stack(actor=actor_of(bob), cluster_id=CLUSTER, name="shop", collection_id=collection(path).id)
    row = Placement.objects.get(kind="stack")
    assert (row.object_id, row.collection.path, row.owner_name) == ("shop", "/Shared", "bob")


def test_a_stack_without_services_goes_after_a_while(bob: User) -> None:
    for name in ("shop", "gone"):
        services.place_stack(actor=actor_of(bob), cluster_id=CLUSTER, name=name, collection_id=collection("/Shared").id)
    services.remove_gone_stacks(cluster_id=CLUSTER, names=["shop"])
    assert Placement.objects.filter(kind="stack").count() == 2  # its first service may be on its way
    Placement.objects.filter(kind="stack").update(updated_at="2020-01-01T00:00:00Z")
    services.remove_gone_stacks(cluster_id=CLUSTER, names=["shop"])
    assert list(Placement.objects.filter(kind="stack").values_list("name", flat=True)) == ["shop"]
