"""The right to an object on which a stream stands. It is asked for again while the stream runs: the policy may change, and
the object may be moved to another collection.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from apps.access.selectors import decide_on_held
from apps.core.decision import Decision
from apps.gateway.docker import targets
from apps.gateway.docker.call import Call
from apps.gateway.docker.targets import Found


class Hold:
    """Args: found: the object, as it was when the stream was decided on."""

    def __init__(self, call: Call, found: Found) -> None:
        self._call = call
        self._object = found.object
        self._collection_id = found.collection_id
        self._known_path = call.collection_path(found.collection_id)

    def decide(self) -> Decision:
        """By the policy of this moment, where the object is."""
        actor, operation = self._call.actor, self._call.route.operation
        return decide_on_held(actor, operation, self._collection_id, known_path=self._known_path)

    async def look_again(self) -> None:
        """Objects were moved: finds out where this one is.

        Raises:
            QuarterdeckError: the database does not answer.
        """
        found = await targets.collections_of(self._call, self._object.kind, [self._object])
        self._collection_id = found.get(self._object.id)


@contextlib.contextmanager
def held(call: Call, found: Found) -> Iterator[Hold]:
    """The hold on an object, for as long as the stream on it runs."""
    hold = Hold(call, found)
    call.memory.holds.add(hold)
    try:
        yield hold
    finally:
        call.memory.holds.discard(hold)
