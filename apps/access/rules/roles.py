"""The built-in roles: fixed, the same in every installation. Custom roles are rows beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apps.access.rules.operations import OPERATIONS, Operation, Operations, canonical, unknown_names
from apps.core.errors import Conflict, InvalidInput
from apps.core.names import segment_problem

NONE = "None"
VIEW_ONLY = "View Only"
SCHEDULER = "Scheduler"
RESTRICTED_CONTROL = "Restricted Control"
FULL_CONTROL = "Full Control"
AUDITOR = "Auditor"
REGISTRY_READ = "Registry Read"
REGISTRY_WRITE = "Registry Write"
REGISTRY_ADMIN = "Registry Admin"


@dataclass(frozen=True, slots=True)
class BuiltinRole:
    name: str
    description: str
    operations: dict[str, list[str]]


_WORKLOAD_GROUPS = frozenset({"Config", "Container", "Image", "Network", "Secret", "Service", "Volume"})
_REACHES_INTO_CONTAINERS = frozenset(
    {"Container Exec", "Container Export", "Container Filesystem Read", "Container Filesystem Write"},
)
_REGISTRY_READ = frozenset({"Repository Pull", "Repository View"})
_REGISTRY_WRITE = _REGISTRY_READ | {"Repository Push", "Repository Delete Tag", "Repository Scan", "Repository Sign"}
_READING_BESIDE_VIEW = frozenset(
    {
        "Container Changes",
        "Container Logs",
        "Container Stats",
        "Container Top",
        "Container Wait",
        "Image History",
        "Image Search",
        "Service Logs",
        "Service View Tasks",
    }
)


def _is_view(operation: Operation) -> bool:
    return operation.name.endswith(" View")


def _is_in_view_only(operation: Operation) -> bool:
    is_of_a_swarm = operation.group in _WORKLOAD_GROUPS or operation.group == "Node"
    return (_is_view(operation) and is_of_a_swarm) or operation.name in _READING_BESIDE_VIEW


def _is_in_auditor(operation: Operation) -> bool:
    return _is_view(operation) or operation.name == "Service View Tasks"


def _is_in_restricted_control(operation: Operation) -> bool:
    return operation.group in _WORKLOAD_GROUPS and operation.name not in _REACHES_INTO_CONTAINERS


def _select(is_included: Callable[[Operation], bool], *, with_options: bool = False) -> dict[str, list[str]]:
    return {
        operation.name: [option.value for option in operation.options] if with_options else []
        for operation in OPERATIONS.values()
        if is_included(operation)
    }


BUILTIN_ROLES: tuple[BuiltinRole, ...] = (
    BuiltinRole(NONE, "No access.", {}),
    BuiltinRole(VIEW_ONLY, "Sees everything, logs included, and changes nothing.", _select(_is_in_view_only)),
    BuiltinRole(
        SCHEDULER,
        "Sees nodes and runs work on them; does not see the work of others.",
        {"Node Schedule": [], "Node View": []},
    ),
    BuiltinRole(
        RESTRICTED_CONTROL,
        "Creates, changes and removes everything, without anything that reaches into running containers or touches the host.",
        _select(_is_in_restricted_control),
    ),
    BuiltinRole(
        FULL_CONTROL,
        "Everything on workloads, terminals, files and host access included; nodes are not changed.",
        _select(lambda operation: operation.group in _WORKLOAD_GROUPS, with_options=True),
    ),
    BuiltinRole(
        REGISTRY_READ,
        "Sees repositories and pulls from them.",
        _select(lambda operation: operation.name in _REGISTRY_READ),
    ),
    BuiltinRole(
        REGISTRY_WRITE,
        "Pulls, pushes, removes tags, scans and signs.",
        _select(lambda operation: operation.name in _REGISTRY_WRITE),
    ),
    BuiltinRole(
        REGISTRY_ADMIN,
        "Everything on repositories: makes, changes and removes them, too.",
        _select(lambda operation: operation.group == "Repository"),
    ),
    BuiltinRole(AUDITOR, "Reads everything, audit log and settings included, and changes nothing.", _select(_is_in_auditor)),
)


def role_name(text: str) -> str:
    """The name of a custom role, as it is given: it stands in paths, sentences and the audit log.

    Raises:
        InvalidInput: other characters than a collection's name may have, or too many.
    """
    if problem := segment_problem(text):
        raise InvalidInput.field("name", problem)
    return text


def role_operations(operations: Operations) -> dict[str, list[str]]:
    """The one spelling of what a custom role is to hold.

    Raises:
        InvalidInput: naming each operation that the catalogue does not know, or that lacks an option.
    """
    if problems := unknown_names(operations):
        raise InvalidInput(errors={f"operations.{name[:80]}": [problem] for name, problem in problems.items()})
    return canonical(operations)


def require_custom(name: str, *, is_builtin: bool) -> None:
    """Raises Conflict where the role is the code's."""
    if is_builtin:
        raise Conflict(f"{name} is built in and stays as it is; make a role of your own from it")
