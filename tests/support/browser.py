"""Headless Chromium through Playwright, the machine's own browser: nothing is downloaded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from tests.support import programs

_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Raises Missing where no Chromium is installed."""
    executable = programs.find("chromium", "chromium-browser", "google-chrome", package="chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
