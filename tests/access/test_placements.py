from __future__ import annotations

import datetime
import uuid

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.access import services
from apps.access.models import Collection, Departure, Placement
from apps.access.selectors import departed_from, placements_of
from apps.access.services.placements import DEPARTED_LIFETIME, PENDING_LIFETIME
from apps.access.types import AdoptableObject, ObjectKind, PlacementInfo
from apps.accounts.models import User
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import Conflict
from tests.access.conftest import at_the_same_time
from tests.support.accounts import actor_of, make_user

CLUSTER = uuid.UUID(int=1)


def collection_id(path: str) -> uuid.UUID:
    return Collection.objects.get(path=path).id


def begin(actor: Actor, kind: ObjectKind = ObjectKind.SERVICE, name: str = "web", path: str = "/Shared") -> Placement:
    return services.begin_placement(
        actor=actor, cluster_id=CLUSTER, kind=kind, name=name, collection_id=collection_id(path), label=path
    )


def place_of(object_id: str, kind: ObjectKind = ObjectKind.SERVICE) -> tuple[str, str] | None:
    info = placements_of(CLUSTER, kind, [object_id]).get(object_id)
    return (Collection.objects.get(id=info.collection_id).path, info.owner_name) if info else None


def test_a_created_object_is_where_it_was_begun_and_its_makers(bob: User) -> None:
    pending = begin(actor_of(bob))
    assert pending.is_pending
    assert len(pending.nonce) == 32
    assert placements_of(CLUSTER, ObjectKind.SERVICE, ["", "s1"]) == {}
    services.complete_placement(placement_id=pending.id, object_id="s1")
    assert placements_of(CLUSTER, "service", ["s1", "s2"]) == {"s1": PlacementInfo(collection_id("/Shared"), bob.id, "bob")}
    services.complete_placement(placement_id=pending.id, object_id="s1")
    services.abandon_placement(pending.id)
    assert place_of("s1") == ("/Shared", "bob")


def test_an_abandoned_create_leaves_nothing(bob: User) -> None:
    pending = begin(actor_of(bob))
    services.abandon_placement(pending.id)
    assert not Placement.objects.exists()
    assert services.complete_placement(placement_id=pending.id, object_id="s1") is None


def test_a_placement_in_a_removed_collection_is_a_conflict(bob: User) -> None:
    with pytest.raises(Conflict, match="removed meanwhile"):
        services.begin_placement(actor=actor_of(bob), cluster_id=CLUSTER, kind="service", collection_id=uuid.uuid4())


def test_an_object_seen_before_its_create_was_answered_joins_by_its_nonce(bob: User) -> None:
    pending = begin(actor_of(bob))
    seen = AdoptableObject(ObjectKind.SERVICE, "s1", "web", label="/System", nonce=pending.nonce)
    assert services.adopt(cluster_id=CLUSTER, objects=[seen]) == [seen]
    assert place_of("s1") == ("/Shared", "bob")
    in_force = services.complete_placement(placement_id=pending.id, object_id="s1")
    assert in_force is not None
    assert in_force.id == pending.id
    assert Placement.objects.count() == 1


def test_an_object_adopted_without_its_nonce_becomes_its_makers_when_the_create_is_answered(bob: User) -> None:
    pending = begin(actor_of(bob))
    services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(ObjectKind.SERVICE, "s1", "web")])
    assert place_of("s1") == ("/", "")
    services.complete_placement(placement_id=pending.id, object_id="s1")
    assert place_of("s1") == ("/Shared", "bob")
    assert Placement.objects.count() == 1


def test_who_asks_for_a_volume_that_is_there_does_not_take_it_over(bob: User) -> None:
    alice = make_user("alice")
    first = begin(actor_of(alice), ObjectKind.VOLUME, "data", "/Shared/Private/alice")
    services.complete_placement(placement_id=first.id, object_id="data")
    services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(ObjectKind.VOLUME, "old", "old")])
    for name in ("data", "old"):
        second = begin(actor_of(bob), ObjectKind.VOLUME, name, "/Shared/Private/bob")
        services.complete_placement(placement_id=second.id, object_id=name)
    assert place_of("data", ObjectKind.VOLUME) == ("/Shared/Private/alice", "alice")
    assert place_of("old", ObjectKind.VOLUME) == ("/", "")
    assert not Placement.objects.filter(is_pending=True).exists()


def test_a_volume_joins_by_its_name_because_drivers_drop_labels(bob: User) -> None:
    begin(actor_of(bob), ObjectKind.VOLUME, "data", "/Shared/Private/bob")
    services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(ObjectKind.VOLUME, "data", "data")])
    assert place_of("data", ObjectKind.VOLUME) == ("/Shared/Private/bob", "bob")


def test_a_nonce_of_another_kind_or_cluster_or_of_a_finished_create_joins_nothing(bob: User) -> None:
    finished, pending = begin(actor_of(bob)), begin(actor_of(bob))
    services.complete_placement(placement_id=finished.id, object_id="s1")
    services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(ObjectKind.SERVICE, "s2", nonce=finished.nonce)])
    services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(ObjectKind.SECRET, "x1", nonce=pending.nonce)])
    services.adopt(cluster_id=uuid.uuid4(), objects=[AdoptableObject(ObjectKind.SERVICE, "s3", nonce=pending.nonce)])
    assert place_of("s2") == ("/", "")
    assert Placement.objects.get(id=pending.id).is_pending


def test_a_valid_label_is_believed_and_a_former_path_is_valid(administrator: Actor) -> None:
    collection = services.create_collection(actor=administrator, path="/Shared/a")
    services.update_collection(actor=administrator, collection=collection, path="/Shared/b")
    objects = [
        AdoptableObject(ObjectKind.SERVICE, "current", label="/Shared/b"),
        AdoptableObject(ObjectKind.SERVICE, "former", label="/Shared/a"),
        AdoptableObject(ObjectKind.SERVICE, "absent", label="/Shared/c"),
        AdoptableObject(ObjectKind.SERVICE, "odd", label="nonsense\n" * 100),
    ]
    services.adopt(cluster_id=CLUSTER, objects=objects)
    assert [place_of(each.object_id) for each in objects] == [("/Shared/b", ""), ("/Shared/b", ""), ("/", ""), ("/", "")]


def test_objects_that_are_placed_are_left_alone(bob: User) -> None:
    pending = begin(actor_of(bob))
    services.complete_placement(placement_id=pending.id, object_id="s1")
    assert services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(ObjectKind.SERVICE, "s1", label="/System")]) == []
    assert place_of("s1") == ("/Shared", "bob")


def test_managers_go_to_system_once_there_is_a_worker() -> None:
    manager = AdoptableObject(ObjectKind.NODE, "m1", role="manager")
    worker = AdoptableObject(ObjectKind.NODE, "w1", role="worker")
    services.adopt(cluster_id=CLUSTER, objects=[manager, worker])
    assert place_of("m1", ObjectKind.NODE) == ("/System", "")
    assert place_of("w1", ObjectKind.NODE) == ("/Shared", "")


def test_the_managers_of_a_swarm_without_workers_go_to_shared_and_stay() -> None:
    manager = AdoptableObject(ObjectKind.NODE, "m1", role="manager")
    services.adopt(cluster_id=CLUSTER, objects=[manager])
    services.adopt(cluster_id=CLUSTER, objects=[manager, AdoptableObject(ObjectKind.NODE, "w1", role="worker")])
    assert place_of("m1", ObjectKind.NODE) == ("/Shared", "")
    services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(ObjectKind.NODE, "m2", role="manager")], has_workers=True)
    assert place_of("m2", ObjectKind.NODE) == ("/System", "")


def test_the_same_name_on_two_nodes_is_two_volumes() -> None:
    objects = [
        AdoptableObject(ObjectKind.VOLUME, "data", node_id=node, label=label) for node, label in (("n1", "/System"), ("n2", ""))
    ]
    services.adopt(cluster_id=CLUSTER, objects=objects)
    services.remove_placement(cluster_id=CLUSTER, kind="volume", object_id="data", node_id="n2")
    assert set(placements_of(CLUSTER, "volume", ["data"], node_id="n1")) == {"data"}
    assert placements_of(CLUSTER, "volume", ["data"], node_id="n2") == {}


def test_a_removed_object_has_no_placement(bob: User) -> None:
    pending = begin(actor_of(bob))
    services.complete_placement(placement_id=pending.id, object_id="s1")
    services.remove_placement(cluster_id=CLUSTER, kind=ObjectKind.SERVICE, object_id="s1")
    services.remove_placement(cluster_id=CLUSTER, kind=ObjectKind.SERVICE, object_id="s1")
    assert place_of("s1") is None


def test_where_a_removed_object_was_is_remembered_for_an_hour(bob: User) -> None:
    pending = begin(actor_of(bob), path="/Shared")
    services.complete_placement(placement_id=pending.id, object_id="s1")
    services.remove_placement(cluster_id=CLUSTER, kind=ObjectKind.SERVICE, object_id="s1")
    services.settle_placements()
    assert departed_from(CLUSTER, "service", "s1") == collection_id("/Shared")
    assert departed_from(CLUSTER, "service", "s2") is None
    Departure.objects.update(removed_at=clock.now() - DEPARTED_LIFETIME - datetime.timedelta(seconds=1))
    services.settle_placements()
    assert departed_from(CLUSTER, "service", "s1") is None


def test_volumes_that_had_the_same_name_one_after_the_other_are_told_apart_by_time() -> None:
    moments = [clock.now()]
    for label in ("/System", "/Shared"):
        volume = AdoptableObject(ObjectKind.VOLUME, "data", node_id="n1", label=label)
        services.adopt(cluster_id=CLUSTER, objects=[volume])
        services.remove_placement(cluster_id=CLUSTER, kind="volume", object_id="data", node_id="n1")
        moments.append(clock.now())
    found = [departed_from(CLUSTER, "volume", "data", after=moment) for moment in moments]
    assert found == [collection_id("/System"), collection_id("/Shared"), None]


def test_the_sweep_takes_only_what_was_left_long_ago(bob: User) -> None:
    old, young = begin(actor_of(bob)), begin(actor_of(bob))
    Placement.objects.filter(id=old.id).update(created_at=clock.now() - PENDING_LIFETIME - datetime.timedelta(seconds=1))
    assert services.settle_placements() == 1
    assert list(Placement.objects.values_list("id", flat=True)) == [young.id]


def test_adopting_takes_the_same_number_of_queries_for_one_object_and_for_a_hundred(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    def services_named(prefix: str, count: int) -> list[AdoptableObject]:
        return [AdoptableObject(ObjectKind.SERVICE, f"{prefix}{number}", label="/Shared") for number in range(count)]

    services.adopt(cluster_id=CLUSTER, objects=services_named("first", 1))
    with django_assert_max_num_queries(8):
        services.adopt(cluster_id=CLUSTER, objects=services_named("many", 100))
    with django_assert_max_num_queries(4):
        assert services.adopt(cluster_id=CLUSTER, objects=services_named("many", 100)) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("carries_nonce", [True, False])
def test_completing_and_adopting_at_the_same_time_leaves_one_placement_of_the_maker(carries_nonce: bool) -> None:
    bob = actor_of(make_user("bob"))
    for round_number in range(15):
        pending, object_id = begin(bob), f"s{round_number}"
        seen = AdoptableObject(ObjectKind.SERVICE, object_id, "web", nonce=pending.nonce if carries_nonce else "")
        at_the_same_time(
            lambda: services.complete_placement(placement_id=pending.id, object_id=object_id),  # noqa: B023
            lambda: services.adopt(cluster_id=CLUSTER, objects=[seen]),  # noqa: B023
            lambda: services.adopt(cluster_id=CLUSTER, objects=[seen]),  # noqa: B023
        )
        assert place_of(object_id) == ("/Shared", "bob")
        assert Placement.objects.filter(object_id=object_id).count() == 1
    assert not Placement.objects.filter(is_pending=True).exists()
