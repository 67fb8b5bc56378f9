"""The port through which any app asks what a change of its own would give to whom, and take from whom.

`access` registers in its `apps.py` who can tell: it makes the change, looks at the policy it would lead to, and takes the
change back (ADR 11).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apps.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Shift:
    """Operations that the same people gain, or lose, in the same collections.

    Args:
        operations: in words, "Service Create with Host Bind Mounts".
        people: names of the accounts.
        collections: the paths at which it begins; it holds below them, too.
    """

    operations: tuple[str, ...]
    people: tuple[str, ...]
    collections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do to what people may do."""

    gained: tuple[Shift, ...] = ()
    lost: tuple[Shift, ...] = ()


Rehearse = Callable[[Actor, Callable[[], object]], Effect]


def _nobody_can_tell(actor: Actor, change: Callable[[], object]) -> Effect:
    raise LookupError("no app has registered to rehearse changes")


_rehearse: Rehearse = _nobody_can_tell


def register(rehearse: Rehearse) -> None:
    """Called once, from `access.apps`."""
    global _rehearse
    _rehearse = rehearse


def effect_of(actor: Actor, change: Callable[[], object]) -> Effect:
    """What would come of the change, which is made and taken back. Raises whatever the change raises.

    Args:
        actor: who asks. What others hold by grants that the actor may not see does not show in it.
        change: writes to the database through services, and does nothing else that could not be taken back.
    """
    return _rehearse(actor, change)
