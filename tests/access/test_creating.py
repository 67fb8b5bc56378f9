from __future__ import annotations

import pytest

from apps.access import services
from apps.access.models import Collection
from apps.access.selectors import collection_for_create
from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, Refused
from tests.support.accounts import actor_of


@pytest.fixture(autouse=True)
def world(administrator: Actor, bob: User) -> None:
    """Bob has Restricted Control on /Shared/payments, sees /Shared/other through the default grant, and not /Hidden."""
    for path in ("/Shared/payments", "/Shared/other", "/Hidden"):
        services.create_collection(actor=administrator, path=path)
    services.create_grant(actor=administrator, subject="user:bob", role="Restricted Control", collection="/Shared/payments")
    store.refresh()


def chosen(user: User, label: str | None, *options: str) -> str:
    collection_id = collection_for_create(store.current, actor_of(user), label, "Service Create", options)
    return Collection.objects.get(id=collection_id).path


def refusal(user: User, label: str | None, *options: str) -> str:
    with pytest.raises(Refused) as raised:
        chosen(user, label, *options)
    return raised.value.detail


def test_the_label_picks_the_collection_and_without_it_the_default_one(bob: User) -> None:
    assert chosen(bob, "/Shared/payments") == "/Shared/payments"
    assert chosen(bob, None) == chosen(bob, "") == "/Shared/Private/bob"


def test_absent_invisible_and_closed_collections_are_refused_in_the_same_words(bob: User) -> None:
    for path in ("/Shared/other", "/Hidden", "/Hidden/absent", "/Shared/absent"):
        assert refusal(bob, path) == f"bob may not do this: Service Create is missing on {path}"
        assert refusal(bob, path, "Devices") == f"bob may not do this: Service Create with Devices is missing on {path}"


def test_a_danger_needs_its_option(bob: User) -> None:
    sentence = "bob may not do this: Service Create with Host Bind Mounts is missing on /Shared/payments"
    assert refusal(bob, "/Shared/payments", "Host Bind Mounts") == sentence


def test_a_former_path_does_not_tell_the_new_one(administrator: Actor, bob: User) -> None:
    hidden = Collection.objects.get(path="/Hidden")
    services.update_collection(actor=administrator, collection=hidden, path="/Secret")
    store.refresh()
    assert refusal(bob, "/Hidden") == "bob may not do this: Service Create is missing on /Hidden"


@pytest.mark.parametrize(
    "label", ["/\x1b[2J\x00", "/" + "x" * 5000, "/Shared/payments/", "Shared/payments", "/Shared//payments", "/Shared/.."]
)
def test_a_label_that_is_no_path_is_refused_with_the_reason(bob: User, root: User, label: str) -> None:
    for user in (bob, root):
        with pytest.raises(InvalidInput) as raised:
            chosen(user, label)
        (reason,) = raised.value.errors["com.docker.ucp.access.label"]
        assert reason.isprintable()
        assert len(reason) < 300


def test_an_administrator_is_told_that_the_collection_is_absent(root: User) -> None:
    assert chosen(root, "/Hidden") == "/Hidden"
    with pytest.raises(InvalidInput, match="there is no collection /Shared/typo"):
        chosen(root, "/Shared/typo")


def test_without_any_collection_left_to_default_to_the_sentence_names_one(administrator: Actor, bob: User) -> None:
    grant = bob.grants.get(collection__path="/Shared/Private/bob")
    services.delete_grant(actor=administrator, grant=grant)
    services.delete_collection(actor=administrator, collection=Collection.objects.get(path="/Shared/Private/bob"))
    store.refresh()
    assert refusal(bob, None) == "bob may not do this: Service Create is missing on /Shared"
