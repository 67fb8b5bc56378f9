"""What a change of the collections of nodes would stop, and how it is confirmed.

A node carries a label for its collection and each one above; taking one away stops at once what the label held there. So
whoever moves a node or a collection of nodes is shown the tasks first, and sends the move again with a confirmation.

`orchestration` registers the one `Forecaster` in its `apps.py`, so that `access` can ask before it moves a collection.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from apps.core.errors import NeedsConfirmation

Ancestors = Callable[[uuid.UUID], tuple[uuid.UUID, ...]]
"""Collection → itself and all above it."""


@dataclass(frozen=True, slots=True, order=True)
class Eviction:
    """A task that a change of labels takes from its node. Args: name: `web.1`; node: its host name."""

    name: str
    node: str
    task_id: str
    service_id: str


Forecaster = Callable[[Ancestors, Ancestors], Sequence[Eviction]]
"""(the tree as it is, as it would be) → what would be stopped on all clusters."""


def _none(before: Ancestors, after: Ancestors) -> Sequence[Eviction]:
    return ()


_forecaster: Forecaster = _none


def register(forecaster: Forecaster) -> None:
    """Called once, from `orchestration.apps`."""
    global _forecaster
    _forecaster = forecaster


def of_change(before: Ancestors, after: Ancestors) -> Sequence[Eviction]:
    """What a change of the tree would stop. Asks the projector: not to be called in a transaction.

    Raises:
        EngineUnavailable: what runs is not known now.
    """
    return _forecaster(before, after)


def require_confirmed(
    found: Sequence[Eviction],
    *,
    change: str,
    ids: Iterable[object],
    confirm: str,
    how: str,
    shown: Sequence[Eviction] | None = None,
) -> None:
    """Args:
        change: in words: "moving n3 to /Prod".
        ids: what the confirmation is good for, beside the tasks that it confirms.
        confirm: what the caller sent, "" for nothing.
        how: to confirm, with `{}` for what is to be sent.
        shown: those of `found` that the caller may see; None for all.

    Raises:
        NeedsConfirmation: something would be stopped, and `confirm` does not say that just this may be.
    """
    token = _confirmation(ids, found)
    if not found or confirm == token:
        return
    shown = found if shown is None else shown
    hidden = len(found) - len(shown)
    names = [each.name for each in shown[:MAX_NAMED]]
    if more := len(found) - len(names):
        names.append(f"{more} more")
    tasks = f"{len(found)} running task{'s' if len(found) > 1 else ''} ({', '.join(names)})"
    listed = [{"task": each.name, "node": each.node} for each in shown]
    raise NeedsConfirmation(
        f"{change} stops {tasks}; to do it, {how.format(token)}", confirm=token, evicts=listed, hidden=hidden
    )


MAX_NAMED = 10
"""In the sentence; the list has all."""


def _confirmation(ids: Iterable[object], found: Sequence[Eviction]) -> str:
    """Fits one change and one list of tasks: where another task would be stopped, it has to be asked for again."""
    text = "\n".join([*map(str, ids), *sorted(each.task_id for each in found)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
