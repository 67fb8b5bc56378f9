"""Changes that wait to be told: many of one object become one, and a flood becomes "look again"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MAX_WAITING = 500
_VIEW_OPERATIONS = {
    "service": ("Service View",),
    "task": ("Service View Tasks",),
    # Who may schedule on a node sees it in reduced form.
    "node": ("Node View", "Node Schedule"),
    "container": ("Container View",),
    "network": ("Network View",),
    "volume": ("Volume View",),
    "secret": ("Secret View",),
    "config": ("Config View",),
    "audit": ("Audit View",),
}
_FOR_EVERYONE = frozenset({"cluster"})


def is_told(kind: str, may: Callable[[str], bool]) -> bool:
    """Whether somebody hears of changes of an object.

    Args:
        may: whether they hold an operation where the object is.
    """
    return kind in _FOR_EVERYONE or any(may(operation) for operation in _VIEW_OPERATIONS.get(kind, ()))


class WaitingChanges:
    """The changes since the last `take`, the newest of each object."""

    def __init__(self) -> None:
        self._changes: dict[tuple[str, str], dict[str, Any]] = {}

    def add(self, kind: str, object_id: str, action: str) -> None:
        if len(self._changes) >= MAX_WAITING:
            self._condense()
        if (kind, "") in self._changes:
            object_id, action = "", "update"
        self._changes[kind, object_id] = {"kind": kind, "id": object_id, "action": action}

    def _condense(self) -> None:
        """One change with an empty id for each kind: whoever hears it reads the whole list again."""
        self._changes = {(kind, ""): {"kind": kind, "id": "", "action": "update"} for kind, _ in self._changes}

    def take(self) -> list[dict[str, Any]]:
        changes = list(self._changes.values())
        self._changes = {}
        return changes

    def __bool__(self) -> bool:
        return bool(self._changes)
