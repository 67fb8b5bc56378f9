"""The console's audit page in a real browser: live, filtered by the address, by keyboard, and found accessible by axe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import or_skip
from tests.support.product import SOURCE_DIR, Product, Rest, product

pytestmark = [pytest.mark.browser, pytest.mark.product]

PASSWORD = "correct horse battery"
AXE = SOURCE_DIR / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def installation() -> Iterator[Product]:
    with or_skip(product()) as running:
        yield running


@pytest.fixture(scope="module")
def admin(installation: Product) -> Rest:
    """With a password of their own: the first administrator is asked for one."""
    first = installation.rest("admin", installation.admin_password)
    first.post("/users/", {"username": "root", "password": PASSWORD, "is_admin": True})
    rest = installation.rest("root", PASSWORD)
    for number in range(60):
        rest.post("/collections/", {"path": f"/Shared/team-{number}"})
    return rest


def open_page(browser: Browser, installation: Product, admin: Rest, *, scheme: Any = "light", width: int = 1280) -> Page:
    """Signed in by the cookie that signing in sets."""
    context = browser.new_context(
        ignore_https_errors=True, color_scheme=scheme, viewport={"width": width, "height": 900}, accept_downloads=True
    )
    cookie = {"name": "quarterdeck_session", "value": admin.token, "url": installation.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{installation.url}/ui/audit")
    expect(page.get_by_role("table", name="audit entries").get_by_text("Collection Create").first).to_be_visible()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800])
def test_it_is_accessible_by_keyboard_and_axe(
    chromium: Browser, installation: Product, admin: Rest, scheme: str, width: int
) -> None:
    page = open_page(chromium, installation, admin, scheme=scheme, width=width)
    page.evaluate(AXE.read_text())

    def violations() -> list[str]:
        found = page.evaluate("(rules) => axe.run(rules)", RULES)["violations"]
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]

    assert violations() == []
    details = page.get_by_role("button", name="Details of Collection Create by root").first
    details.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Collection Create")
    expect(panel).to_be_visible()
    page.wait_for_timeout(500)  # it slides in
    assert violations() == []
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(details).to_be_focused()
    page.context.close()


def test_what_happens_arrives_by_itself(chromium: Browser, installation: Product, admin: Rest) -> None:
    page = open_page(chromium, installation, admin)
    expect(page.get_by_text("Verified up to").first).to_be_visible(timeout=10_000)
    admin.post("/collections/", {"path": "/Shared/arrives-by-itself"})
    expect(page.get_by_text("/Shared/arrives-by-itself").first).to_be_visible(timeout=5_000)
    page.context.close()


def test_filters_and_pages_are_in_the_address(chromium: Browser, installation: Product, admin: Rest) -> None:
    page = open_page(chromium, installation, admin)
    table = page.get_by_role("table", name="audit entries")
    page.get_by_role("button", name="Older").click()
    expect(page).to_have_url(re.compile("cursor="))
    page.go_back()
    expect(page.get_by_role("button", name="Newer")).to_be_disabled()
    page.get_by_label("On", exact=True).fill("team-7")
    expect(page).to_have_url(re.compile(r"/ui/audit\?target=team-7$"))
    expect(table.get_by_text("/Shared/team-7", exact=True).first).to_be_visible()
    expect(table.get_by_text("/Shared/team-8", exact=True)).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == 2
    assert "/Shared/team-7" in lines[1]
    page.get_by_label("On", exact=True).fill("nothing of that name")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.context.close()
