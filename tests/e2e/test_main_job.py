"""The main job, end to end: REST, the stock docker CLI, and a real browser against a real engine.

One product and one engine serve the whole module; the tests run in the order of a first day and each continues where the
one before ended. Every refusal is asserted together with the absence of its effect on the engine itself.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.console import Console, page_of, sign_in
from tests.support.engine import IMAGE, Engine
from tests.support.product import Bundle, Product, Rest

pytestmark = [pytest.mark.product, pytest.mark.engine]

LABEL = "com.docker.ucp.access.label"
PASSWORD = "a long enough passphrase"
TICK = "i=0; while true; do echo line-$i; i=$((i+1)); sleep 0.2; done"


def eventually(condition: Callable[[], object], *, within_seconds: float = 20, what: str = "") -> None:
    deadline = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_seconds} s: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def product(product_on_engine: Product) -> Product:
    return product_on_engine


@pytest.fixture(scope="module")
def admin(product: Product) -> Rest:
    """The administrator, who has replaced the generated password as the console asks for."""
    first = product.rest("admin", product.admin_password)
    change = {"old_password": product.admin_password, "new_password": PASSWORD}
    first.post("/users/admin/password", change, status=204)
    return product.rest("admin", PASSWORD)


@pytest.fixture(scope="module")
def organisation(admin: Rest) -> Rest:
    """Step 2 by REST: acme, payments, bob, the collection and the one grant."""
    admin.post("/organizations/", {"name": "acme"}, status=201)
    admin.post("/organizations/acme/teams/", {"name": "payments"}, status=201)
    admin.post("/users/", {"username": "bob", "password": PASSWORD}, status=201)
    admin.put("/organizations/acme/teams/payments/members/bob", {})
    admin.post("/collections/", {"path": "/Shared/payments"}, status=201)
    admin.post("/collections/", {"path": "/Shared/other"}, status=201)
    grant = {"subject": "team:acme/payments", "role": "Restricted Control", "resource": "collection:/Shared/payments"}
    admin.post("/grants/", grant, status=201)
    assert admin.post("/grants/", grant, status=200)["subject"] == "team:acme/payments", "creating it again changes nothing"
    return admin


@pytest.fixture(scope="module")
def bob(product: Product, organisation: Rest) -> Rest:
    return product.rest("bob", PASSWORD)


@pytest.fixture(scope="module")
def bundle(product: Product, bob: Rest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return product.bundle(bob, "laptop", tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def others_service(
    engine: Engine, product: Product, organisation: Rest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A service of the administrator in /Shared/other, which Bob must never see."""
    bundle = product.bundle(organisation, "admin-laptop", tmp_path_factory.mktemp("admin"))
    bundle.docker("service", "create", "-d", "--name", "ledger", "--label", f"{LABEL}=/Shared/other", IMAGE, "sleep", "9999")
    yield "ledger"
    engine.docker("service", "rm", "ledger", check=False)


@pytest.fixture(scope="module")
def engine(docker_engine: Engine) -> Engine:
    return docker_engine


@pytest.fixture(scope="module")
def service(bundle: Bundle, engine: Engine, others_service: str) -> Iterator[str]:
    bundle.docker("service", "create", "--name", "web", "--label", f"{LABEL}=/Shared/payments", IMAGE, "sh", "-c", TICK)
    yield "web"
    engine.docker("service", "rm", "web", check=False)


def test_version_and_info_answer_the_stock_cli(bundle: Bundle) -> None:
    assert "Server:" in bundle.docker("version").stdout
    assert "Swarm: active" in bundle.docker("info").stdout


def test_a_service_runs_where_the_team_may_put_it(bundle: Bundle, service: str, engine: Engine) -> None:
    assert "1/1" in bundle.docker("service", "ls").stdout
    spec = json.loads(engine.docker("service", "inspect", service).stdout)[0]["Spec"]
    assert spec["Labels"][LABEL] == "/Shared/payments"
    assert any("com.docker.ucp.collection." in c for c in spec["TaskTemplate"]["Placement"]["Constraints"])
    assert "Running" in bundle.docker("service", "ps", service).stdout


def test_a_service_is_scaled_and_updated_and_stays_in_its_collection(bundle: Bundle, service: str, engine: Engine) -> None:
    bundle.docker("service", "scale", f"{service}=2")
    assert "2/2" in bundle.docker("service", "ls").stdout
    bundle.docker("service", "update", "--env-add", "A=1", "--limit-memory", "64m", service)
    spec = json.loads(engine.docker("service", "inspect", service).stdout)[0]["Spec"]
    assert spec["Labels"][LABEL] == "/Shared/payments"
    assert any("com.docker.ucp.collection." in c for c in spec["TaskTemplate"]["Placement"]["Constraints"])
    assert spec["TaskTemplate"]["ContainerSpec"]["Env"] == ["A=1"]


def test_the_scheduling_constraint_cannot_be_removed(bundle: Bundle, service: str, engine: Engine) -> None:
    before = json.loads(engine.docker("service", "inspect", service).stdout)[0]["Spec"]["TaskTemplate"]["Placement"][
        "Constraints"
    ]
    bundle.docker("service", "update", "-d", "--constraint-rm", before[0], service, check=False)
    after = json.loads(engine.docker("service", "inspect", service).stdout)[0]["Spec"]["TaskTemplate"]["Placement"][
        "Constraints"
    ]
    assert before == after


def test_logs_follow(bundle: Bundle, service: str) -> None:
    with bundle.popen("service", "logs", "-f", "--tail", "1", service) as logs:
        assert logs.stdout is not None
        lines = [logs.stdout.readline() for _ in range(3)]
        logs.terminate()
    assert all("line-" in line for line in lines)


def test_plain_containers_run(bundle: Bundle, service: str) -> None:
    assert bundle.docker("run", "--rm", IMAGE, "echo", "hello").stdout == "hello\n"
    assert bundle.docker("run", "-i", "--rm", IMAGE, "cat", stdin=b"hi\n").stdout == "hi\n"
    assert bundle.docker("run", "--rm", IMAGE, "sh", "-c", "exit 7", check=False).returncode == 7
    listed = bundle.docker("ps").stdout
    assert "web.1" in listed
    assert "ledger" not in listed


def test_container_logs_follow(bundle: Bundle) -> None:
    bundle.docker("run", "-d", "--name", "ticker", IMAGE, "sh", "-c", TICK)
    try:
        with bundle.popen("logs", "-f", "ticker") as logs:
            assert logs.stdout is not None
            assert [logs.stdout.readline() for _ in range(3)] == ["line-0\n", "line-1\n", "line-2\n"]
            logs.terminate()
    finally:
        bundle.docker("rm", "-f", "ticker")


def test_exec_needs_the_operation_and_works_once_it_is_granted(bundle: Bundle, service: str, organisation: Rest) -> None:
    container = bundle.docker("ps", "-q", "--filter", "name=web.1").stdout.strip()
    refused = bundle.docker("exec", container, "id", check=False)
    assert refused.returncode != 0
    assert "Container Exec is missing on /Shared/payments" in refused.stderr
    grant = organisation.post(
        "/grants/",
        {"subject": "user:bob", "role": "Full Control", "resource": "collection:/Shared/payments"},
        status=201,
    )
    try:
        assert bundle.docker("exec", container, "id", "-u").stdout == "0\n"
        terminal = subprocess.run(
            ["script", "-qec", f"docker exec -it {container} sh -c 'tty; stty size'", "/dev/null"],
            env=bundle.environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert "/dev/pts/" in terminal.stdout
        with bundle.popen("exec", "-i", container, "sh", "-c", "while true; do echo alive; sleep 0.2; done") as held:
            assert held.stdout is not None
            assert held.stdout.readline() == "alive\n"
            organisation.delete(f"/grants/{grant['id']}/")
            start = time.monotonic()
            while held.stdout.readline():
                assert time.monotonic() - start < 5
            assert time.monotonic() - start < 1.5, "a revoked grant ends what it allowed within a second"
    finally:
        with contextlib.suppress(AssertionError):
            organisation.delete(f"/grants/{grant['id']}/")
    again = bundle.docker("exec", container, "id", check=False)
    assert "Container Exec is missing on /Shared/payments" in again.stderr


def test_other_collections_are_refused_with_the_sentence_and_nothing_happens(
    bundle: Bundle, service: str, engine: Engine
) -> None:
    for path in ("/Shared/other", "/Shared/never-made", "/"):
        refused = bundle.docker(
            "service", "create", "-d", "--name", "intruder", "--label", f"{LABEL}={path}", IMAGE, "sleep", "1", check=False
        )
        assert refused.returncode != 0
        assert f"bob may not do this: Service Create is missing on {path}" in refused.stderr
        refused = bundle.docker("run", "--rm", "--label", f"{LABEL}={path}", IMAGE, "true", check=False)
        assert f"Container Create is missing on {path}" in refused.stderr
    assert "intruder" not in engine.docker("service", "ls").stdout


@pytest.mark.parametrize(
    "command",
    [
        ("service", "inspect", "ledger"),
        ("service", "ps", "ledger"),
        ("service", "logs", "ledger"),
        ("service", "rm", "ledger"),
        ("service", "scale", "ledger=3"),
        ("service", "update", "--env-add", "X=1", "ledger"),
    ],
    ids=" ".join,
)
def test_what_others_own_is_not_found(bundle: Bundle, service: str, engine: Engine, command: tuple[str, ...]) -> None:
    before = engine.docker("service", "inspect", "ledger").stdout
    mine, never_made = (
        bundle.docker(*[part.replace("ledger", name) for part in command], check=False) for name in ("ledger", "nosuch")
    )
    assert mine.returncode != 0
    assert mine.stderr.replace("ledger", "nosuch") == never_made.stderr, "hidden and absent look the same"
    assert engine.docker("service", "inspect", "ledger").stdout == before


def test_lists_do_not_show_what_others_own(bundle: Bundle, service: str, bob: Rest) -> None:
    assert "ledger" not in bundle.docker("service", "ls").stdout
    assert "ledger" not in bundle.docker("service", "ls", "--filter", "name=ledger").stdout
    assert "ledger" not in bundle.docker("ps", "-a").stdout
    assert [s["name"] for s in bob.get("/swarm/services/")["results"]] == ["web"]
    assert all("ledger" not in json.dumps(c) for c in bob.get("/swarm/containers/?limit=1000")["results"])


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (("--privileged",), "Privileged"),
        (("-v", "/:/host"), "Host Bind Mounts"),
        (("--mount", "type=bind,src=/,dst=/host"), "Host Bind Mounts"),
        (("--network", "host"), "Host Networking Mode"),
        (("--pid", "host"), "PID Mode"),
        (("--ipc", "host"), "IPC Mode"),
        (("--cap-add", "SYS_ADMIN"), "Additional Kernel Capabilities"),
        (("--device", "/dev/null"), "Devices"),
        (("--security-opt", "seccomp=unconfined"), "Security Options"),
    ],
)
def test_restricted_control_has_no_danger_option(
    bundle: Bundle, service: str, engine: Engine, arguments: tuple[str, ...], missing: str
) -> None:
    before = engine.docker("ps", "-aq", "--no-trunc").stdout.split()
    refused = bundle.docker("run", "--rm", "--label", f"{LABEL}=/Shared/payments", *arguments, IMAGE, "true", check=False)
    assert refused.returncode != 0
    assert missing in refused.stderr
    assert set(engine.docker("ps", "-aq", "--no-trunc").stdout.split()) <= set(before)


@pytest.fixture
def page(chromium: Browser, product: Product) -> Iterator[Page]:
    with page_of(chromium, product) as page:
        yield page


@pytest.mark.browser
def test_bob_sees_his_service_in_the_browser_and_follows_it_live(
    page: Page, product: Product, bundle: Bundle, service: str
) -> None:
    bundle.docker("service", "scale", "-d", f"{service}=2")
    sign_in(page, product, "bob", PASSWORD)
    page.goto(product.url + "/ui/services")
    expect(page.get_by_role("link", name="web", exact=True)).to_be_visible()
    expect(page.get_by_text("ledger")).to_have_count(0)
    page.get_by_role("link", name="web", exact=True).click()
    page.get_by_role("tab", name="Logs").click()
    line = page.get_by_text(re.compile(r"line-\d+")).last
    expect(line).to_be_visible()
    page.goto(product.url + "/ui/services")
    expect(page.get_by_text("2 of 2")).to_be_visible()
    page.evaluate("window.notReloaded = true")
    bundle.docker("service", "scale", "-d", f"{service}=3")
    expect(page.get_by_text("3 of 3")).to_be_visible(timeout=15_000)
    assert page.evaluate("window.notReloaded") is True
    bundle.docker("service", "scale", "-d", f"{service}=2")


@pytest.mark.browser
def test_the_administrator_types_in_a_terminal_of_a_task(page: Page, product: Product, service: str) -> None:
    sign_in(page, product, "admin", PASSWORD)
    page.goto(product.url + "/ui/services")
    page.get_by_role("link", name="web", exact=True).click()
    page.get_by_role("tab", name="Tasks").click()
    page.get_by_label(re.compile("^Open a terminal in web")).first.click()
    screen = page.locator(".xterm-rows")
    expect(screen).to_contain_text("#", timeout=15_000)
    page.keyboard.type("echo $((6*7))-typed\n")
    expect(screen).to_contain_text("42-typed", timeout=10_000)


@pytest.mark.browser
def test_the_same_by_hand_in_the_console(
    page: Page, product: Product, organisation: Rest, engine: Engine, tmp_path: Path
) -> None:
    sign_in(page, product, "admin", PASSWORD)
    console = Console(page, product.url)
    console.open("/users")
    console.press("Create user")
    console.fill(User_name="carol", New_password=PASSWORD, New_password_again=PASSWORD)
    console.submit("Create user")
    console.open("/organizations")
    console.press("Create organisation")
    console.fill(Name="umbrella")
    console.submit("Create organisation")
    console.open("/organizations/umbrella/teams")
    console.press("Create team")
    console.fill(Name="shop")
    console.submit("Create team")
    page.get_by_role("link", name="shop", exact=True).click()
    console.press("Add member")
    console.choose("User", "carol")
    console.submit("Add member")
    console.open("/collections")
    console.press("Create collection")
    console.fill(Name="shop")
    console.submit("Create collection")
    expect(page.get_by_role("link", name="shop", exact=True)).to_be_visible()
    console.open("/grants")
    console.press("Create grant")
    console.dialog.get_by_role("radio", name="Team").check()
    for step in (
        (("Organisation", "umbrella"), ("Team", "shop")),
        (("Role", "Restricted Control"),),
        (("Collection", "/Shared/shop"),),
        (),  # until and why
    ):
        for label, value in step:
            console.choose(label, value)
        console.press("Next")
    console.submit("Create grant")
    expect(page.get_by_text("umbrella/shop").first).to_be_visible()

    page.context.clear_cookies()
    sign_in(page, product, "carol", PASSWORD)
    page.goto(product.url + "/ui/profile")
    page.get_by_role("button", name="New client bundle").click()
    page.get_by_role("dialog").get_by_label("Name").fill("laptop")
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name="Create and download").click()
    archive = tmp_path / "bundle.zip"
    download.value.save_as(archive)
    carol = Bundle.unpack("", archive.read_bytes(), tmp_path / "bundle")
    carol.docker("service", "create", "-d", "--name", "till", "--label", f"{LABEL}=/Shared/shop", IMAGE, "sleep", "9999")
    try:
        assert carol.docker("service", "ls", "--format", "{{.Name}}").stdout == "till\n"
    finally:
        carol.docker("service", "rm", "till")


def test_everything_that_changed_something_is_in_the_audit_log(organisation: Rest, bundle: Bundle, service: str) -> None:
    def entries(**query: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = organisation.get("/audit/?" + urlencode({"limit": 1000, **query}))["results"]
        return found

    operations = {(e["actor"], e["operation"], e["outcome"]) for e in entries()}
    assert ("bob", "Service Create", "allowed") in operations
    assert ("bob", "Service Update", "allowed") in operations
    assert ("bob", "Service Create", "refused") in operations
    assert ("bob", "Container Exec", "refused") in operations
    assert ("bob", "Container Exec", "allowed") in operations
    refusal = next(e for e in entries(actor="bob", outcome="refused") if e["operation"] == "Service Create")
    assert refusal["address"] == "127.0.0.1"
    assert "Service Create is missing on" in refusal["reason"]
    allowed = next(e for e in entries(actor="bob", outcome="allowed") if e["operation"] == "Service Create")
    assert allowed["collection"] == "/Shared/payments"
    assert "Restricted Control" in allowed["reason"]
    for word in ("Organization", "Team", "User", "Collection", "Grant", "Bundle"):
        assert any(word in e["operation"] for e in entries(actor="admin")) or any(word in e["operation"] for e in entries()), (
            word
        )
    eventually(lambda: all(e["sequence"] for e in entries()), what="every entry is sealed")


def test_a_deleted_bundle_stops_within_a_second(product: Product, bob: Rest, service: str, tmp_path: Path) -> None:
    bundle = product.bundle(bob, "to-be-deleted", tmp_path)
    assert bundle.docker("ps").returncode == 0
    with bundle.popen("service", "logs", "-f", service) as logs:
        assert logs.stdout is not None
        assert "line-" in logs.stdout.readline()
        bob.delete(f"/bundles/{bundle.id}/")
        start = time.monotonic()
        while logs.stdout.readline():
            assert time.monotonic() - start < 5
        assert time.monotonic() - start < 1.5
    refused = bundle.docker("ps", check=False)
    assert refused.returncode != 0
    assert "revoked" in refused.stderr


def test_the_service_is_removed(bundle: Bundle, service: str, engine: Engine) -> None:
    bundle.docker("service", "rm", service)
    assert service not in engine.docker("service", "ls").stdout.split()
    assert "web" not in bundle.docker("service", "ls").stdout


def runs_under_another_id(product: Product, name: str, former_id: int) -> bool:
    return product.process_of(name).pid not in (0, former_id)


def test_a_killed_process_is_back_in_five_seconds(product: Product, bob: Rest) -> None:
    for name in ("redis", "web", "streams", "gateway", "worker", "beat"):
        process = product.process_of(name)
        process.kill()
        runs_again = functools.partial(runs_under_another_id, product, name, process.pid)
        eventually(runs_again, within_seconds=5, what=f"{name} again")
        eventually(product.is_ready, within_seconds=10, what=f"ready after {name} died")
        assert bob.get("/auth/me")["user"]["username"] == "bob"


def test_a_restart_keeps_everything(product: Product, bundle: Bundle, organisation: Rest, engine: Engine) -> None:
    bundle.docker("service", "create", "-d", "--name", "kept", "--label", f"{LABEL}=/Shared/payments", IMAGE, "sleep", "9999")
    try:
        before = {path: organisation.get(path)["count"] for path in ("/users/", "/grants/", "/bundles/", "/collections/")}
        audit = organisation.get("/audit/")["count"]
        product.restart()
        assert "kept" in bundle.docker("service", "ls").stdout
        admin = product.rest("admin", PASSWORD)
        assert {path: admin.get(path)["count"] for path in before} == before
        assert admin.get("/audit/")["count"] >= audit
        assert (
            next(s for s in admin.get("/swarm/services/")["results"] if s["name"] == "kept")["collection"] == "/Shared/payments"
        )
    finally:
        engine.docker("service", "rm", "kept", check=False)
