"""Roles, collections, grants and accounts by hand, in a real browser, against the whole product on a real engine.

One product serves the module. What a test sees in the browser it also asks the REST API or the docker CLI about, because
a console that only says so is worth nothing.
"""

from __future__ import annotations

import datetime
import re
import time
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, OpenConsole
from tests.support.console import Console
from tests.support.engine import IMAGE, Engine
from tests.support.product import Bundle, Product, Rest

pytestmark = [pytest.mark.product, pytest.mark.engine, pytest.mark.browser]

LABEL = "com.docker.ucp.access.label"
VIEWING: dict[str, list[str]] = {"Service View": [], "Service Logs": []}


def found(rest: Rest, path: str, /, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = rest.get(f"{path}?{urlencode({'limit': 1000, **query})}")["results"]
    return rows


def collection_id(rest: Rest, path: str) -> str:
    return str(found(rest, "/collections/", path=path)[0]["id"])


def make_role(acme: Rest, name: str, **grant: str) -> None:
    """A role of VIEWING, granted where a `subject` and a `resource` are given."""
    acme.post("/roles/", {"name": name, "operations": VIEWING}, status=201)
    if grant:
        acme.post("/grants/", {"role": name, **grant}, status=201)


# Roles


def test_a_role_is_made_from_another_one_operation_by_operation(console: Console, acme: Rest) -> None:
    console.open("/roles")
    console.press("Create role")
    console.fill(Name="Operator", Description="Looks after what runs")
    console.choose("Start from", "View Only")
    console.submit("Create role")
    console.page.get_by_label("Find an operation or option").fill("service create")
    console.page.get_by_role("checkbox", name="Service Create", exact=True).check()
    console.page.get_by_role("checkbox", name="Credential Spec", exact=True).check()
    console.press("Preview and save")
    console.is_said("No grant gives this role: nobody is touched.")
    expect(console.dialog.get_by_role("region", name="Gained")).to_contain_text("Service Create with Credential Spec")
    console.submit("Save role")
    expect(console.page.get_by_role("button", name="Edit")).to_be_visible()
    view_only = acme.get("/roles/View%20Only/")["operations"]
    assert acme.get("/roles/Operator/")["operations"] == {**view_only, "Service Create": ["Credential Spec"]}


def test_an_edit_shows_whom_it_touches_before_it_is_saved(console: Console, acme: Rest) -> None:
    make_role(acme, "Reader", subject="team:acme/payments", resource="collection:/Shared/payments")
    console.open("/roles/Reader?edit")
    console.page.get_by_role("checkbox", name="Service Logs", exact=True).uncheck()
    console.press("Preview and save")
    console.is_said("2 people are reached, by 1 grant.")
    expect(console.dialog.get_by_role("region", name="Lost")).to_contain_text("Service Logs")
    console.press("People (2)")
    expect(console.dialog.get_by_text("dave", exact=True)).to_be_visible()
    assert acme.get("/roles/Reader/")["operations"] == VIEWING, "a preview saves nothing"
    console.submit("Save role")
    assert acme.get("/roles/Reader/")["operations"] == {"Service View": []}


def test_two_administrators_who_edit_a_role_see_both_versions(console_of: OpenConsole, acme: Rest) -> None:
    make_role(acme, "Contested")
    mine, hers = console_of("admin"), console_of("alice")
    for each, operation in ((mine, "Service Update"), (hers, "Service Delete")):
        each.open("/roles/Contested?edit")
        each.page.get_by_role("checkbox", name=operation, exact=True).check()
    hers.press("Preview and save")
    hers.submit("Save role")
    mine.press("Preview and save")
    mine.press("Save role")
    mine.is_said(re.compile("alice saved a version"))
    expect(mine.dialog.get_by_role("region", name="Theirs, as it is now")).to_contain_text("Service Delete")
    expect(mine.dialog.get_by_role("region", name="Yours")).to_contain_text("Service Update")
    assert set(acme.get("/roles/Contested/")["operations"]) == {*VIEWING, "Service Delete"}, "hers was not overwritten"
    mine.dialog.get_by_role("radio", name=re.compile("^Mine")).check()
    mine.submit("Save my version")
    assert set(acme.get("/roles/Contested/")["operations"]) == {*VIEWING, "Service Update"}
    assert [version["changed_by"] for version in found(acme, "/roles/Contested/history/")] == ["admin", "alice", "admin"]


def test_an_earlier_version_of_a_role_is_restored_from_its_history(console: Console, acme: Rest) -> None:
    make_role(acme, "Kept", subject="user:bob", resource="collection:/Shared/payments")
    acme.patch("/roles/Kept/", {"operations": {"Service View": []}})
    console.open("/roles/Kept/history")
    rows = console.page.get_by_role("table", name="versions").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Service Logs")
    console.press("Restore version 1")
    expect(console.dialog.get_by_role("region", name="Gained")).to_contain_text("Service Logs")
    console.submit("Restore")
    assert acme.get("/roles/Kept/")["operations"] == VIEWING
    expect(rows).to_have_count(4)


def test_a_role_that_grants_give_is_deleted_only_together_with_them(console: Console, acme: Rest) -> None:
    make_role(acme, "Gone", subject="user:bob", resource="collection:/Shared/other")
    console.open("/roles")
    console.menu("Gone", "Delete")
    expect(console.dialog.get_by_role("button", name="Delete role and 1 grant")).to_be_disabled()
    console.dialog.get_by_role("checkbox").check()
    console.submit("Delete role and 1 grant")
    expect(console.page.get_by_role("link", name="Gone", exact=True)).to_have_count(0)
    assert found(acme, "/grants/", role="Gone") == []


# Collections


def test_a_collection_is_made_in_another_and_renamed(console: Console, acme: Rest) -> None:
    console.open("/collections")
    console.menu("/Shared/payments", "Create collection in it")
    console.fill(Name="cards")
    console.submit("Create collection")
    console.press("Open /Shared/payments")
    console.menu("/Shared/payments/cards", "Rename")
    console.fill(Name="debit cards")
    console.submit("Rename")
    expect(console.page.get_by_role("link", name="debit cards")).to_be_visible()
    assert found(acme, "/collections/", path="/Shared/payments/debit cards")
    assert not found(acme, "/collections/", path="/Shared/payments/cards")


def test_a_collection_is_moved_with_the_keyboard_alone(console: Console, acme: Rest) -> None:
    acme.post("/collections/", {"path": "/Shared/wanders"}, status=201)
    acme.post("/collections/", {"path": "/Shared/wanders/below"}, status=201)
    console.open("/collections")
    keyboard = console.page.keyboard
    console.page.get_by_role("button", name="Actions for /Shared/wanders").focus()
    keyboard.press("Enter")
    expect(console.page.get_by_role("menuitem", name="Create collection in it")).to_be_focused()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    console.dialog.get_by_role("combobox", name="Into").focus()
    keyboard.type("/Shared/oth")
    expect(console.page.get_by_role("option", name="/Shared/other", exact=True)).to_be_visible()
    keyboard.press("Enter")
    console.is_said("Its path will be /Shared/other/wanders")
    keyboard.press("Enter")
    expect(console.dialog).to_have_count(0)
    assert found(acme, "/collections/", path="/Shared/other/wanders/below"), "what is below it comes along"


def test_a_collection_is_moved_by_dragging_once_one_has_seen_what_follows(console: Console, acme: Rest) -> None:
    acme.post("/collections/", {"path": "/Shared/dragged"}, status=201)
    console.open("/collections")
    row = console.page.get_by_role("row", name="dragged")
    row.drag_to(console.page.get_by_role("row", name="payments"))
    console.is_said("Its path will be /Shared/payments/dragged")
    assert found(acme, "/collections/", path="/Shared/dragged"), "what is dropped is not moved yet"
    console.submit("Move")
    assert found(acme, "/collections/", path="/Shared/payments/dragged")


def test_a_tree_with_many_branches_shows_some_of_them_and_its_search_finds_any(console: Console, acme: Rest) -> None:
    acme.post("/collections/", {"path": "/Shared/wide"}, status=201)
    for number in range(201):
        acme.post("/collections/", {"path": f"/Shared/wide/{number:03}"}, status=201)
    console.open("/collections")
    console.press("Open /Shared/wide")
    console.is_said(re.compile("200 of 201 are shown"))
    last = console.page.get_by_role("link", name="200", exact=True)
    expect(last).to_have_count(0)
    console.press("Show more")
    expect(last).to_be_visible()
    console.page.get_by_label("Find by path").fill("WIDE/123")
    console.page.get_by_role("link", name="/Shared/wide/123").click()
    expect(console.page.get_by_role("heading", name="/Shared/wide/123")).to_be_visible()


def test_a_collection_is_deleted_when_there_is_a_place_for_what_is_in_it(
    console: Console, acme: Rest, admin_bundle: Bundle
) -> None:
    for path in ("/Shared/closing", "/Shared/closing/below"):
        acme.post("/collections/", {"path": path}, status=201)
    admin_bundle.docker("volume", "create", "--label", f"{LABEL}=/Shared/closing", "remains")
    acme.post("/grants/", {"subject": "user:bob", "role": "View Only", "resource": "collection:/Shared/closing"})
    console.open(f"/collections/{collection_id(acme, '/Shared/closing')}")
    expect(console.page.get_by_role("table", name="objects")).to_contain_text("remains")
    console.press("Delete")
    console.is_said(re.compile("1 object and 1 collection in it move"))
    expect(console.dialog.get_by_role("button", name="Delete collection")).to_be_disabled()
    console.choose("Move what is in it to", "/Shared/other")
    console.dialog.get_by_role("checkbox", name=re.compile("Delete the 1 grant")).check()
    console.submit("Delete collection")
    assert not found(acme, "/collections/", path="/Shared/closing")
    assert found(acme, "/collections/", path="/Shared/other/below")
    objects = found(acme, f"/collections/{collection_id(acme, '/Shared/other')}/objects/")
    assert [(each["kind"], each["name"]) for each in objects] == [("volume", "remains")]


def test_workloads_must_carry_the_labels_that_a_collection_asks_for(
    console: Console, acme: Rest, admin_bundle: Bundle, docker_engine: Engine
) -> None:
    acme.post("/collections/", {"path": "/Shared/labelled"}, status=201)
    console.open(f"/collections/{collection_id(acme, '/Shared/labelled')}")
    console.press("Edit")
    console.dialog.get_by_label("Name of the label").fill("cost-centre")
    console.dialog.get_by_label("Value of the label").fill("42")
    console.submit("Save")
    expect(console.page.get_by_text("cost-centre==42")).to_be_visible()
    create = ("service", "create", "-d", "--name", "labelled", "--label", f"{LABEL}=/Shared/labelled")
    refused = admin_bundle.docker(*create, IMAGE, "sleep", "9999", check=False)
    assert "cost-centre" in refused.stderr
    assert "labelled" not in docker_engine.docker("service", "ls").stdout
    admin_bundle.docker(*create, "--label", "cost-centre=42", IMAGE, "sleep", "9999")
    try:
        console.page.reload()
        expect(console.page.get_by_role("table", name="objects")).to_contain_text("labelled")
    finally:
        docker_engine.docker("service", "rm", "labelled")


def test_objects_of_a_collection_are_searched_and_come_in_pages(console: Console, acme: Rest, admin_bundle: Bundle) -> None:
    acme.post("/collections/", {"path": "/Shared/crowded"}, status=201)
    for number in range(51):
        admin_bundle.docker("volume", "create", "--label", f"{LABEL}=/Shared/crowded", f"data-{number:02}")
    console.open(f"/collections/{collection_id(acme, '/Shared/crowded')}")
    objects = console.page.get_by_role("table", name="objects")
    expect(objects).to_contain_text("data-49")
    expect(objects).not_to_contain_text("data-50")
    console.press("Go to next page")
    expect(objects).to_contain_text("data-50")
    console.page.get_by_label("Find by name").fill("data-07")
    expect(objects.get_by_role("row")).to_have_count(2)


def test_a_node_is_moved_only_when_one_has_seen_which_tasks_that_stops(
    console: Console, acme: Rest, bob_bundle: Bundle, docker_engine: Engine
) -> None:
    """Bob may schedule on /Shared and not on /Prod."""
    acme.post("/collections/", {"path": "/Prod"}, status=201)
    acme.post("/collections/", {"path": "/Shared/bobs"}, status=201)
    acme.post("/grants/", {"subject": "user:bob", "role": "Restricted Control", "resource": "collection:/Shared/bobs"})
    bob_bundle.docker("service", "create", "--name", "stays", "--label", f"{LABEL}=/Shared/bobs", IMAGE, "sleep", "9999")
    try:
        (node,) = found(acme, "/swarm/nodes/")
        console.open("/nodes")
        console.menu(node["hostname"], "Move…")
        console.choose("Into", "/Prod")
        console.press("Move")
        console.is_said(re.compile("This stops 1 running task"))
        expect(console.dialog).to_contain_text(f"stays.1 on {node['hostname']}")
        console.press("Cancel")
        assert found(acme, "/swarm/nodes/")[0]["collection"] == "/Shared"
        assert docker_engine.docker("ps", "-q", "--filter", "name=stays.1").stdout.strip(), "nothing was stopped"
        console.menu(node["hostname"], "Move…")
        console.choose("Into", "/Prod")
        console.press("Move")
        console.submit("Move and stop them")
        expect(console.page.get_by_role("table", name="nodes")).to_contain_text("/Prod")
        acme.post(f"/swarm/nodes/{node['id']}/move", {"collection": "/Shared"})
    finally:
        docker_engine.docker("service", "rm", "stays")


# Grants


@pytest.fixture(scope="module")
def machine(acme: Rest) -> str:
    acme.post("/organizations/acme/service-accounts/", {"name": "ci"}, status=201)
    return "ci"


@pytest.mark.parametrize(
    ("kind", "choices", "subject"),
    [
        ("A team", {"Organisation": "acme", "Team": "payments"}, "team:acme/payments"),
        ("An organisation", {"Organisation": "acme"}, "organization:acme"),
        ("One user", {"User": "carol"}, "user:carol"),
        ("A service account", {"Organisation": "acme", "Service account": "ci"}, "service-account:acme/ci"),
    ],
)
def test_a_grant_is_made_to_each_kind_of_subject_with_its_end_and_its_reason(
    console: Console, acme: Rest, machine: str, kind: str, choices: dict[str, str], subject: str
) -> None:
    until = (datetime.datetime.now() + datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    console.open("/grants")
    console.press("Create grant")
    console.dialog.get_by_role("radio", name=kind).check()
    for label, value in choices.items():
        console.choose(label, value)
    console.press("Next")
    console.choose("Role", "Scheduler")
    console.press("Next")
    console.choose("Collection", "/Shared/other")
    console.press("Next")
    console.fill(Until=until, Comment="CHG-4711")
    console.press("Next")
    console.is_said("/Shared/other and everything below it")
    console.submit("Create grant")
    (grant,) = found(acme, "/grants/", subject=subject, role="Scheduler", collection="/Shared/other")
    assert (grant["comment"], grant["created_by"]) == ("CHG-4711", "admin")
    ends = datetime.datetime.fromisoformat(grant["expires_at"])
    assert datetime.timedelta(days=2) < ends - datetime.datetime.now(datetime.UTC) < datetime.timedelta(days=4)


def test_a_grant_is_made_on_repositories_and_the_explorer_tells_of_it(console: Console, acme: Rest) -> None:
    console.open("/grants")
    console.press("Create grant")
    console.dialog.get_by_role("radio", name="User").check()
    console.choose("User", "dave")
    console.press("Next")
    console.choose("Role", "Registry Write")
    console.press("Next")
    console.dialog.get_by_role("radio", name="The registry").check()
    console.fill(Repositories="acme/web")
    console.press("Next")
    console.press("Next")
    console.is_said("repositories acme/web")
    console.is_said("dave gains")
    console.submit("Create grant")
    (grant,) = found(acme, "/grants/", subject="user:dave", registry="acme/web")
    assert grant["resource"] == "registry:acme/web"
    console.open("/explorer?subject=user:dave&operation=Repository Push&target=registry:acme/web")
    expect(console.page.get_by_text("user dave has Registry Write on registry:acme/web")).to_be_visible()
    console.page.get_by_label("Repositories").fill("acme/other")
    expect(console.page.get_by_text("Repository Push is missing on registry:acme/other")).to_be_visible()
    acme.delete(f"/grants/{grant['id']}/")


def test_grants_are_found_by_anyone_and_anything(console: Console, acme: Rest) -> None:
    made = [
        {"subject": "team:acme/payments", "role": "Full Control", "resource": "collection:/Shared/payments"},
        {"subject": "user:dave", "role": "View Only", "resource": "collection:/Shared/payments", "comment": "on call"},
    ]
    for grant in made:
        acme.post("/grants/", grant)
    console.open("/grants")
    rows = console.page.get_by_role("table", name="grants").get_by_role("row")

    def are_shown(*texts: str) -> None:
        expect(rows).to_have_count(len(texts) + 1)
        for text in texts:
            expect(rows.filter(has_text=text).first).to_be_visible()

    console.choose("Who", "user:dave")
    console.choose("Collection", "/Shared/payments")
    console.choose("Role", "Full Control")
    are_shown("acme/payments")
    console.press("Clear Role")
    also = console.page.get_by_role("checkbox", name=re.compile("^Also through groups"))
    also.click()  # the address changes, and then the box
    expect(also).not_to_be_checked()
    are_shown("on call")
    console.press("Clear Who")
    console.choose("Who", "team:acme/payments")
    console.choose("Made by", "admin")
    expect(rows.filter(has_text="Full Control")).to_have_count(1)
    expect(rows.filter(has_text="on call")).to_have_count(0)
    console.open("/grants?ending=a%20week")
    expect(rows.filter(has_text="CHG-4711").first).to_be_visible()
    expect(rows.filter(has_text="on call")).to_have_count(0)
    console.page.get_by_label("Find by any name or comment").fill("on call")
    console.is_said("Nothing matches")
    console.press("Show everything")
    expect(rows.filter(has_text="on call")).to_have_count(1)


def test_the_end_and_the_reason_of_a_grant_are_changed_and_it_is_taken_away(console: Console, acme: Rest) -> None:
    grant = {"subject": "user:carol", "role": "View Only", "resource": "collection:/Shared/other"}
    made = acme.post("/grants/", grant, status=201)
    console.open("/grants?subject=user:carol&collection=/Shared/other&role=View%20Only")
    console.menu("the grant to user:carol", "Change the end or comment")
    console.fill(Comment="until the audit is over")
    console.submit("Save")
    expect(console.page.get_by_role("table", name="grants")).to_contain_text("until the audit is over")
    assert acme.get(f"/grants/{made['id']}/")["comment"] == "until the audit is over"
    console.menu("the grant to user:carol", "Delete")
    expect(console.dialog.get_by_role("region", name="Who loses")).to_contain_text("carol loses")
    acme.get(f"/grants/{made['id']}/", status=200)
    console.submit("Delete grant")
    acme.get(f"/grants/{made['id']}/", status=404)


# Accounts


def test_who_joins_a_team_is_told_with_what_that_gives_and_who_leaves_with_what_that_takes(
    console: Console, acme: Rest
) -> None:
    acme.post("/organizations/acme/teams/", {"name": "watch"}, status=201)
    acme.post("/grants/", {"subject": "team:acme/watch", "role": "View Only", "resource": "collection:/System"})
    console.open("/organizations/acme/teams/watch")
    console.press("Add member")
    console.choose("User", "carol")
    expect(console.dialog.get_by_role("region", name="Who gains")).to_contain_text("on /System")
    assert found(acme, "/organizations/acme/teams/watch/members/") == []
    console.submit("Add member")
    console.menu("carol", "Remove")
    expect(console.dialog.get_by_role("region", name="Who loses")).to_contain_text("carol loses")
    assert len(found(acme, "/organizations/acme/teams/watch/members/")) == 1
    console.submit("Remove member")
    assert found(acme, "/organizations/acme/teams/watch/members/") == []


def test_a_user_is_made_renamed_deactivated_and_deleted_with_an_heir(
    console: Console, acme: Rest, product_on_engine: Product
) -> None:
    console.open("/users")
    console.press("Create user")
    console.fill(User_name="erin", New_password=PASSWORD, New_password_again=PASSWORD)
    console.submit("Create user")
    product_on_engine.rest("erin", PASSWORD)
    acme.post("/collections/", {"path": "/Shared/Private/erin/work"}, status=201)
    console.menu("erin", "Edit or rename")
    console.fill(User_name="erina")
    console.is_said(re.compile("Nobody signs in as erin any more"))
    console.submit("Save")
    console.page.get_by_role("link", name="erina", exact=True).click()
    erina = product_on_engine.rest("erina", PASSWORD)
    console.menu("erina", "Deactivate")
    expect(console.dialog).to_contain_text("sessions (2)")
    assert erina.get("/auth/me")["user"]["is_active"], "a preview changes nothing"
    console.submit("Deactivate")
    erina.get("/auth/me", status=401)
    expect(console.page.get_by_text("deactivated").first).to_be_visible()
    console.menu("erina", "Delete")
    console.choose("Who inherits", "bob")
    expect(console.dialog).to_contain_text("/Shared/Private/bob/erina")
    console.submit("Delete user")
    expect(console.page.get_by_role("heading", name="Users")).to_be_visible()
    acme.get("/users/erina/", status=404)
    assert found(acme, "/collections/", path="/Shared/Private/bob/erina/work")


def test_a_service_account_works_with_the_bundle_that_its_page_makes(
    console: Console, acme: Rest, saved: Path, docker_engine: Engine
) -> None:
    console.open("/organizations/acme/service-accounts")
    console.press("Create service account")
    console.fill(Name="deployer", What_for="Deploys what was built")
    console.submit("Create service account")
    console.press("New client bundle")
    console.fill(Name="runner")
    with console.page.expect_download() as download:
        console.press("Create and download")
    archive = saved / "bundle.zip"
    download.value.save_as(archive)
    bundle = Bundle.unpack("", archive.read_bytes(), saved / "bundle")
    assert bundle.docker("ps", "--format", "{{.ID}}").stdout == "", "nothing is granted to it yet"
    container = docker_engine.docker("run", "-d", IMAGE, "sleep", "9999").stdout.strip()
    try:
        acme.post("/grants/", {"subject": "service-account:acme/deployer", "role": "View Only", "resource": "collection:/"})
        deadline = time.monotonic() + 10
        while container[:12] not in bundle.docker("ps", "--format", "{{.ID}}").stdout:
            assert time.monotonic() < deadline
        expect(console.page.get_by_role("table", name="client bundles")).to_contain_text("runner")
        console.menu("acme/deployer", "Deactivate")
        console.submit("Deactivate")
        assert bundle.docker("ps", check=False).returncode != 0
    finally:
        docker_engine.docker("rm", "-f", container)


def test_a_list_with_bad_lines_is_refused_line_by_line_and_imported_once_it_is_right(console: Console, acme: Rest) -> None:
    console.open("/users")
    console.press("Import")
    listed = console.dialog.get_by_role("textbox", name="The list of users")
    listed.fill("username,email\nfrank,frank@example.com\nb\u043eb,x@example.com\ngrace,nonsense\n")
    console.press("Check the list")
    console.is_said("2 problems in 3 lines; nothing was written.")
    problems = console.dialog.get_by_role("table", name="problems")
    expect(problems.get_by_role("row").nth(1)).to_contain_text("3")
    expect(problems.get_by_role("row").nth(2)).to_contain_text("email")
    acme.get("/users/frank/", status=404)
    listed.fill("username,email\nfrank,frank@example.com\ngrace,grace@example.com\n")
    console.press("Check the list")
    console.is_said(re.compile("2 users would be made"))
    acme.get("/users/frank/", status=404)
    console.submit("Import 2 users")
    assert acme.get("/users/grace/")["email"] == "grace@example.com"


def test_a_long_list_is_imported_by_the_worker_with_its_progress_and_can_be_stopped(console: Console, acme: Rest) -> None:
    count = 5000
    before = acme.get("/users/")["count"]
    lines = "\n".join(f"user{number:04},User {number}" for number in range(count))
    console.open("/users")
    console.press("Import")
    list_of_users = {"name": "users.csv", "mimeType": "text/csv", "buffer": f"username,full_name\n{lines}\n".encode()}
    console.dialog.locator("input[type=file]").set_input_files(list_of_users)  # type: ignore[arg-type]
    console.press("Check the list")
    console.dialog.get_by_role("button", name="Import 5,000 users").click(timeout=60_000)
    progress = console.dialog.get_by_role("progressbar")
    expect(progress).to_be_visible()
    console.press("Close")
    console.press("Show the import")
    expect(progress).not_to_have_attribute("aria-valuenow", "0", timeout=60_000)
    console.press("Stop")
    expect(console.dialog.get_by_text(re.compile("^Info alert:Stopped at|Stopped at"))).to_be_visible(timeout=30_000)
    console.press("Done")
    made = acme.get("/users/")["count"] - before
    assert 0 <= made < count
    (job,) = found(acme, "/jobs/", kind="accounts.import_users", state="cancelled")
    assert job["actor"] == "admin"


@pytest.mark.parametrize("form", ["CSV", "JSON"])
def test_users_are_exported_in_the_form_that_the_import_takes(console: Console, acme: Rest, saved: Path, form: str) -> None:
    console.open("/users")
    console.press("Export")
    with console.page.expect_download() as download:
        console.page.get_by_role("menuitem", name=re.compile(f"^{form}")).click()
    download.value.save_as(saved / "users")
    content = (saved / "users").read_bytes()
    assert b"acme/payments" in content
    answer = acme.request("POST", "/api/v1/users/import?dry_run=true", content, {"Content-Type": _TYPES[form]})
    assert answer.status in (200, 202), answer.body


_TYPES = {"CSV": "text/csv", "JSON": "application/json"}


# Finding out


def test_why_bob_cannot_is_answered_and_remedied_on_one_page(console: Console, acme: Rest) -> None:
    acme.post("/collections/", {"path": "/Shared/asked"}, status=201)
    console.open("/explorer?" + urlencode({"subject": "user:bob", "operation": "Container Exec", "target": "/Shared/asked"}))
    console.is_said("No: bob may not do this: Container Exec is missing on /Shared/asked")
    console.press("Grant one of them")
    console.press("Next")
    console.choose("Role", "Full Control")
    for _ in range(3):
        console.press("Next")
    console.submit("Create grant")
    console.is_said("Yes, bob may.")
    console.is_said(re.compile("Full Control"))
    console.page.get_by_role("tab", name="Who can?").click()
    expect(console.page.get_by_role("table", name="who can").get_by_role("row").filter(has_text="bob")).to_be_visible()


def test_somebody_who_is_no_administrator_asks_about_the_own_rights_alone(console_of: OpenConsole) -> None:
    console = console_of("carol")
    console.open("/explorer?" + urlencode({"subject": "user:bob", "operation": "Container Exec", "target": "/Shared"}))
    console.is_said("No: carol may not do this: Container Exec is missing on /Shared")
    expect(console.page.get_by_role("tab", name="What can somebody do?")).to_be_visible()
    expect(console.page.get_by_role("tab", name="Who can?")).to_have_count(0)
    expect(console.page.get_by_role("link", name="Users", exact=True)).to_have_count(0)
    console.open("/grants")
    expect(console.page.get_by_role("button", name="Create grant")).to_have_count(0)


# For everybody


def pages(acme: Rest) -> list[str]:
    """Every page about access, with something on it."""
    payments = collection_id(acme, "/Shared/payments")
    question = urlencode({"subject": "user:bob", "operation": "Container Exec", "target": "/Shared/payments"})
    return [
        "/users",
        "/users/bob",
        "/users/bob/grants",
        "/users/bob/bundles",
        "/organizations",
        "/organizations/acme",
        "/organizations/acme/teams",
        "/organizations/acme/service-accounts",
        "/organizations/acme/grants",
        "/organizations/acme/teams/payments",
        "/organizations/acme/service-accounts/ci",
        "/collections",
        "/collections?search=Shared",
        "/collections?search=nothing-is-called-so",
        f"/collections/{payments}",
        "/nodes",
        "/roles",
        "/roles?compare",
        "/roles/Seen",
        "/roles/Seen?edit",
        "/roles/Seen/grants",
        "/roles/Seen/history",
        "/grants",
        "/grants?subject=user:carol&role=Auditor",
        f"/explorer?{question}",
        f"/explorer/who-can?{question}",
        f"/explorer/what-can?{question}",
        "/profile",
    ]


@pytest.fixture(scope="module")
def furnished(acme: Rest, machine: str) -> Rest:
    make_role(acme, "Seen", subject="team:acme/payments", resource="collection:/Shared/payments")
    acme.patch("/roles/Seen/", {"operations": {"Service View": []}})
    return acme


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("light", 800), ("dark", 1280)])
def test_no_page_has_anything_that_axe_finds_wrong(
    console: Console, furnished: Rest, scheme: Literal["light", "dark"], width: int
) -> None:
    console.page.emulate_media(color_scheme=scheme)
    console.page.set_viewport_size({"width": width, "height": 900})
    wrong = {}
    for path in pages(furnished):
        console.open(path)
        console.page.wait_for_load_state("networkidle")
        wrong[path] = console.accessibility_problems() + ["it scrolls sideways"] * console.scrolls_sideways()
    assert {path: problems for path, problems in wrong.items() if problems} == {}


DIALOGS = {
    "/users": ("Create user", "Import"),
    "/organizations": ("Create organisation",),
    "/organizations/acme": ("Edit or rename", "Delete", "Add member"),
    "/organizations/acme/service-accounts": ("Create service account",),
    "/organizations/acme/service-accounts/ci": ("New client bundle", "Change", "Create grant"),
    "/collections": ("Create collection",),
    "/roles": ("Create role",),
    "/roles/Seen": ("Delete",),
    "/roles/Seen/history": ("Restore version 1",),
    "/grants": ("Create grant",),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_dialog_has_anything_that_axe_finds_wrong(
    console: Console, furnished: Rest, scheme: Literal["light", "dark"]
) -> None:
    console.page.emulate_media(color_scheme=scheme)
    wrong = {}
    for path, buttons in DIALOGS.items():
        for button in buttons:
            console.open(path)
            console.press(button)
            expect(console.dialog).to_be_visible()
            console.page.wait_for_load_state("networkidle")
            wrong[path, button] = console.accessibility_problems()
            console.page.keyboard.press("Escape")
            expect(console.dialog).to_have_count(0)
    assert {place: problems for place, problems in wrong.items() if problems} == {}


@pytest.mark.parametrize("path", ["/users", "/collections", "/grants", "/roles/Seen?edit", "/explorer", "/organizations/acme"])
def test_everything_on_a_page_is_reached_with_the_tab_key(console: Console, furnished: Rest, path: str) -> None:
    console.open(path)
    console.page.wait_for_load_state("networkidle")
    assert console.unreached_by_tab() == []
