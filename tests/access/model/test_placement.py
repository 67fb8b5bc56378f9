"""Placement: which collection an object is in."""

from __future__ import annotations

import datetime
import uuid

import pytest

from apps.access import services
from apps.access.models import Collection, Grant, Placement
from apps.access.selectors import collection_for_create
from apps.access.selectors.policy import store
from apps.access.services.placements import PENDING_LIFETIME
from apps.access.types import AdoptableObject, ObjectKind
from apps.accounts.models import User
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import Refused
from tests.access.model.conftest import Model
from tests.support.accounts import SYSTEM, actor_of

CLUSTER = uuid.UUID(int=1)


def path_of(object_id: str) -> str:
    return Placement.objects.get(object_id=object_id).collection.path


def begin(actor: Actor, collection: Collection, kind: ObjectKind = ObjectKind.SERVICE) -> Placement:
    return services.begin_placement(
        actor=actor, cluster_id=CLUSTER, kind=kind, name="web", collection_id=collection.id, label=collection.path
    )


@pytest.mark.parametrize("kind", ObjectKind)
def test_our_database_holds_the_placement_of_every_kind(model: Model, kind: ObjectKind) -> None:
    model.collection("/Shared/payments")
    services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(kind, "x1", "x", label="/Shared/payments")])
    assert Placement.objects.get(kind=kind.value).collection.path == "/Shared/payments"


@pytest.mark.parametrize("kind", [ObjectKind.CONTAINER, ObjectKind.VOLUME])
def test_names_that_repeat_per_node_are_kept_by_node(model: Model, kind: ObjectKind) -> None:
    model.collection("/Shared/a")
    objects = [AdoptableObject(kind, "data", node_id=node, label=label) for node, label in (("n1", "/Shared/a"), ("n2", ""))]
    services.adopt(cluster_id=CLUSTER, objects=objects)
    assert set(Placement.objects.values_list("node_id", "collection__path")) == {("n1", "/Shared/a"), ("n2", "/")}


def test_a_pending_row_is_there_before_the_create_is_forwarded_and_completed_with_the_id(model: Model, bob: User) -> None:
    pending = begin(actor_of(bob), model.collection("/Shared/payments"))
    assert pending.is_pending
    assert len(pending.nonce) == 32
    services.complete_placement(placement_id=pending.id, object_id="s1")
    assert path_of("s1") == "/Shared/payments"
    assert not Placement.objects.get(object_id="s1").is_pending


def test_a_crash_between_the_two_loses_nothing(model: Model, bob: User) -> None:
    """The object carries the nonce, and whoever sees it first joins it to its pending row."""
    pending = begin(actor_of(bob), model.collection("/Shared/payments"))
    services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(ObjectKind.SERVICE, "s1", "web", nonce=pending.nonce)])
    placement = Placement.objects.get(object_id="s1")
    assert (placement.collection.path, placement.owner_name, placement.is_pending) == ("/Shared/payments", "bob", False)


def test_labels_are_input_and_not_truth(model: Model, bob: User) -> None:
    pending = begin(actor_of(bob), model.collection("/Shared/payments"))
    services.complete_placement(placement_id=pending.id, object_id="s1")
    services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(ObjectKind.SERVICE, "s1", "web", label="/System")])
    assert path_of("s1") == "/Shared/payments"


@pytest.mark.parametrize(("label", "expected"), [("/Shared/payments", "/Shared/payments"), ("/no/such", "/"), ("", "/")])
def test_an_object_made_behind_our_back_is_adopted_by_a_valid_label_else_into_the_root(
    model: Model, label: str, expected: str
) -> None:
    model.collection("/Shared/payments")
    services.adopt(cluster_id=CLUSTER, objects=[AdoptableObject(ObjectKind.SECRET, "s1", "x", label=label)])
    assert path_of("s1") == expected


def test_the_old_path_of_a_renamed_collection_stays_an_alias_until_another_takes_it(model: Model) -> None:
    collection = model.collection("/Shared/old")
    services.update_collection(actor=SYSTEM, collection=collection, path="/Shared/new")
    store.refresh()
    assert store.current.by_path("/Shared/old") == collection.id
    taken_by = model.collection("/Shared/old")
    assert store.current.by_path("/Shared/old") == taken_by.id


@pytest.mark.parametrize("held_on", ["/Shared/a", "/Shared/a/b", "/Shared"])
def test_a_collection_is_visible_to_who_holds_any_operation_on_it_below_it_or_above_it(model: Model, held_on: str) -> None:
    carol = model.user("carol")
    services.delete_grant(actor=SYSTEM, grant=Grant.objects.get(organization__name="everyone"))
    model.collection("/Shared/a")
    model.collection("/Shared/a/b")
    store.refresh()
    assert not store.current.is_visible(actor_of(carol), model.id_of("/Shared/a"))
    model.grant("user:carol", "View Only", held_on)
    assert store.current.is_visible(actor_of(carol), model.id_of("/Shared/a"))


def test_a_sweep_resolves_what_a_crash_left_over(model: Model, bob: User) -> None:
    left = begin(actor_of(bob), model.collection("/Shared/payments"))
    Placement.objects.filter(id=left.id).update(created_at=clock.now() - PENDING_LIFETIME - datetime.timedelta(seconds=1))
    services.settle_placements()
    assert not Placement.objects.exists()


@pytest.mark.parametrize("path", ["/absent", "/Invisible", "/Shared/closed"])
def test_creating_into_what_is_absent_invisible_or_closed_gives_the_same_sentence(model: Model, bob: User, path: str) -> None:
    model.collection("/Invisible")
    model.collection("/Shared/closed")
    with pytest.raises(Refused) as refused:
        collection_for_create(store.current, actor_of(bob), path, "Service Create")
    assert refused.value.detail == f"bob may not do this: Service Create is missing on {path}"
