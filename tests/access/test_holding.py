from __future__ import annotations

import pytest

from apps.access import services
from apps.access.models import Collection
from apps.access.selectors import as_told, decide_on_held
from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.core.actor import Actor
from tests.support.accounts import actor_of


@pytest.fixture(autouse=True)
def world(administrator: Actor, bob: User) -> None:
    """Bob has View Only on /Shared/payments and does not see /Hidden."""
    for path in ("/Shared/payments", "/Hidden"):
        services.create_collection(actor=administrator, path=path)
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared/payments")
    store.refresh()


def told(user: User, path: str, operation: str = "Node Update") -> str:
    collection_id = Collection.objects.get(path=path).id
    return as_told(actor_of(user), store.current.decide(actor_of(user), operation, collection_id), collection_id).sentence


def held(user: User, path: str, known_path: str) -> str:
    collection_id = Collection.objects.get(path=path).id
    return decide_on_held(actor_of(user), "Container Exec", collection_id, known_path=known_path).sentence


def test_a_refusal_names_the_collection_to_who_sees_it(bob: User) -> None:
    assert told(bob, "/Shared/payments") == "bob may not do this: Node Update is missing on /Shared/payments"


def test_a_refusal_names_no_hidden_collection(bob: User) -> None:
    assert told(bob, "/Hidden") == "bob may not do this: Node Update is missing on the collection where it is now"


def test_a_yes_is_told_with_its_reason(root: User) -> None:
    assert told(root, "/Hidden") == "root is an administrator"


def test_where_something_was_taken_hold_of_may_be_named_when_it_is_hidden_by_now(bob: User) -> None:
    assert held(bob, "/Hidden", "/Hidden") == "bob may not do this: Container Exec is missing on /Hidden"
    hidden_by_now = "bob may not do this: Container Exec is missing on the collection where it is now"
    assert held(bob, "/Hidden", "/Shared/payments") == hidden_by_now
