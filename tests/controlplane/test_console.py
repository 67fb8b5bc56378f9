from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.support.accounts import HTTPS

pytestmark = pytest.mark.django_db


@pytest.fixture
def console(settings: Settings, tmp_path: Path) -> Callable[[], Client]:
    """A client of a `web` that started with a console built in `tmp_path`."""
    settings.CONSOLE_DIR = tmp_path
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>Quarterdeck</title>")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "assets" / "index-abc123.js").write_text("let x;" * 100)
    return lambda: Client(enforce_csrf_checks=True, headers={"host": HTTPS["HTTP_HOST"], "x-forwarded-proto": "https"})


@pytest.mark.parametrize("path", ["/ui/", "/ui/services", "/ui/organizations/acme/teams/payments", "/ui/index.html"])
def test_every_path_of_the_console_is_its_page_and_never_cached(console: Callable[[], Client], path: str) -> None:
    answer = console().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"".join(answer.streaming_content) == b"<title>Quarterdeck</title>"  # type: ignore[attr-defined]
    assert answer["Cache-Control"] == "no-cache"
    assert "script-src 'self';" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_assets_are_cached_for_ever(console: Callable[[], Client]) -> None:
    answer = console().get("/ui/assets/index-abc123.js")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_assets_go_compressed_to_who_takes_that(console: Callable[[], Client], tmp_path: Path) -> None:
    (tmp_path / "assets" / "index-abc123.js.gz").write_bytes(gzip.compress(b"let x;" * 100))
    answer = console().get("/ui/assets/index-abc123.js", headers={"accept-encoding": "gzip"})
    assert (answer["Content-Encoding"], answer["Vary"]) == ("gzip", "Accept-Encoding")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "Content-Encoding" not in console().get("/ui/assets/index-abc123.js")


def test_other_files_are_cached_for_a_while(console: Callable[[], Client]) -> None:
    answer = console().get("/ui/favicon.svg")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "max-age=60, public")


@pytest.mark.parametrize(
    "path",
    [
        "/ui/assets/old-000.js",
        "/ui/assets/",
        "/ui/static/x.css",
        "/ui/assets/../../settings.py",
        "/ui/assets/..%2f..%2fmanage.py",
    ],
)
def test_a_file_that_is_not_there_is_no_page(console: Callable[[], Client], path: str) -> None:
    answer = console().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_the_root_sends_a_browser_to_the_console(console: Callable[[], Client]) -> None:
    for path in ("/", "/ui"):
        answer = console().get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/ui/")


def test_the_console_is_only_read(console: Callable[[], Client]) -> None:
    answer = console().post("/ui/services", {})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_a_console_that_is_not_built_says_so(settings: Settings, tmp_path: Path) -> None:
    settings.CONSOLE_DIR = tmp_path / "missing"
    answer = Client().get("/ui/")
    assert answer.status_code == 503
    assert b"The console is not built" in answer.content
