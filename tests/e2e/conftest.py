"""A product on a real engine with a small organisation on it, and its console in a real browser."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.console import Console, page_of, sign_in
from tests.support.product import Bundle, Product, Rest

PASSWORD = "a long enough passphrase"

expect.set_options(timeout=15_000)  # a machine that runs other tests beside these is slow, and not wrong

OpenConsole = Callable[[str], Console]
"""A tab in which the person of that name is signed in; it closes after the test."""


@pytest.fixture(scope="module")
def acme(product_on_engine: Product) -> Rest:
    """The administrator. Bob and Dave are in acme's team payments; Alice administers everything, too; Carol is nobody."""
    first = product_on_engine.rest("admin", product_on_engine.admin_password)
    change = {"old_password": product_on_engine.admin_password, "new_password": PASSWORD}
    first.post("/users/admin/password", change, status=204)
    admin = product_on_engine.rest("admin", PASSWORD)
    for username in ("alice", "bob", "carol", "dave"):
        admin.post("/users/", {"username": username, "password": PASSWORD, "is_admin": username == "alice"}, status=201)
    admin.post("/organizations/", {"name": "acme"}, status=201)
    admin.post("/organizations/acme/teams/", {"name": "payments"}, status=201)
    for username in ("bob", "dave"):
        admin.put(f"/organizations/acme/teams/payments/members/{username}", {})
    for path in ("/Shared/payments", "/Shared/other"):
        admin.post("/collections/", {"path": path}, status=201)
    return admin


@pytest.fixture(scope="module")
def admin_bundle(product_on_engine: Product, acme: Rest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return product_on_engine.bundle(acme, "admin-laptop", tmp_path_factory.mktemp("admin"))


@pytest.fixture(scope="module")
def bob_bundle(product_on_engine: Product, acme: Rest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    bob = product_on_engine.rest("bob", PASSWORD)
    return product_on_engine.bundle(bob, "laptop", tmp_path_factory.mktemp("bob"))


@pytest.fixture
def console_of(chromium: Browser, product_on_engine: Product, acme: Rest) -> Iterator[OpenConsole]:
    with contextlib.ExitStack() as tabs:

        def open_console(username: str) -> Console:
            page = tabs.enter_context(page_of(chromium, product_on_engine))
            sign_in(page, product_on_engine, username, PASSWORD)
            return Console(page, product_on_engine.url)

        yield open_console


@pytest.fixture
def console(console_of: OpenConsole) -> Console:
    """The administrator's."""
    return console_of("admin")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A directory for what the browser downloads."""
    return tmp_path
