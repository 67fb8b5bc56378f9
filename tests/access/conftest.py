"""Every test of this directory has the database, with the built-in roles and the default tree, and a fresh policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rest_framework.test import APIClient

from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.core.actor import Actor
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
