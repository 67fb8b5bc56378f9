"""What: operations, danger options, and roles."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.access import services
from apps.access.models import Grant, Role
from apps.access.rules.operations import OPERATIONS, SYSTEM_GROUP, WAITS_FOR
from apps.access.rules.roles import BUILTIN_ROLES
from apps.accounts.models import User
from apps.core.errors import Conflict, InvalidInput, Refused
from tests.access.model.conftest import Model
from tests.support.accounts import SYSTEM, actor_of

ROLES = {role.name: role.operations for role in BUILTIN_ROLES}
SWARM_GROUPS = {"Config", "Container", "Image", "Network", "Node", "Secret", "Service", "Volume"}
WORKLOAD_GROUPS = SWARM_GROUPS - {"Node"}
OPTIONS = {option.value for operation in OPERATIONS.values() for option in operation.options}
PUBLISHED = {
    "Config": "Create, Delete, Update, Use, View",
    "Container": (
        "Attach, Changes, Connect, Create, Disconnect, Exec, Export, Filesystem Read, Filesystem Write, Kill, Logs, Pause, "
        "Remove, Rename, Resize, Restart, Start, Stats, Stop, Top, Unpause, View, Wait"
    ),
    "Image": "Build, Commit, Create, Export, History, Load, Prune, Push, Remove, Search, Tag, View",
    "Network": "Connect, Create, Disconnect, Remove, View",
    "Node": "Schedule, Update, View",
    "Secret": "Create, Delete, Update, Use, View",
    "Service": "Create, Delete, Logs, Update, View, View Tasks",
    "Volume": "Create/Attach, Remove, View",
}
"""The operations of Docker Universal Control Plane, as it published them."""
INSIDE = {"Container Exec", "Container Filesystem Read", "Container Filesystem Write", "Container Export"}


def test_an_operation_is_a_group_and_what_is_done() -> None:
    assert all(name.startswith(f"{each.group} ") or each.group == SYSTEM_GROUP for name, each in OPERATIONS.items())


def test_the_catalogue_has_every_swarm_group_the_registry_and_the_system() -> None:
    assert {operation.group for operation in OPERATIONS.values()} == {*SWARM_GROUPS, "Repository", SYSTEM_GROUP}


@pytest.mark.parametrize("group", PUBLISHED)
def test_the_catalogue_is_complete(group: str) -> None:
    published = {f"{group} {operation}" for operation in PUBLISHED[group].split(", ")}
    ours = {name for name, operation in OPERATIONS.items() if operation.group == group}
    assert ours - {"Container Update"} == published


def test_the_catalogue_is_closed(model: Model) -> None:
    with pytest.raises(InvalidInput, match="there is no such operation"):
        model.role("Odd", "Service Teleport")
    with pytest.raises(InvalidInput, match="has no option"):
        services.create_role(actor=SYSTEM, name="Odd", operations={"Service Create": ["Time Travel"]})
    assert not Role.objects.filter(name="Odd").exists()


@pytest.mark.parametrize(
    "option",
    [
        *("Privileged", "Host Bind Mounts", "Host Networking Mode", "PID Mode", "IPC Mode", "Additional Kernel Capabilities"),
        *("Local Driver Options", "Credential Spec", "User Namespace Mode", "Attachable", "Force Remove"),
    ],
)
def test_each_danger_of_the_catalogue_is_an_option(option: str) -> None:
    assert option in OPTIONS


@pytest.mark.parametrize(
    "option",
    [
        *("Devices", "Sysctls", "Security Options", "Cgroup Parent", "Runtime", "Container Namespaces"),
        *("Volumes From", "Ulimits"),
    ],
)
def test_the_dangers_that_catalogue_forgets_are_options_too(option: str) -> None:
    assert option in OPTIONS


def test_container_update_and_the_registry_group_are_added() -> None:
    registry = {name.removeprefix("Repository ") for name in OPERATIONS if name.startswith("Repository ")}
    assert registry == {"View", "Pull", "Push", "Delete Tag", "Scan", "Sign", "Manage"}
    assert "Container Update" in OPERATIONS


def test_bridge_networking_is_no_option_as_docker_run_cannot_do_without_it() -> None:
    assert not any("Bridge" in option for option in OPTIONS)


def test_what_waits_for_a_later_part_of_the_product_says_so(as_bob: APIClient) -> None:
    shown = {row["name"]: row["waits_for"] for row in as_bob.get("/api/v1/operations/").json()}
    assert {name: part for name, part in shown.items() if part} == dict(WAITS_FOR)


def test_system_operations_are_held_on_the_root_only(model: Model, bob: User) -> None:
    model.grant("user:bob", "Auditor", "/Shared")
    assert model.may(bob, "Service View", "/Shared")
    assert not model.may(bob, "Audit View", "/Shared")
    assert not model.may(bob, "Audit View", "/")
    model.grant("user:bob", "Auditor", "/")
    assert model.may(bob, "Audit View", "/")


def test_the_auditor_role_has_all_system_operations_and_every_view() -> None:
    views = {name for name in OPERATIONS if name.endswith(" View")}
    system = {name for name, operation in OPERATIONS.items() if operation.group == SYSTEM_GROUP}
    assert system == {"Access View", "Account View", "Audit View", "Job View", "Metrics View", "Settings View"}
    assert views | system <= set(ROLES["Auditor"])


def test_the_built_in_roles_are_these_and_fixed(as_root: APIClient) -> None:
    workloads = ["None", "View Only", "Scheduler", "Restricted Control", "Full Control"]
    registry = ["Registry Read", "Registry Write", "Registry Admin"]
    assert set(ROLES) == {*workloads, *registry, "Auditor"}
    for name in ROLES:
        assert as_root.patch(f"/api/v1/roles/{name}/", {"operations": {}}).status_code == 409
        assert as_root.delete(f"/api/v1/roles/{name}/").status_code == 409
    assert {role.name: role.operations for role in Role.objects.all()} == ROLES


def test_restricted_control_is_every_operation_on_workloads_attach_included_with_no_danger_option() -> None:
    everything = {name for name, operation in OPERATIONS.items() if operation.group in WORKLOAD_GROUPS}
    assert set(ROLES["Restricted Control"]) == everything - INSIDE
    assert "Container Attach" in ROLES["Restricted Control"]
    assert not any(ROLES["Restricted Control"].values())


def test_restricted_control_is_without_reaching_into_containers_and_without_changing_nodes() -> None:
    assert not {*INSIDE, "Node Update"} & set(ROLES["Restricted Control"])


def test_full_control_adds_those_and_every_option_node_update_excepted() -> None:
    full = ROLES["Full Control"]
    assert set(full) == set(ROLES["Restricted Control"]) | INSIDE
    assert all(full[name] == [option.value for option in OPERATIONS[name].options] for name in full)
    assert "Node Update" not in full


def test_scheduler_runs_work_on_nodes_and_does_not_see_the_work_of_others() -> None:
    assert set(ROLES["Scheduler"]) == {"Node Schedule", "Node View"}


def test_view_only_changes_nothing_and_reads_nothing_of_the_system() -> None:
    writing = ("Create", "Delete", "Update", "Remove", "Start", "Stop", "Kill", "Exec", "Use", "Push", "Attach", "Schedule")
    for name in ROLES["View Only"]:
        assert OPERATIONS[name].group != SYSTEM_GROUP
        assert not name.endswith(writing)


def test_the_auditor_changes_nothing() -> None:
    assert all(name.endswith((" View", " View Tasks")) for name in ROLES["Auditor"])


def test_none_is_empty() -> None:
    assert ROLES["None"] == {}


def test_each_registry_role_adds_to_the_one_before() -> None:
    read, write, admin = (set(ROLES[f"Registry {name}"]) for name in ("Read", "Write", "Admin"))
    assert read == {"Repository View", "Repository Pull"}
    assert read < write < admin
    assert admin - write == {"Repository Manage"}


def test_a_role_is_a_named_set_of_operations_each_with_the_options_it_allows(model: Model, bob: User) -> None:
    services.create_role(actor=SYSTEM, name="Builder", operations={"Service Create": [], "Image Build": []})
    model.grant("user:bob", "Builder", "/Shared")
    assert model.may(bob, "Service Create", "/Shared")
    assert not model.decide(bob, "Service Create", "/Shared", "Host Bind Mounts").allowed
    services.update_role(
        actor=SYSTEM, role=Role.objects.get(name="Builder"), operations={"Service Create": ["Host Bind Mounts"]}
    )
    assert model.decide(bob, "Service Create", "/Shared", "Host Bind Mounts").allowed


def test_custom_roles_can_be_edited_and_keep_their_history(model: Model, as_root: APIClient) -> None:
    model.role("Builder", "Image Build")
    assert as_root.patch("/api/v1/roles/Builder/", {"operations": {"Image View": []}}).status_code == 200
    versions = as_root.get("/api/v1/roles/Builder/history/").json()["results"]
    assert [set(each["operations"]) for each in versions] == [{"Image View"}, {"Image Build"}]


def test_an_edit_shows_which_grants_and_people_it_touches_before_it_is_saved(
    model: Model, bob: User, as_root: APIClient
) -> None:
    model.role("Builder", "Image Build")
    model.grant("user:bob", "Builder", "/Shared")
    preview = as_root.patch("/api/v1/roles/Builder/?preview=1", {"operations": {"Image View": []}}).json()
    assert "bob" in str(preview)
    assert "Image View" in str(preview)
    assert set(Role.objects.get(name="Builder").operations) == {"Image Build"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/collections/", {"path": "/Shared/x"}),
        ("/roles/", {"name": "x", "operations": {}}),
        ("/grants/", {"subject": "user:bob", "role": "View Only", "resource": "collection:/"}),
        ("/clusters/", {"name": "x", "url": "unix:///run/docker.sock"}),
    ],
)
def test_collections_roles_grants_and_clusters_are_changed_by_administrators(
    model: Model, bob: User, as_bob: APIClient, path: str, body: dict[str, object]
) -> None:
    model.grant("user:bob", "Full Control", "/")
    assert as_bob.post(f"/api/v1{path}", body).status_code == 403


def test_an_organisation_administrator_manages_members_teams_and_service_accounts(
    model: Model, bob: User, as_bob: APIClient
) -> None:
    model.organization("acme", admins=[bob])
    model.user("alice")
    assert as_bob.put("/api/v1/organizations/acme/members/alice/", {}).status_code in (200, 201)
    assert as_bob.post("/api/v1/organizations/acme/teams/", {"name": "payments"}).status_code == 201
    assert as_bob.put("/api/v1/organizations/acme/teams/payments/members/alice/", {}).status_code in (200, 201)
    assert as_bob.post("/api/v1/organizations/acme/service-accounts/", {"name": "ci"}).status_code == 201
    model.organization("umbrella")
    assert as_bob.put("/api/v1/organizations/umbrella/members/alice/", {}).status_code == 404


def test_an_organisation_administrator_grants_to_the_own_teams_and_service_accounts_only_what_they_hold_there(
    model: Model, bob: User
) -> None:
    model.team(model.organization("acme", admins=[bob]), "payments")
    model.collection("/Shared/acme")
    model.grant("user:bob", "Restricted Control", "/Shared/acme")

    def give(subject: str, role: str, path: str) -> None:
        services.create_grant(actor=actor_of(bob), subject=subject, role=role, collection=path)

    give("team:acme/payments", "Restricted Control", "/Shared/acme")
    for subject, role, path in (
        ("team:acme/payments", "Full Control", "/Shared/acme"),
        ("team:acme/payments", "Restricted Control", "/Shared"),
        ("user:bob", "View Only", "/Shared/acme"),
    ):
        with pytest.raises(Refused):
            give(subject, role, path)
    assert [grant.role.name for grant in Grant.objects.filter(team__name="payments")] == ["Restricted Control"]


def test_a_built_in_name_is_not_taken_twice(model: Model) -> None:
    with pytest.raises(Conflict):
        model.role("Full Control", "Image View")
