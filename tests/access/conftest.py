"""Every test of this directory has the database, with the built-in roles and the default tree, and a fresh policy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.errors import QuarterdeckError
from tests.support.accounts import actor_of, client_of, make_user


@pytest.fixture(autouse=True)
def fresh_policy(db: None) -> Iterator[None]:
    store.forget()
    yield
    store.forget()


@pytest.fixture
def root() -> User:
    return make_user("root", is_admin=True)


@pytest.fixture
def bob() -> User:
    return make_user("bob")


@pytest.fixture
def administrator(root: User) -> Actor:
    return actor_of(root)


@pytest.fixture
def as_root(root: User) -> APIClient:
    return client_of(root)


@pytest.fixture
def as_bob(bob: User) -> APIClient:
    return client_of(bob)


def at_the_same_time(*works: Callable[[], object]) -> list[object]:
    """Runs each in a thread with a database connection of its own. What each returned, or the error it was refused with.

    Anything but an error for callers fails the test.
    """
    outcomes: list[object] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(place: int) -> None:
        try:
            start.wait(10)
            outcomes[place] = works[place]()
        except Exception as error:  # noqa: BLE001 - looked at below
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    unexpected = [each for each in outcomes if isinstance(each, Exception) and not isinstance(each, QuarterdeckError)]
    assert unexpected == []
    return outcomes
