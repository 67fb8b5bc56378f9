"""Changes that wait to be told: many of one object become one, and a flood becomes "look again"."""

from __future__ import annotations

from typing import Any

MAX_WAITING = 500
_KINDS = {
    "service": "Service View",
    "task": "Service View Tasks",
    "node": "Node View",
    "container": "Container View",
    "network": "Network View",
    "volume": "Volume View",
    "secret": "Secret View",
    "config": "Config View",
}


def view_operation(kind: str) -> str | None:
    """The operation that makes an object of the kind visible; None for kinds that nobody is told of."""
    return _KINDS.get(kind)


class WaitingChanges:
    """The changes since the last `take`, the newest of each object."""

    def __init__(self) -> None:
        self._changes: dict[tuple[str, str], dict[str, Any]] = {}

    def add(self, kind: str, object_id: str, action: str, version: int) -> None:
        if len(self._changes) >= MAX_WAITING:
            self._condense()
        if (kind, "") in self._changes:
            object_id, action = "", "update"
        self._changes[kind, object_id] = {"kind": kind, "id": object_id, "action": action, "version": version}

    def _condense(self) -> None:
        """One change with an empty id for each kind: whoever hears it reads the whole list again."""
        kinds = {kind: change["version"] for (kind, _), change in self._changes.items()}
        self._changes = {
            (kind, ""): {"kind": kind, "id": "", "action": "update", "version": version} for kind, version in kinds.items()
        }

    def take(self) -> list[dict[str, Any]]:
        changes = list(self._changes.values())
        self._changes = {}
        return changes

    def __bool__(self) -> bool:
        return bool(self._changes)
