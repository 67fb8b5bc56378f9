from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.access import selectors, services
from apps.access.errors import RoleChanged
from apps.access.models import Collection, Grant, Role, RoleVersion
from apps.access.selectors.policy import store
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.configuration.selectors import revisions
from apps.core.actor import Actor
from apps.core.errors import Conflict, InvalidInput, NotFound, Refused
from apps.core.versions import Expected, tag_of
from tests.access.conftest import at_the_same_time
from tests.support.accounts import SYSTEM, actor_of, make_organization, make_user

ROLES = "/api/v1/roles/"
WATCHER: dict[str, list[str]] = {"Service View": [], "Service Logs": []}


def make(actor: Actor, name: str = "Watcher", operations: dict[str, list[str]] | None = None) -> Role:
    return services.create_role(actor=actor, name=name, operations=WATCHER if operations is None else operations)


def custom_roles() -> set[str]:
    return set(Role.objects.filter(is_builtin=False).values_list("name", flat=True))


def may(user: User, operation: str, path: str) -> bool:
    store.refresh()
    return store.current.may(actor_of(user), operation, Collection.objects.get(path=path).id)


def test_a_role_is_made_of_operations_and_their_options(administrator: Actor) -> None:
    before = revisions()["policy"]
    operations = {"Service View": [], "Service Create": ["Sysctls", "Host Bind Mounts", "Sysctls"]}
    role = services.create_role(actor=administrator, name="Deployer", operations=operations, description="Ships it.")
    assert role.operations == {"Service Create": ["Host Bind Mounts", "Sysctls"], "Service View": []}
    assert revisions()["policy"] > before
    assert Entry.objects.get(operation="Role Create").target_name == "Deployer"


@pytest.mark.parametrize(
    ("operations", "errors"),
    [
        ({"Service Fly": []}, {"operations.Service Fly": ["there is no such operation"]}),
        ({"service view": []}, {"operations.service view": ["there is no such operation"]}),
        ({"Service Create": ["Time Travel"]}, {"operations.Service Create": ["has no option 'Time Travel'"]}),
        ({"Service View": ["Privileged"]}, {"operations.Service View": ["has no option 'Privileged'"]}),
    ],
)
def test_an_unknown_operation_or_option_is_named(
    administrator: Actor, operations: dict[str, list[str]], errors: dict[str, list[str]]
) -> None:
    role = make(administrator)
    for attempt in (
        lambda: make(administrator, "Other", operations),
        lambda: services.update_role(actor=administrator, role=role, operations=operations),
        lambda: selectors.preview_role_change(administrator, role, operations),
    ):
        with pytest.raises(InvalidInput) as raised:
            attempt()
        assert raised.value.errors == errors
    assert custom_roles() == {"Watcher"}
    assert Role.objects.get(name="Watcher").operations == {"Service Logs": [], "Service View": []}


@pytest.mark.parametrize("name", ["", " x", "a/b", "x" * 65, "Wätcher", "a\tb", ".."])
def test_a_malformed_name_is_refused(administrator: Actor, name: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        make(administrator, name)
    assert list(raised.value.errors) == ["name"]
    assert custom_roles() == set()


@pytest.mark.parametrize("name", ["Watcher", "WATCHER", "view only"])
def test_a_name_like_anothers_is_a_conflict(administrator: Actor, name: str) -> None:
    make(administrator)
    other = make(administrator, "Other")
    with pytest.raises(Conflict, match=r"there is a role (Watcher|View Only) already"):
        make(administrator, name)
    with pytest.raises(Conflict, match=r"there is a role (Watcher|View Only) already"):
        services.update_role(actor=administrator, role=other, name=name)
    assert custom_roles() == {"Watcher", "Other"}


def test_an_edit_changes_what_everybody_holds_who_is_granted_the_role(administrator: Actor, bob: User) -> None:
    role = make(administrator)
    services.create_grant(actor=administrator, subject="user:bob", role="Watcher", collection="/System")
    assert may(bob, "Service View", "/System")
    services.update_role(actor=administrator, role=role, operations={"Service Create": []})
    assert may(bob, "Service Create", "/System")
    assert not may(bob, "Service View", "/System")
    assert Entry.objects.get(operation="Role Update").detail == {
        "operations": {"from": {"Service Logs": [], "Service View": []}, "to": {"Service Create": []}}
    }


def test_an_edit_that_changes_nothing_leaves_no_trace(administrator: Actor) -> None:
    role = make(administrator)
    services.update_role(actor=administrator, role=role, name="Watcher", operations=WATCHER)
    assert RoleVersion.objects.count() == 1
    assert not Entry.objects.filter(operation="Role Update").exists()


def test_the_history_tells_who_made_what_of_the_role(administrator: Actor) -> None:
    role = make(administrator)
    services.update_role(actor=SYSTEM, role=role, operations={"Node View": []}, name="Node watcher")
    rows = selectors.versions_of(administrator, role).values_list("number", "name", "operations", "changed_by")
    assert list(rows) == [
        (2, "Node watcher", {"Node View": []}, "tests"),
        (1, "Watcher", {"Service Logs": [], "Service View": []}, "root"),
    ]


def test_an_earlier_version_is_restored_as_a_new_one(administrator: Actor) -> None:
    role = make(administrator)
    services.update_role(actor=administrator, role=role, name="Renamed", operations={"Node View": []})
    RoleVersion.objects.filter(number=1).update(operations={**WATCHER, "Dropped Since": []})
    restored = services.restore_role(actor=administrator, role=role, number=1)
    assert (restored.name, restored.operations) == ("Renamed", {"Service Logs": [], "Service View": []})
    assert RoleVersion.objects.count() == 3
    with pytest.raises(NotFound, match="has no version 9"):
        services.restore_role(actor=administrator, role=role, number=9)


def test_a_role_is_removed_only_when_no_grant_gives_it(administrator: Actor, bob: User) -> None:
    role = make(administrator)
    for path in ("/System", "/Shared"):
        services.create_grant(actor=administrator, subject="user:bob", role="Watcher", collection=path)
    with pytest.raises(Conflict, match="2 grants give the role Watcher"):
        services.delete_role(actor=administrator, role=role)
    assert Grant.objects.filter(role=role).count() == 2
    services.delete_role(actor=administrator, role=role, with_grants=True)
    assert custom_roles() == set()
    assert not may(bob, "Service View", "/System")
    operations = Entry.objects.filter(operation__endswith="Delete").order_by("time").values_list("operation", flat=True)
    assert list(operations) == ["Grant Delete", "Grant Delete", "Role Delete"]


def test_the_built_in_roles_stay_as_they_are(administrator: Actor) -> None:
    for role in Role.objects.filter(is_builtin=True):
        for attempt in (
            lambda: services.update_role(actor=administrator, role=role, operations={}),  # noqa: B023
            lambda: services.delete_role(actor=administrator, role=role, with_grants=True),  # noqa: B023
            lambda: selectors.preview_role_change(administrator, role, {}),  # noqa: B023
        ):
            with pytest.raises(Conflict, match="is built in and stays as it is"):
                attempt()
    assert Grant.objects.filter(role__name="Scheduler").exists()


def test_only_administrators_change_roles(administrator: Actor, bob: User) -> None:
    role, actor = make(administrator), actor_of(bob)
    for attempt in (
        lambda: make(actor, "Mine"),
        lambda: services.update_role(actor=actor, role=role, operations={}),
        lambda: services.restore_role(actor=actor, role=role, number=1),
        lambda: services.delete_role(actor=actor, role=role),
        lambda: selectors.preview_role_change(actor, role, {}),
        lambda: selectors.versions_of(actor, role),
    ):
        with pytest.raises(Refused):
            attempt()
    assert custom_roles() == {"Watcher"}
    assert RoleVersion.objects.count() == 1


def test_of_two_who_edit_the_same_role_the_second_gets_both_versions(administrator: Actor) -> None:
    role = make(administrator)
    seen = Expected((tag_of(role),))
    services.update_role(actor=administrator, role=role, operations={"Node View": []}, expected=seen)
    with pytest.raises(RoleChanged) as raised:
        services.update_role(actor=SYSTEM, role=role, operations={"Secret View": []}, expected=seen)
    assert raised.value.current["operations"] == {"Node View": []}
    assert (raised.value.current["version"], raised.value.current["changed_by"]) == (2, "root")
    assert raised.value.submitted == {"name": "Watcher", "description": "", "operations": {"Secret View": []}}
    assert Role.objects.get(id=role.id).operations == {"Node View": []}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_edit_at_the_same_time_one_succeeds() -> None:
    administrator = actor_of(make_user("root", is_admin=True))
    for number in range(5):
        role = make(administrator, f"Watcher {number}")
        seen = Expected((tag_of(role),))
        outcomes = at_the_same_time(
            lambda: services.update_role(actor=administrator, role=role, operations={"Node View": []}, expected=seen),  # noqa: B023
            lambda: services.update_role(actor=administrator, role=role, operations={"Secret View": []}, expected=seen),  # noqa: B023
        )
        assert {type(outcome) for outcome in outcomes} == {Role, RoleChanged}
        assert role.versions.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_role_is_not_removed_under_a_grant_of_it() -> None:
    administrator = actor_of(make_user("root", is_admin=True))
    for number in range(5):
        role = make(administrator, f"Watcher {number}")
        at_the_same_time(
            lambda: services.delete_role(actor=administrator, role=role),  # noqa: B023
            lambda: services.create_grant(
                actor=administrator,
                subject="user:root",
                role=role.name,  # noqa: B023
                collection="/Shared",
            ),
        )
        assert Role.objects.filter(id=role.id).exists() is Grant.objects.filter(role_id=role.id).exists()


# Over REST


def post_role(client: APIClient, **body: Any) -> dict[str, Any]:
    answer = client.post(ROLES, {"name": "Watcher", "operations": WATCHER, **body})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_a_role_is_made_edited_restored_and_removed(as_root: APIClient) -> None:
    made = post_role(as_root, description="Looks on.")
    assert (made["version"], made["grants_count"], made["capabilities"]) == (1, 0, {"update": True, "delete": True})
    url = f"{ROLES}Watcher/"
    changed = as_root.patch(
        url, {"name": "Guard", "operations": {"Node View": []}}, headers={"If-Match": as_root.get(url)["ETag"]}
    )
    assert (changed.json()["name"], changed.json()["description"], changed.json()["version"]) == ("Guard", "Looks on.", 2)
    assert as_root.get(url).status_code == 404
    history = as_root.get(f"{ROLES}Guard/history/").json()["results"]
    assert [(row["version"], row["changed_by"]) for row in history] == [(2, "root"), (1, "root")]
    restored = as_root.post(f"{ROLES}Guard/restore", {"version": 1}).json()
    assert (restored["name"], restored["version"]) == ("Guard", 3)
    assert restored["operations"] == made["operations"]
    assert as_root.delete(f"{ROLES}Guard/").status_code == 204
    assert as_root.get(f"{ROLES}Guard/").status_code == 404


def test_a_second_editor_gets_a_conflict_with_both_versions(as_root: APIClient) -> None:
    post_role(as_root)
    url = f"{ROLES}Watcher/"
    tag = as_root.get(url)["ETag"]
    assert as_root.patch(url, {"operations": {"Node View": []}}, headers={"If-Match": tag}).status_code == 200
    for second in (
        as_root.patch(url, {"operations": {"Secret View": []}}, headers={"If-Match": tag}),
        as_root.post(f"{url}restore", {"version": 1}, headers={"If-Match": tag}),
        as_root.delete(url, headers={"If-Match": tag}),
    ):
        problem = second.json()
        assert (second.status_code, problem["code"]) == (409, "role-changed")
        assert problem["current"]["operations"] == {"Node View": []}
        assert problem["current"]["changed_by"] == "root"
        assert "operations" in problem["submitted"]
    assert as_root.get(url).json()["operations"] == {"Node View": []}


def test_a_preview_tells_whom_an_edit_touches_and_changes_nothing(as_root: APIClient, bob: User) -> None:
    alice, carol = make_user("alice"), make_user("carol")
    acme = make_organization("acme", members=(carol,))
    team = accounts.create_team(actor=SYSTEM, organization=acme, name="payments")
    accounts.set_team_member(actor=SYSTEM, team=team, user=alice)
    post_role(as_root, operations={"Service Create": [], "Service View": []})
    for subject in ("user:bob", "team:acme/payments"):
        body = {"subject": subject, "role": "Watcher", "resource": "collection:/System"}
        assert as_root.post("/api/v1/grants/", body).status_code == 201
    url = f"{ROLES}Watcher/"
    edit = {"operations": {"Service Create": ["Devices", "Sysctls"][1:], "Container Exec": []}}
    preview = as_root.patch(f"{url}?preview=1", edit).json()
    assert (preview["gained"], preview["lost"]) == (["Container Exec", "Service Create with Sysctls"], ["Service View"])
    assert (preview["grants_count"], preview["people_count"]) == (2, 2)
    assert {row["subject"] for row in preview["grants"]} == {"user:bob", "team:acme/payments"}
    assert preview["people"] == ["alice", "bob"]
    assert as_root.delete(f"{url}?preview=1&with_grants=1").json()["lost"] == ["Service Create", "Service View"]
    assert as_root.post(f"{url}restore?preview=1", {"version": 1}).json()["gained"] == []
    assert as_root.get(url).json()["version"] == 1
    assert as_root.get(url).json()["grants_count"] == 2


def test_a_preview_of_what_everybody_has_counts_every_active_person(as_root: APIClient, bob: User) -> None:
    accounts.update_user(actor=SYSTEM, user=make_user("alice"), is_active=False)
    post_role(as_root)
    grant = {"subject": "organization:everyone", "role": "Watcher", "resource": "collection:/System"}
    assert as_root.post("/api/v1/grants/", grant).status_code == 201
    preview = as_root.patch(f"{ROLES}Watcher/?preview=1", {"operations": {}}).json()
    assert preview["people"] == ["bob", "root"]


def test_who_may_not_change_a_role_is_not_told_whom_it_touches(as_root: APIClient, as_bob: APIClient) -> None:
    post_role(as_root)
    url = f"{ROLES}Watcher/"
    assert as_bob.get(url).json()["capabilities"] == {"update": False, "delete": False}
    for attempt in (
        as_bob.post(ROLES, {"name": "Mine", "operations": {}}),
        as_bob.patch(url, {"operations": {}}),
        as_bob.patch(f"{url}?preview=1", {"operations": {}}),
        as_bob.post(f"{url}restore", {"version": 1}),
        as_bob.delete(url),
        as_bob.delete(f"{url}?preview=1"),
        as_bob.get(f"{url}history/"),
    ):
        assert attempt.status_code == 403
        assert "root" not in attempt.content.decode()
    assert custom_roles() == {"Watcher"}


def test_the_number_of_grants_is_of_those_the_caller_may_see(as_root: APIClient, as_bob: APIClient) -> None:
    post_role(as_root)
    for subject in ("user:bob", "user:root"):
        body = {"subject": subject, "role": "Watcher", "resource": "collection:/System"}
        assert as_root.post("/api/v1/grants/", body).status_code == 201
    assert as_root.get(f"{ROLES}Watcher/").json()["grants_count"] == 2
    assert as_bob.get(f"{ROLES}Watcher/").json()["grants_count"] == 1
    assert [row["name"] for row in as_bob.get(f"{ROLES}?search=watch").json()["results"]] == ["Watcher"]


def test_a_wrong_body_names_the_field(as_root: APIClient) -> None:
    for body, field in (
        ({"name": "X", "operations": {"Service Fly": []}}, "operations.Service Fly"),
        ({"name": "X", "operations": {"Service Create": "Devices"}}, "operations.Service Create"),
        ({"name": "X", "operations": []}, "operations"),
        ({"operations": {}}, "name"),
        ({"name": "a/b", "operations": {}}, "name"),
        ({"name": "X", "operations": {}, "colour": "red"}, "colour"),
    ):
        answer = as_root.post(ROLES, body)
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [field]
    assert as_root.patch(f"{ROLES}Scheduler/", {"operations": {}}).status_code == 409
    assert custom_roles() == set()
