"""What users of UCP complained about in its access control, each answered by something that one does in the console.

docs/answers.md says the same in words. One product on one real engine serves the module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenConsole
from tests.support.console import Console
from tests.support.engine import IMAGE, Engine
from tests.support.product import Bundle, Rest

pytestmark = [pytest.mark.product, pytest.mark.engine, pytest.mark.browser]

LABEL = "com.docker.ucp.access.label"
EVERYBODY_SCHEDULES = {"subject": "organization:everyone", "role": "Scheduler", "resource": "collection:/Shared"}


def rows_of(console: Console, table: str) -> Any:
    return console.page.get_by_role("table", name=table).get_by_role("row")


def collection_id(rest: Rest, path: str) -> str:
    return str(rest.get(f"/collections/?{urlencode({'path': path})}")["results"][0]["id"])


def may_bob(rest: Rest, operation: str, path: str) -> bool:
    query = urlencode({"subject": "user:bob", "operation": operation, "target": f"collection:{path}"})
    return bool(rest.get(f"/access/explain?{query}")["allowed"])


@pytest.fixture(scope="module")
def payments(acme: Rest) -> Rest:
    """Bob, by his team, has Restricted Control on /Shared/payments."""
    grant = {"subject": "team:acme/payments", "role": "Restricted Control", "resource": "collection:/Shared/payments"}
    acme.post("/grants/", grant, status=201)
    return acme


def test_complaint_1_a_role_is_corrected_where_it_is_and_its_grants_stay(console: Console, payments: Rest) -> None:
    """A role could not be edited: each correction was to remove all its grants and the role, and to make all of it anew."""
    payments.post("/roles/", {"name": "On call", "operations": {"Container View": []}}, status=201)
    grant = {"subject": "user:carol", "role": "On call", "resource": "collection:/Shared/payments"}
    made = payments.post("/grants/", grant, status=201)
    console.open("/roles/On%20call?edit")
    console.page.get_by_role("checkbox", name="Container Logs", exact=True).check()
    console.press("Preview and save")
    console.is_said("1 person is reached, by 1 grant.")
    console.submit("Save role")
    assert payments.get("/roles/On%20call/")["operations"] == {"Container View": [], "Container Logs": []}
    assert payments.get(f"/grants/{made['id']}/")["role"] == "On call"
    console.open("/roles/On%20call/history")
    expect(rows_of(console, "versions").nth(1)).to_contain_text("Container Logs")
    expect(console.page.get_by_role("button", name="Restore version 1")).to_be_visible()


@pytest.fixture
def objects(admin_bundle: Bundle, docker_engine: Engine, payments: Rest) -> Iterator[dict[str, str]]:
    """A container, a network and a volume in /Shared/payments, by kind."""
    label = ("--label", f"{LABEL}=/Shared/payments")
    admin_bundle.docker("network", "create", *label, "backend")
    admin_bundle.docker("volume", "create", *label, "ledger")
    admin_bundle.docker("run", "-d", *label, "--name", "till", "-v", "ledger:/data", IMAGE, "sleep", "9999")
    yield {"container": "till", "network": "backend", "volume": "ledger"}
    docker_engine.docker("rm", "-f", "till")
    docker_engine.docker("volume", "rm", "ledger")
    docker_engine.docker("network", "rm", "backend")


def test_complaint_2_containers_networks_volumes_and_collections_go_to_another_collection(
    console: Console, payments: Rest, objects: dict[str, str], docker_engine: Engine
) -> None:
    """None of them could be moved, and a collection could not even be renamed."""
    started = docker_engine.docker("inspect", "-f", "{{.State.StartedAt}}", "till").stdout
    for name in objects.values():
        console.open(f"/collections/{collection_id(payments, '/Shared/payments')}")
        console.menu(name, "Move…")
        console.choose("Into", "/Shared/other")
        console.submit("Move")
    console.open(f"/collections/{collection_id(payments, '/Shared/other')}")
    for kind, name in objects.items():
        expect(rows_of(console, "objects").filter(has_text=name)).to_contain_text(kind)
    assert docker_engine.docker("inspect", "-f", "{{.State.StartedAt}}", "till").stdout == started, "it went on running"
    console.press("Rename")
    console.fill(Name="elsewhere")
    console.submit("Rename")
    console.press("Move…")
    console.choose("Into", "/Shared/payments")
    console.submit("Move")
    expect(console.page.get_by_role("heading", name="/Shared/payments/elsewhere")).to_be_visible()
    expect(rows_of(console, "objects").filter(has_text="ledger")).to_be_visible()
    payments.patch(f"/collections/{collection_id(payments, '/Shared/payments/elsewhere')}/", {"path": "/Shared/other"})


def test_complaint_3_a_volume_stays_in_its_collection_whatever_its_driver_makes_of_labels(
    console: Console, payments: Rest, objects: dict[str, str], bob_bundle: Bundle, docker_engine: Engine
) -> None:
    """Rights hung on labels that volume drivers lose, and a volume was then in two collections, or in none."""
    listed = ("volume", "ls", "--format", "{{.Name}}")
    assert bob_bundle.docker(*listed).stdout == "ledger\n"
    console.open(f"/collections/{collection_id(payments, '/Shared/payments')}")
    console.menu("ledger", "Move…")
    console.choose("Into", "/Shared/other")
    console.submit("Move")
    expect(rows_of(console, "objects").filter(has_text="ledger")).to_have_count(0)
    label = json.loads(docker_engine.docker("volume", "inspect", "ledger").stdout)[0]["Labels"][LABEL]
    assert label == "/Shared/payments", "the engine cannot change it"
    assert bob_bundle.docker(*listed).stdout == "", "and nobody asks it"


def test_complaint_4_a_refusal_names_what_is_missing_and_the_console_gives_it(
    console: Console, payments: Rest, bob_bundle: Bundle, admin_bundle: Bundle, docker_engine: Engine
) -> None:
    """Refusals said "access denied", and not of what, nor where; a collection that is absent failed in the same words."""
    create = ("service", "create", "-d", "--name", "intruder", "--label", f"{LABEL}=/Shared/other", IMAGE, "sleep", "9999")
    sentence = "bob may not do this: Service Create is missing on /Shared/other"
    assert sentence in bob_bundle.docker(*create, check=False).stderr
    assert "intruder" not in docker_engine.docker("service", "ls").stdout
    absent = [part.replace("/Shared/other", "/Shared/no-such") for part in create]
    assert "there is no collection /Shared/no-such" in admin_bundle.docker(*absent, check=False).stderr
    console.open("/explorer")
    console.choose("User", "bob")
    console.choose("Operation", "Service Create")
    console.choose("Collection", "/Shared/other")
    console.is_said(f"No: {sentence}")
    expect(console.page.get_by_role("link", name="Restricted Control").first).to_be_visible()
    console.press("Grant one of them")
    console.press("Next")
    console.choose("Role", "Restricted Control")
    for _ in range(3):
        console.press("Next")
    console.submit("Create grant")
    console.is_said("Yes, bob may.")
    bob_bundle.docker(*create)
    docker_engine.docker("service", "rm", "intruder")


def test_complaint_5_collections_are_as_deep_as_wanted_and_found_on_one_screen(console: Console, payments: Rest) -> None:
    """Two levels below the cluster were all, and the rights of different kinds of object stood on different pages."""
    path = "/Shared/payments"
    console.open("/collections")
    for name in ("europe", "germany", "berlin", "mitte", "store", "tills", "test"):
        console.menu(path, "Create collection in it")
        console.fill(Name=name)
        console.submit("Create collection")
        console.press(f"Open {path}")
        path += f"/{name}"
    assert may_bob(payments, "Service Create", path), "a grant covers everything below"
    console.page.get_by_label("Find by path").fill("berlin")
    console.page.get_by_role("link", name=path, exact=True).click()
    expect(rows_of(console, "grants").filter(has_text="acme/payments")).to_contain_text("/Shared/payments")


def test_complaint_6_nothing_is_open_that_one_does_not_see_in_the_list_and_can_close(console: Console, payments: Rest) -> None:
    """A broad grant that came with an upgrade let everybody run work on the managers, and nobody was told."""
    console.open("/explorer/who-can")
    console.choose("Operation", "Node Schedule")
    console.choose("Collection", "/System")
    console.is_said("2 accounts may do it there")
    expect(rows_of(console, "who can").filter(has_text="is an administrator")).to_have_count(2)
    console.open("/grants")
    console.choose("Who", "organization:everyone")
    expect(rows_of(console, "grants")).to_have_count(2)
    expect(rows_of(console, "grants").nth(1)).to_contain_text("Scheduler")
    expect(rows_of(console, "grants").nth(1)).to_contain_text("/Shared")
    assert may_bob(payments, "Node Schedule", "/Shared/other")
    console.menu("the grant to organization:everyone", "Delete")
    console.submit("Delete grant")
    console.is_said("Nothing matches")
    assert not may_bob(payments, "Node Schedule", "/Shared/other")
    payments.post("/grants/", EVERYBODY_SCHEDULES, status=201)


def test_complaint_7_the_console_says_who_can_do_what_and_what_a_change_would_do(
    console_of: OpenConsole, payments: Rest
) -> None:
    """There was no report of who may do what, and no way to try a change before it was made."""
    console = console_of("admin")
    console.open("/explorer/who-can")
    console.choose("Operation", "Volume Remove")
    console.choose("Collection", "/Shared/payments")
    console.is_said("4 accounts may do it there")
    expect(rows_of(console, "who can").filter(has_text="dave")).to_contain_text("Restricted Control")
    console.open("/explorer/what-can?subject=user:dave")
    console.page.get_by_role("button", name="/Shared/payments (").click()
    expect(console.page.get_by_role("list", name="Operations on /Shared/payments")).to_contain_text("Volume Remove")
    console.open("/grants")
    console.press("Create grant")
    console.choose("Organisation", "acme")
    console.choose("Team", "payments")
    console.press("Next")
    console.choose("Role", "Full Control")
    console.press("Next")
    console.choose("Collection", "/Shared/payments")
    console.press("Next")
    console.press("Next")
    expect(console.dialog.get_by_role("region", name="Who gains")).to_contain_text(
        re.compile("2 people gain .* on /Shared/payments")
    )
    assert not may_bob(payments, "Container Exec", "/Shared/payments"), "a preview grants nothing"
    console.press("Cancel")
    console.open("/organizations/acme/teams/payments")
    console.menu("dave", "Remove")
    expect(console.dialog.get_by_role("region", name="Who loses")).to_contain_text("dave loses")
    console.press("Cancel")
    bob = console_of("bob")
    bob.open("/explorer/what-can")
    expect(bob.page.get_by_role("button", name="/Shared/payments (")).to_be_visible()
    expect(bob.page.get_by_text("dave")).to_have_count(0)
