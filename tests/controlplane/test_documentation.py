from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.conftest import or_skip
from tests.support.browser import chromium


@pytest.mark.django_db
def test_swagger_ui_runs_no_inline_script_and_loads_from_us_alone() -> None:
    page = Client().get("/api/docs")
    assert page.status_code == 200
    html = page.content.decode()
    assert "<script>" not in html
    assert "http://" not in html
    assert "https://" not in html
    policy = page["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    script = Client().get("/api/docs?script=")
    assert script["Content-Type"] == "application/javascript"
    assert b"SwaggerUIBundle" in script.content


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_swagger_ui_shows_the_api_in_a_browser_under_its_policy(live_server: LiveServer) -> None:
    said: list[str] = []
    with or_skip(chromium()) as browser:
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{live_server.url}/api/docs")
        page.get_by_text("/api/v1/auth/login", exact=True).wait_for()
    assert [text for text in said if "Content Security Policy" in text or "Error" in text] == []
