"""Every test of this directory has the database, a fresh policy, and our authorities."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Iterator

import pytest
from rest_framework.test import APIClient

from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.certificates import services
from apps.certificates.models import Bundle
from tests.support.accounts import actor_of, client_of, make_user

Files = dict[str, bytes]
BundleMaker = Callable[..., tuple[Bundle, Files]]


@pytest.fixture(autouse=True)
def fresh_policy(db: None) -> Iterator[None]:
    store.forget()
    services.ensure_authorities()
    yield
    store.forget()


@pytest.fixture
def root() -> User:
    return make_user("root", is_admin=True)


@pytest.fixture
def bob() -> User:
    return make_user("bob")


@pytest.fixture
def as_root(root: User) -> APIClient:
    return client_of(root)


@pytest.fixture
def as_bob(bob: User) -> APIClient:
    return client_of(bob)


@pytest.fixture
def make_bundle(bob: User) -> BundleMaker:
    """Makes a bundle of bob's and unpacks it."""

    def make(
        name: str = "laptop",
        *,
        csr: str | None = None,
        expires_at: datetime.datetime | None = None,
        host: str = "qd.example:8443",
        is_context_only: bool = False,
    ) -> tuple[Bundle, Files]:
        bundle, archive = services.create_bundle(
            actor=actor_of(bob),
            user=bob,
            name=name,
            csr=csr,
            expires_at=expires_at,
            host=host,
            is_context_only=is_context_only,
        )
        return bundle, unzip(archive)

    return make


def unzip(archive: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
