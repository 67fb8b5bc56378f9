"""The port through which every app asks: may ACTOR do OPERATION on TARGET?

`access` registers the one `Decider` in its `apps.py`. While none is registered everything is refused: apps below
`access` (audit, configuration, jobs, accounts) can ask without importing it, and a wiring mistake fails closed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Protocol

from apps.core.actor import Actor
from apps.core.decision import Decision
from apps.core.errors import Refused


@dataclass(frozen=True, slots=True)
class Target:
    """What an operation is done to: a Swarm collection, or the whole system (the collection `/`).

    Args:
        collection_id: the collection the object is in; None means `/`.
        path: the collection's path when the caller knows it, for the sentence; looked up otherwise.
    """

    collection_id: uuid.UUID | None = None
    path: str = ""


SYSTEM = Target(None, "/")


class Decider(Protocol):
    def decide(self, actor: Actor, operation: str, target: Target, options: tuple[str, ...] = ()) -> Decision: ...


class _NoDecider:
    def decide(self, actor: Actor, operation: str, target: Target, options: tuple[str, ...] = ()) -> Decision:
        return Decision(False, operation, target.path or "/", (operation,), subject=actor.name)


_decider: Decider = _NoDecider()


def register(decider: Decider) -> None:
    """Called once, from `access.apps`."""
    global _decider
    _decider = decider


def decide(actor: Actor, operation: str, target: Target = SYSTEM, options: tuple[str, ...] = ()) -> Decision:
    """The decision, allowed or not. Never raises for a refusal."""
    return _decider.decide(actor, operation, target, options)


def authorize(actor: Actor, operation: str, target: Target = SYSTEM, options: tuple[str, ...] = ()) -> Decision:
    """Like `decide`, and raises `Refused` with the decision where it is not allowed."""
    decision = decide(actor, operation, target, options)
    if not decision.allowed:
        raise Refused(decision=decision)
    return decision


def require_administrator(actor: Actor, what: str, *, operation: str = "") -> None:
    """Collections, roles, grants, clusters and accounts are changed by administrators only.

    Args:
        what: the refused thing in words, for instance "create organisations".
        operation: its name in the audit log, for instance "Organization Create".

    Raises:
        Refused: the actor is not an administrator.
    """
    if not actor.is_administrator:
        decision = Decision(False, operation, "/", ("Administrator",), subject=actor.name) if operation else None
        raise Refused(f"{actor.name} may not {what}: only administrators may", decision=decision)
