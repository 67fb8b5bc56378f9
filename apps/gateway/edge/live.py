"""What is running for whom, so that it can be ended when the right to it ends.

A request is decided once, when it starts. A stream or tunnel lives on, so it stands here and is asked again: when the
policy or the credentials change, and on every tick, because grants and certificates also end by time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from apps.core.actor import Actor
from apps.core.decision import Decision

logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Running:
    """One forwarded exchange.

    Args:
        actor: for whom.
        allowed: the same question the handler asked; None where only the credential matters.
        end: ends it, with the sentence why.
    """

    actor: Actor
    allowed: Callable[[], Decision] | None
    end: Callable[[str], None]


class LiveExchanges:
    """Those of one worker.

    Args:
        still_valid: whether the actor's credential and account are still good.
    """

    def __init__(self, still_valid: Callable[[Actor], bool]) -> None:
        self._still_valid = still_valid
        self._running: set[Running] = set()

    def __len__(self) -> int:
        return len(self._running)

    def add(self, running: Running) -> None:
        """Asks once at once: the right may have ended since it was decided on."""
        self._running.add(running)
        self._end_if_over(running)

    def remove(self, running: Running) -> None:
        self._running.discard(running)

    def actors(self) -> set[Actor]:
        return {running.actor for running in self._running}

    def recheck(self) -> None:
        """Ends what is no longer allowed."""
        for running in list(self._running):
            self._end_if_over(running)

    def _end_if_over(self, running: Running) -> None:
        reason = self._reason_to_end(running)
        if reason:
            logger.info("ended a stream of %s (%s): %s", running.actor.name, running.actor.request_id, reason)
            self._running.discard(running)
            running.end(reason)

    def _reason_to_end(self, running: Running) -> str:
        if not self._still_valid(running.actor):
            return f"{running.actor.name} is no longer signed in"
        if running.allowed is None:
            return ""
        decision = running.allowed()
        return "" if decision.allowed else decision.sentence
