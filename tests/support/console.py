"""The console in a real browser, as a person uses it: by labels, names and roles, never by what the page is made of."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support import programs
from tests.support.product import SOURCE_DIR, Product

AXE = SOURCE_DIR / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTH, HEIGHT = 1280, 900


@dataclass(frozen=True)
class Console:
    """One tab of a browser, signed in to one product."""

    page: Page
    url: str

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def open(self, path: str) -> None:
        """Args: path: below /ui, "/roles"."""
        self.page.goto(f"{self.url}/ui{path}")
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()

    def press(self, name: str) -> None:
        """A button of the page, or of the dialog where one is open."""
        place = self.dialog if self.dialog.count() else self.page
        place.get_by_role("button", name=name, exact=True).first.click()

    def fill(self, **fields: str) -> None:
        """Fields of the open dialog by their labels, with _ for a space."""
        for label, value in fields.items():
            self.dialog.get_by_label(label.replace("_", " ")).first.fill(value)

    def choose(self, label: str, value: str) -> None:
        """Types into a field that offers values, and takes the one."""
        place = self.dialog if self.dialog.count() else self.page
        place.get_by_role("combobox", name=label, exact=True).fill(value)
        self.page.get_by_role("option", name=value).first.click()

    def submit(self, button: str) -> None:
        """Presses the last button of the dialog, and waits until the dialog has gone because it was done."""
        self.dialog.get_by_role("button", name=button, exact=True).click()
        expect(self.dialog).to_have_count(0)

    def menu(self, of: str, item: str) -> None:
        """An entry of the menu of one row."""
        self.page.get_by_role("button", name=f"Actions for {of}", exact=True).click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def is_said(self, text: str | re.Pattern[str]) -> None:
        """Waits until the page says so, wherever."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def accessibility_problems(self) -> list[str]:
        """What axe finds wrong by WCAG 2.2 AA on the page as it stands, one line for each rule."""
        self.page.evaluate(_axe())
        found: dict[str, Any] = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", WCAG_22_AA
        )
        return [f"{each['id']}: {[node['html'][:200] for node in each['nodes']]}" for each in found["violations"]]

    def scrolls_sideways(self) -> bool:
        """Whether the window, or the page's content in it, is wider than what one sees of it."""
        return bool(self.page.evaluate(_SCROLLS_SIDEWAYS))

    def unreached_by_tab(self) -> list[str]:
        """The fields, buttons and links one sees to which the tab key does not lead.

        Of what has arrow keys of its own (radio buttons of one name) it leads to one.
        """
        count: int = self.page.evaluate(_MARK_REACHABLE)
        self.page.evaluate("document.body.focus()")
        for _ in range(count + 10):
            self.page.keyboard.press("Tab")
            self.page.evaluate("document.activeElement.removeAttribute('data-unreached')")
        left: list[str] = self.page.evaluate(
            "[...document.querySelectorAll('[data-unreached]')].map(each => each.outerHTML.slice(0, 200))"
        )
        return left


_SCROLLS_SIDEWAYS = """() => {
    const main = document.querySelector("main");
    return document.documentElement.scrollWidth > innerWidth || main.scrollWidth > main.clientWidth + 1;
}"""

_MARK_REACHABLE = """() => {
    const fields = [...document.querySelectorAll("a[href], button, input, select, textarea")];
    const seen = fields.filter(each => each.checkVisibility() && !each.disabled && !each.closest("[aria-hidden=true]"));
    const wanted = seen.filter(each => each.tabIndex >= 0 && !(each.type === "radio" && !each.checked));
    wanted.forEach(each => each.setAttribute("data-unreached", ""));
    return wanted.length;
}"""


def sign_in(page: Page, product: Product, name: str, password: str) -> None:
    """By the form, as a person does."""
    page.goto(product.url + "/ui/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=False).first.fill(password)
    page.get_by_role("button", name=re.compile("sign in|log in", re.IGNORECASE)).click()
    expect(page.get_by_role("main", name="Content")).to_be_visible()


@contextlib.contextmanager
def page_of(browser: Browser, product: Product) -> Iterator[Page]:
    """A tab with cookies of its own. Raises AssertionError at its end where the console left its origin or its policy."""
    context = browser.new_context(ignore_https_errors=True, viewport={"width": WIDTH, "height": HEIGHT})
    page = context.new_page()
    foreign: list[str] = []
    violations: list[str] = []
    page.on("request", lambda sent: None if _is_own(sent.url, product) else foreign.append(sent.url))
    page.on("console", lambda said: violations.append(said.text) if "Content Security Policy" in said.text else None)
    try:
        yield page
    finally:
        context.close()
    assert foreign == [], "the console asks no other host for anything"
    assert violations == [], "the console keeps its own content security policy"


def _is_own(url: str, product: Product) -> bool:
    return url.startswith(("blob:", "data:")) or product.url.partition("//")[2] in url


def _axe() -> str:
    """Raises Missing where the console's dependencies are not installed."""
    if not AXE.is_file():
        raise programs.Missing("axe-core is missing: run `npm ci` in frontend/")
    return Path(AXE).read_text()
