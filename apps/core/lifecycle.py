"""The ordered registry by which higher apps follow what happens to accounts, inside the same transaction.

`accounts` calls `emit(...)` in its transaction; `access` and `certificates` register in their `apps.py`, so that
collections, grants, placements and bundles follow a user without `accounts` knowing them. Handlers run in the order of
registration, which is the order of INSTALLED_APPS; an exception in one rolls the whole change back.

Before an account goes, `accounts` asks with `effects_of(...)` what would become of what belongs to it. The apps that follow
the departure are the ones that answer, so that the preview and the deed cannot know different things.
"""

from __future__ import annotations

import enum
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.core.actor import Actor

SHOWN_NAMES = 100
"""How many of the things that an effect is about are named; all of them are counted."""


class Event(enum.Enum):
    USER_CREATED = "user created"
    USER_UPDATED = "user updated"  # active or administrator flag, password
    USER_DELETED = "user deleted"
    SERVICE_ACCOUNT_CREATED = "service account created"
    SERVICE_ACCOUNT_UPDATED = "service account updated"
    SERVICE_ACCOUNT_DELETED = "service account deleted"
    MEMBERSHIP_CHANGED = "membership changed"  # of an organisation or a team; subject is the user
    ORGANIZATION_DELETED = "organization deleted"
    TEAM_DELETED = "team deleted"
    RENAMED = "renamed"  # of a user, an organisation or a service account


@dataclass(frozen=True, slots=True)
class Heir:
    """The account that takes over what a deleted one owned."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """What happened.

    Args:
        event: which.
        actor: who did it.
        subject_id: the id of the user, service account, organisation or team.
        name: its name now; for RENAMED the new one.
        old_name: for RENAMED only.
        heir: for the deletion of a user or service account: who takes over what it owned.
    """

    event: Event
    actor: Actor
    subject_id: uuid.UUID
    name: str
    old_name: str = ""
    heir: Heir | None = None


class Leaver(enum.Enum):
    """What kind of account would go."""

    USER = "user"
    SERVICE_ACCOUNT = "service-account"
    ORGANIZATION = "organization"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Departure:
    """What would happen, for a preview.

    Args:
        subject_id: the id of the user, service account, organisation or team.
        name: its name.
        heir: who would take over what it owns.
        is_final: False where a user would only be deactivated, and everything stays for a return.
    """

    leaver: Leaver
    subject_id: uuid.UUID
    name: str
    heir: Heir | None = None
    is_final: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    """What a departure would do to the things of one kind.

    Args:
        what: the things: "grants", "memberships".
        count: how many.
        names: the first SHOWN_NAMES of them, as a person calls them.
        outcome: what would become of them, as a sentence.
    """

    what: str
    count: int
    names: tuple[str, ...]
    outcome: str

    @classmethod
    def on(cls, what: str, names: Iterable[str], outcome: str) -> Effect:
        """Of things that are few enough to be named all, and then cut."""
        named = tuple(names)
        return cls(what, len(named), named[:SHOWN_NAMES], outcome)


Handler = Callable[[Change], None]
Forecaster = Callable[[Departure], Iterable[Effect]]
NameChecker = Callable[[Sequence[str]], Mapping[str, str]]


@dataclass
class _Registry:
    handlers: dict[Event, list[Handler]] = field(default_factory=lambda: defaultdict(list))
    forecasters: list[Forecaster] = field(default_factory=list)
    name_checkers: list[NameChecker] = field(default_factory=list)


_registry = _Registry()


def on(event: Event, handler: Handler) -> None:
    """Registers `handler` once; registering the same function again changes nothing."""
    if handler not in _registry.handlers[event]:
        _registry.handlers[event].append(handler)


def emit(change: Change) -> None:
    """Runs the handlers of the event in order, in the caller's transaction."""
    for handler in _registry.handlers[change.event]:
        handler(change)


def on_departure(forecaster: Forecaster) -> None:
    """Registers `forecaster` once; it reads, and changes nothing."""
    if forecaster not in _registry.forecasters:
        _registry.forecasters.append(forecaster)


def effects_of(departure: Departure) -> list[Effect]:
    """What a departure would do to the things of higher apps. Things of which there are none are left out."""
    return [effect for forecaster in _registry.forecasters for effect in forecaster(departure) if effect.count]


def on_new_names(checker: NameChecker) -> None:
    """Registers `checker` once: it answers for names of users to be what stands in the way of a USER_CREATED."""
    if checker not in _registry.name_checkers:
        _registry.name_checkers.append(checker)


def problems_of_new_names(names: Sequence[str]) -> dict[str, str]:
    """Which of the names no user can be given, for reasons of higher apps, and why."""
    return {name: problem for checker in _registry.name_checkers for name, problem in checker(names).items()}
