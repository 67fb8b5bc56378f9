"""Streams hold on to objects: while one runs its right is asked for again, as the policy may change and the object may be
moved to another collection.
"""

from __future__ import annotations

import contextlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator

from apps.gateway.docker import targets
from apps.gateway.docker.call import Call, Hold
from apps.gateway.docker.objects import Kind
from apps.gateway.docker.targets import Found


@contextlib.contextmanager
def held(call: Call, found: Found) -> Iterator[Hold]:
    """The hold on an object for as long as the stream on it runs. To be entered as soon as the object was found: what is
    moved from then on is noticed."""
    hold = Hold(call, found.object, found.collection_id, call.collection_path(found.collection_id))
    call.memory.holds.add(hold)
    try:
        yield hold
    finally:
        call.memory.holds.discard(hold)


async def look_again(holds: Iterable[Hold]) -> None:
    """Objects were moved: finds out where these are, in a few queries however many they are.

    Raises:
        QuarterdeckError: the database does not answer.
    """
    groups: dict[tuple[uuid.UUID, Kind], list[Hold]] = defaultdict(list)
    for hold in holds:
        groups[hold.call.cluster.id, hold.object.kind].append(hold)
    for (_, kind), group in groups.items():
        found = await targets.collections_of(group[0].call, kind, [hold.object for hold in group])
        for hold in group:
            hold.collection_id = found.get(hold.object.id)
