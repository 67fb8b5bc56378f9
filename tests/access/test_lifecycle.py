from __future__ import annotations

import pytest

from apps.access import services
from apps.access.models import Collection, DefaultCollection, Grant, Placement
from apps.access.selectors.policy import store
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core import lifecycle
from apps.core.actor import Actor
from apps.core.errors import Conflict
from tests.support.accounts import SYSTEM, actor_of, make_organization, make_user


def paths() -> set[str]:
    return set(Collection.objects.filter(path__startswith="/Shared/Private/").values_list("path", flat=True))


def test_a_new_user_has_restricted_control_on_the_own_private_collection_and_no_other(bob: User) -> None:
    make_user("alice")
    store.refresh()
    own, other = (Collection.objects.get(path=f"/Shared/Private/{name}").id for name in ("bob", "alice"))
    assert store.current.default_collection(bob.id) == own
    assert store.current.may(actor_of(bob), "Service Create", own)
    assert not store.current.may(actor_of(bob), "Container Exec", own)
    assert not store.current.may(actor_of(bob), "Service View", other)
    assert store.current.scheduling_root(actor_of(bob), own) == Collection.objects.get(path="/Shared").id


def test_a_name_whose_private_collection_is_taken_is_refused_whole(administrator: Actor) -> None:
    services.create_collection(actor=administrator, path="/Shared/Private/bob")
    with pytest.raises(Conflict, match="/Shared/Private/bob exists already"):
        make_user("bob")
    assert not User.objects.filter(username="bob").exists()


def test_a_deleted_users_empty_collection_and_grants_go(administrator: Actor, bob: User) -> None:
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared")
    accounts.delete_user(actor=SYSTEM, user=bob)
    assert paths() == {"/Shared/Private/root"}
    assert not Grant.objects.filter(user__username="bob").exists()
    assert Entry.objects.filter(operation="Collection Delete", target_name="/Shared/Private/bob").exists()


def test_the_next_user_of_a_name_does_not_inherit_what_the_last_one_left(bob: User) -> None:
    collection = Collection.objects.get(path="/Shared/Private/bob")
    Placement.objects.create(cluster_id=bob.id, kind="service", object_id="s1", collection=collection)
    accounts.delete_user(actor=SYSTEM, user=bob)
    assert paths() == {"/Shared/Private/Formerly bob"}
    newcomer = make_user("bob")
    store.refresh()
    assert paths() == {"/Shared/Private/Formerly bob", "/Shared/Private/bob"}
    assert not store.current.may(actor_of(newcomer), "Service View", collection.id)
    assert store.current.by_path("/Shared/Private/bob") != collection.id


def test_a_renamed_user_keeps_the_private_collection(bob: User) -> None:
    collection = Collection.objects.get(path="/Shared/Private/bob")
    bob.username = "robert"
    bob.save()
    lifecycle.emit(lifecycle.Change(lifecycle.Event.RENAMED, SYSTEM, bob.id, "robert", old_name="bob"))
    collection.refresh_from_db()
    store.refresh()
    assert collection.path == "/Shared/Private/robert"
    assert store.current.default_collection(bob.id) == collection.id
    assert store.current.by_path("/Shared/Private/bob") == collection.id


def test_a_renamed_organization_takes_no_users_collection(bob: User) -> None:
    organization = make_organization("acme")
    lifecycle.emit(lifecycle.Change(lifecycle.Event.RENAMED, SYSTEM, organization.id, "acme2", old_name="bob"))
    assert paths() == {"/Shared/Private/bob"}


def test_the_default_collection_follows_a_move(administrator: Actor, bob: User) -> None:
    collection = Collection.objects.get(path="/Shared/Private/bob")
    services.update_collection(actor=administrator, collection=collection, path="/Shared/bobs things")
    store.refresh()
    assert store.current.default_collection(bob.id) == collection.id
    assert DefaultCollection.objects.get(user=bob).collection_id == collection.id
