from __future__ import annotations

from apps.access.rules.operations import OPERATIONS
from apps.access.rules.roles import BUILTIN_ROLES

ROLES = {role.name: role.operations for role in BUILTIN_ROLES}


def test_restricted_control_attaches_but_does_not_reach_into_containers() -> None:
    restricted = ROLES["Restricted Control"]
    assert "Container Attach" in restricted
    for name in (
        "Container Exec",
        "Container Filesystem Read",
        "Container Filesystem Write",
        "Container Export",
        "Node Update",
    ):
        assert name not in restricted
    assert all(options == [] for options in restricted.values())


def test_full_control_adds_everything_but_changing_nodes() -> None:
    full = ROLES["Full Control"]
    assert full["Container Exec"] == ["Privileged"]
    assert "Node Update" not in full
    for name, options in full.items():
        assert options == [option.value for option in OPERATIONS[name].options]
    assert set(ROLES["Restricted Control"]) < set(full)


def test_scheduler_does_not_see_work() -> None:
    assert set(ROLES["Scheduler"]) == {"Node Schedule", "Node View"}


def test_auditor_reads_the_system_and_changes_nothing() -> None:
    auditor = ROLES["Auditor"]
    assert {"Audit View", "Account View", "Access View", "Job View", "Settings View", "Metrics View"} <= set(auditor)
    assert all(name.endswith((" View", " View Tasks")) for name in auditor)


def test_view_only_changes_nothing_and_reads_nothing_of_the_system() -> None:
    writing = ("Create", "Delete", "Update", "Remove", "Start", "Stop", "Kill", "Exec", "Use", "Push", "Attach", "Schedule")
    for name in ROLES["View Only"]:
        assert OPERATIONS[name].group != "System"
        assert not name.endswith(writing)


def test_none_is_empty() -> None:
    assert ROLES["None"] == {}


def test_each_registry_role_adds_to_the_one_before() -> None:
    read, write, admin = (set(ROLES[f"Registry {name}"]) for name in ("Read", "Write", "Admin"))
    assert read == {"Repository View", "Repository Pull"}
    assert read < write < admin
    assert admin - write == {"Repository Manage"}
