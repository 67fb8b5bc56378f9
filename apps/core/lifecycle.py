"""The ordered registry by which higher apps follow what happens to accounts, inside the same transaction.

`accounts` calls `emit(...)` in its transaction; `access` and `certificates` register in their `apps.py`, so that
collections, grants, placements and bundles follow a user without `accounts` knowing them. Handlers run in the order of
registration, which is the order of INSTALLED_APPS; an exception in one rolls the whole change back.
"""

from __future__ import annotations

import enum
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from apps.core.actor import Actor


class Event(enum.Enum):
    USER_CREATED = "user created"
    USER_UPDATED = "user updated"  # active or administrator flag, password
    USER_DELETED = "user deleted"
    MEMBERSHIP_CHANGED = "membership changed"  # of an organisation or a team; subject is the user
    ORGANIZATION_DELETED = "organization deleted"
    TEAM_DELETED = "team deleted"
    RENAMED = "renamed"  # of a user or organisation


@dataclass(frozen=True, slots=True)
class Change:
    """What happened.

    Args:
        event: which.
        actor: who did it.
        subject_id: the id of the user, organisation or team.
        name: its name now; for RENAMED the new one.
        old_name: for RENAMED only.
    """

    event: Event
    actor: Actor
    subject_id: uuid.UUID
    name: str
    old_name: str = ""


Handler = Callable[[Change], None]


@dataclass
class _Registry:
    handlers: dict[Event, list[Handler]] = field(default_factory=lambda: defaultdict(list))


_registry = _Registry()


def on(event: Event, handler: Handler) -> None:
    """Registers `handler` once; registering the same function again changes nothing."""
    if handler not in _registry.handlers[event]:
        _registry.handlers[event].append(handler)


def emit(change: Change) -> None:
    """Runs the handlers of the event in order, in the caller's transaction."""
    for handler in _registry.handlers[change.event]:
        handler(change)
