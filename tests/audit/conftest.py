"""Every test of this directory has the database, and a policy that was not loaded from another test's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.audit.models import search
from tests.support.accounts import client_of, make_user


@pytest.fixture(autouse=True)
def audit_dir(settings: Settings, tmp_path: Path) -> Path:
    """What the audit log keeps outside the database: each test's database begins with an empty log."""
    settings.AUDIT_DIR = tmp_path / "audit"
    return tmp_path / "audit"


@pytest.fixture(autouse=True)
def fresh_policy(db: None) -> Iterator[None]:
    store.forget()
    yield
    store.forget()


@pytest.fixture
def empty_index(transactional_db: None) -> Iterator[None]:
    """For tests that commit: what empties the tables between them knows those of models alone."""
    search.empty()
    yield
    search.empty()


@pytest.fixture
def root() -> User:
    return make_user("root", is_admin=True)


@pytest.fixture
def bob() -> User:
    return make_user("bob", full_name="Bob Builder", email="bob@example.com")


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def as_root(root: User) -> APIClient:
    return client_of(root)


@pytest.fixture
def as_bob(bob: User) -> APIClient:
    return client_of(bob)


@pytest.fixture
def as_alice(alice: User) -> APIClient:
    return client_of(alice)
