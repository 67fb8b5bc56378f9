from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.access import services
from apps.access.models import Collection, CollectionAlias, Grant, Placement
from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.configuration.selectors import revisions
from apps.core.actor import Actor
from apps.core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed, Refused
from apps.core.versions import Expected, tag_of
from tests.access.conftest import at_the_same_time
from tests.support.accounts import actor_of, make_user


def make(actor: Actor, *paths: str) -> list[Collection]:
    return [services.create_collection(actor=actor, path=path) for path in paths]


def tree() -> set[str]:
    return set(Collection.objects.exclude(is_builtin=True).exclude(path="/Shared/Private/root").values_list("path", flat=True))


def test_an_installation_starts_with_the_default_tree_and_one_grant() -> None:
    assert set(Collection.objects.values_list("path", flat=True)) == {"/", "/System", "/Shared", "/Shared/Private"}
    grant = Grant.objects.select_related("organization", "role", "collection").get()
    assert (str(grant.organization), grant.role.name, grant.path) == ("everyone", "Scheduler", "/Shared")


def test_the_default_grant_stays_removed(administrator: Actor) -> None:
    services.delete_grant(actor=administrator, grant=Grant.objects.get(organization__name="everyone"))
    services.ensure_builtin_roles_and_collections()
    assert not Grant.objects.filter(organization__name="everyone").exists()


def test_a_collection_is_created_below_another_and_audited(administrator: Actor) -> None:
    before = revisions()["policy"]
    (collection,) = make(administrator, "/Shared/payments")
    assert collection.parent is not None
    assert collection.parent.path == "/Shared"
    assert revisions()["policy"] > before
    entry = Entry.objects.get(operation="Collection Create", target_name="/Shared/payments")
    assert (entry.actor_name, entry.outcome, entry.collection) == ("root", "allowed", "/Shared/payments")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "must start with '/'"),
        ("Shared/x", "must start with '/'"),
        ("/Shared/", "has an empty segment"),
        ("//x", "has an empty segment"),
        ("/Shared/../x", r"has the segment '\.\.', which would mean another place"),
        ("/Shared/./x", "which would mean another place"),
        ("/Shared/x\n", r"may not contain U\+000A"),
        ("/Shared/\x1b[2J", r"may not contain U\+001B"),
        ("/Shared/p\u0430yments", r"may not contain U\+0430 \(CYRILLIC SMALL LETTER A\)"),
        ("/Shared/pay\u200bments", r"may not contain U\+200B \(ZERO WIDTH SPACE\)"),
        ("/Shared/a\\b", "may not contain"),
        ("/Shared/a  b", "single spaces"),
        ("/Shared/ a", "start and end with a letter or digit"),
        ("/Shared/a.", "start and end with a letter or digit"),
        ("/" + "x" * 65, "a segment of 65 characters, more than 64"),
        ("/x" * 257, "is longer than 512 characters"),
    ],
)
def test_a_malformed_path_is_refused_with_the_reason(administrator: Actor, path: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        services.create_collection(actor=administrator, path=path)
    assert tree() == set()


def test_a_collection_needs_the_one_above_it(administrator: Actor) -> None:
    with pytest.raises(InvalidInput, match="no collection /Shared/a to put it in"):
        services.create_collection(actor=administrator, path="/Shared/a/b")


@pytest.mark.parametrize("path", ["/", "/Shared"])
def test_a_path_that_is_taken_is_a_conflict(administrator: Actor, path: str) -> None:
    with pytest.raises(Conflict, match="exists already"):
        services.create_collection(actor=administrator, path=path)


def test_only_administrators_change_collections(administrator: Actor, bob: User) -> None:
    (collection,) = make(administrator, "/Shared/a")
    for change in (
        lambda: services.create_collection(actor=actor_of(bob), path="/Shared/b"),
        lambda: services.update_collection(actor=actor_of(bob), collection=collection, path="/Shared/b"),
        lambda: services.delete_collection(actor=actor_of(bob), collection=collection),
    ):
        with pytest.raises(Refused, match=r"bob may not .* only administrators may"):
            change()
    assert tree() == {"/Shared/a", "/Shared/Private/bob"}


def test_a_move_takes_the_subtree_the_grants_and_the_placements_along(administrator: Actor, bob: User) -> None:
    collection, below, _ = make(administrator, "/Shared/a", "/Shared/a/b", "/Shared/ab")
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared/a")
    moved = services.update_collection(actor=administrator, collection=collection, path="/System/z")
    assert moved.path == "/System/z"
    assert tree() == {"/System/z", "/System/z/b", "/Shared/ab", "/Shared/Private/bob"}
    store.refresh()
    assert store.current.may(actor_of(bob), "Service View", below.id)
    assert store.current.ancestors(below.id)[1:] == (
        collection.id,
        Collection.objects.get(path="/System").id,
        Collection.objects.get(path="/").id,
    )
    entry = Entry.objects.get(operation="Collection Update")
    assert entry.detail == {"path": {"from": "/Shared/a", "to": "/System/z"}}


def test_a_name_that_differs_from_a_siblings_in_capitals_only_is_refused(administrator: Actor) -> None:
    other, *_ = make(administrator, "/Shared/other", "/Shared/payments", "/System/Payments")
    for attempt in (
        lambda: make(administrator, "/Shared/Payments"),
        lambda: services.update_collection(actor=administrator, collection=other, path="/Shared/PAYMENTS"),
    ):
        with pytest.raises(Conflict, match=r"/Shared/payments exists already, and .* differs from it in capitals only"):
            attempt()
    assert tree() == {"/Shared/other", "/Shared/payments", "/System/Payments"}


def test_a_collection_may_change_the_capitals_of_its_own_name(administrator: Actor) -> None:
    collection, _ = make(administrator, "/Shared/a", "/Shared/a/x")
    services.update_collection(actor=administrator, collection=collection, path="/Shared/A")
    assert tree() == {"/Shared/A", "/Shared/A/x"}


def test_a_move_takes_nothing_along_whose_path_differs_in_capitals(administrator: Actor) -> None:
    """Trees that were made before such names were refused."""
    lower, below = make(administrator, "/Shared/a", "/Shared/a/x")
    assert below.path == "/Shared/a/x"
    upper = Collection.objects.create(path="/Shared/A", parent=lower.parent)
    Collection.objects.create(path="/Shared/A/y", parent=upper)
    services.update_collection(actor=administrator, collection=lower, path="/Shared/moved")
    assert tree() == {"/Shared/moved", "/Shared/moved/x", "/Shared/A", "/Shared/A/y"}


@pytest.mark.parametrize("path", ["/Shared/a", "/Shared/a/b", "/Shared/a/b/c"])
def test_a_collection_cannot_be_moved_into_itself(administrator: Actor, path: str) -> None:
    collection, _ = make(administrator, "/Shared/a", "/Shared/a/b")
    with pytest.raises(InvalidInput, match="into itself"):
        services.update_collection(actor=administrator, collection=collection, path=path)
    assert tree() == {"/Shared/a", "/Shared/a/b"}


def test_a_collection_cannot_be_moved_onto_another(administrator: Actor) -> None:
    collection, _ = make(administrator, "/Shared/a", "/Shared/b")
    with pytest.raises(Conflict):
        services.update_collection(actor=administrator, collection=collection, path="/Shared/b")


def test_a_move_that_makes_a_path_too_long_changes_nothing(administrator: Actor) -> None:
    segments = ["x" * 60] * 7
    deep = ["/Shared/" + "/".join(segments[: depth + 1]) for depth in range(7)]
    collection, *_ = make(administrator, *deep, "/System/" + "y" * 60, "/System/" + "y" * 60 + "/" + "z" * 60)
    with pytest.raises(InvalidInput, match="longer than 512"):
        services.update_collection(actor=administrator, collection=collection, path=f"/System/{'y' * 60}/{'z' * 60}/{'x' * 60}")
    assert set(deep) <= tree()


def test_a_former_path_means_the_collection_until_another_takes_it(administrator: Actor) -> None:
    collection, below = make(administrator, "/Shared/a", "/Shared/a/b")
    services.update_collection(actor=administrator, collection=collection, path="/Shared/z")
    store.refresh()
    assert store.current.by_path("/Shared/a/b") == below.id
    (newcomer,) = make(administrator, "/Shared/a")
    store.refresh()
    assert store.current.by_path("/Shared/a") == newcomer.id
    services.update_collection(actor=administrator, collection=collection, path="/System/z")
    services.update_collection(actor=administrator, collection=collection, path="/Shared/z")
    assert not CollectionAlias.objects.filter(path="/Shared/z").exists()


@pytest.mark.parametrize("path", ["/", "/System", "/Shared", "/Shared/Private"])
def test_built_in_collections_stay(administrator: Actor, path: str) -> None:
    collection = Collection.objects.get(path=path)
    with pytest.raises(Conflict, match="built in"):
        services.delete_collection(actor=administrator, collection=collection)
    with pytest.raises(Conflict, match="built in"):
        services.update_collection(actor=administrator, collection=collection, path="/System/moved")


def test_only_an_empty_collection_is_removed(administrator: Actor, bob: User) -> None:
    collection, below = make(administrator, "/Shared/a", "/Shared/a/b")
    grant, _ = services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared/a")
    placement = Placement.objects.create(cluster_id=bob.id, kind="service", object_id="s1", collection=collection)
    with pytest.raises(Conflict, match="1 object and 1 collection and 1 grant"):
        services.delete_collection(actor=administrator, collection=collection)
    services.delete_collection(actor=administrator, collection=below)
    services.delete_grant(actor=administrator, grant=grant)
    placement.delete()
    services.delete_collection(actor=administrator, collection=collection)
    assert tree() == {"/Shared/Private/bob"}
    assert Entry.objects.filter(operation="Collection Delete").count() == 2
    with pytest.raises(NotFound):
        services.delete_collection(actor=administrator, collection=collection)


def test_the_contents_of_a_removed_collection_go_to_another(administrator: Actor, bob: User) -> None:
    collection, _, _, target = make(administrator, "/Shared/a", "/Shared/a/b", "/Shared/a/b/c", "/Shared/t")
    Placement.objects.create(cluster_id=bob.id, kind="service", object_id="s1", collection=collection)
    before = revisions().get("placements", 0)
    services.delete_collection(actor=administrator, collection=collection, move_to="/Shared/t")
    assert tree() == {"/Shared/t", "/Shared/t/b", "/Shared/t/b/c", "/Shared/Private/bob"}
    assert Placement.objects.get(object_id="s1").collection_id == target.id
    assert revisions()["placements"] > before
    assert Entry.objects.get(operation="Collection Delete").detail == {"move_to": "/Shared/t", "objects": 1}


def test_grants_on_a_removed_collection_do_not_follow_its_contents(administrator: Actor, bob: User) -> None:
    collection, target = make(administrator, "/Shared/a", "/Shared/t")
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared/a")
    with pytest.raises(Conflict, match="it has 1 grant"):
        services.delete_collection(actor=administrator, collection=collection, move_to="/Shared/t")
    assert Grant.objects.filter(collection=collection).exists()
    services.delete_collection(actor=administrator, collection=collection, move_to="/Shared/t", with_grants=True)
    store.refresh()
    assert not store.current.may(actor_of(bob), "Service View", target.id)
    assert Entry.objects.filter(operation="Grant Delete").count() == 1


@pytest.mark.parametrize("target", ["/Shared/a", "/Shared/a/b", "/Shared/absent"])
def test_the_contents_do_not_go_into_what_is_removed_or_nowhere(administrator: Actor, target: str) -> None:
    collection, _ = make(administrator, "/Shared/a", "/Shared/a/b")
    with pytest.raises(InvalidInput) as raised:
        services.delete_collection(actor=administrator, collection=collection, move_to=target)
    assert list(raised.value.errors) == ["move_to"]
    assert tree() == {"/Shared/a", "/Shared/a/b"}


def test_a_name_that_is_in_both_collections_stops_the_removal_whole(administrator: Actor, bob: User) -> None:
    collection, *_ = make(administrator, "/Shared/a", "/Shared/a/a", "/Shared/a/b", "/Shared/t", "/Shared/t/b")
    Placement.objects.create(cluster_id=bob.id, kind="service", object_id="s1", collection=collection)
    with pytest.raises(Conflict, match="/Shared/t/b exists already"):
        services.delete_collection(actor=administrator, collection=collection, move_to="/Shared/t")
    assert {"/Shared/a", "/Shared/a/a", "/Shared/a/b"} < tree()
    assert Placement.objects.get(object_id="s1").collection_id == collection.id


def test_moving_ten_thousand_collections_takes_as_many_queries_as_moving_one(administrator: Actor) -> None:
    def queries_of_moving(collection: Collection, path: str) -> int:
        store.refresh()
        with CaptureQueriesContext(connection) as queries:
            services.update_collection(actor=administrator, collection=collection, path=path)
        return sum(not query["sql"].startswith('INSERT INTO "access_collectionalias"') for query in queries)

    small, large = make(administrator, "/Shared/small", "/Shared/large")
    Collection.objects.bulk_create(Collection(path=f"/Shared/large/{number}", parent=large) for number in range(10_000))
    assert queries_of_moving(large, "/System/large") == queries_of_moving(small, "/System/small")
    assert Collection.objects.filter(path__startswith="/System/large/").count() == 10_000
    assert CollectionAlias.objects.get(path="/Shared/large/7").collection.path == "/System/large/7"


def test_of_two_who_change_the_same_version_one_succeeds(administrator: Actor) -> None:
    (collection,) = make(administrator, "/Shared/a")
    seen = Expected((tag_of(collection),))
    moved = services.update_collection(actor=administrator, collection=collection, path="/Shared/b", expected=seen)
    with pytest.raises(PreconditionFailed):
        services.update_collection(actor=administrator, collection=moved, path="/Shared/c", expected=seen)
    assert tree() == {"/Shared/b"}


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_the_same_time_make_no_cycle() -> None:
    administrator = actor_of(make_user("root", is_admin=True))
    for number in range(8):
        left, right = make(administrator, f"/a{number}", f"/b{number}")
        outcomes = at_the_same_time(
            lambda: services.update_collection(actor=administrator, collection=left, path=f"/b{number}/a"),  # noqa: B023
            lambda: services.update_collection(actor=administrator, collection=right, path=f"/a{number}/b"),  # noqa: B023
        )
        assert {type(outcome) for outcome in outcomes} == {Collection, InvalidInput}
        for row in Collection.objects.exclude(path="/").select_related("parent"):
            assert row.parent is not None
            assert row.path.rpartition("/")[0] == row.parent.path.rstrip("/")


@pytest.mark.django_db(transaction=True)
def test_a_collection_is_not_removed_under_what_is_put_into_it() -> None:
    administrator = actor_of(make_user("root", is_admin=True))
    for number in range(8):
        (collection,) = make(administrator, f"/Shared/a{number}")
        at_the_same_time(
            lambda: services.delete_collection(actor=administrator, collection=collection),  # noqa: B023
            lambda: services.begin_placement(
                actor=administrator,
                cluster_id=uuid.uuid4(),
                kind="service",
                collection_id=collection.id,  # noqa: B023
            ),
            lambda: services.create_grant(
                actor=administrator,
                subject="user:root",
                role="View Only",
                collection=collection.path,  # noqa: B023
            ),
        )
        is_used = collection.placements.exists() or collection.grants.exists()
        assert Collection.objects.filter(id=collection.id).exists() is is_used


def test_former_paths_are_told_to_who_sees_every_collection(as_root: APIClient, as_bob: APIClient, bob: User) -> None:
    administrator = actor_of(User.objects.get(username="root"))
    collection = services.create_collection(actor=administrator, path="/Shared/payments")
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared/payments")
    services.update_collection(actor=administrator, collection=collection, path="/Shared/billing")
    url = f"/api/v1/collections/{collection.id}/"
    assert as_root.get(url).json()["former_paths"] == ["/Shared/payments"]
    assert as_bob.get(url).json()["former_paths"] == []
