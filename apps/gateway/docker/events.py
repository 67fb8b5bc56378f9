"""`GET /events`: what the engine tells, without what the caller may not view.

An event is told by the placement of what it is about at that time. What was made a moment ago may not be placed yet, so it
is waited for; what is gone is remembered for a while (`access.models.Departure`). An event that names a second object, the
container that joins a network, takes both.

The stream ends when the caller loses a right to see that it held: from then on it would keep silent about something, which
who reads it could not tell from nothing happening. What it does not show for another reason was never there for the caller.

One engine is heard, the one that the cluster is attached by: of a swarm it tells of services, nodes, secrets, configs and
the swarm's networks everywhere, and of containers, volumes, images and local networks on its own node (ADR 0018).
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType

from apps.access.rules.operations import OPERATION_BITS
from apps.access.selectors.policy import store
from apps.access.types import ObjectKind
from apps.core.actor import Actor
from apps.core.decision import Decision
from apps.core.errors import EngineUnavailable, InvalidInput
from apps.gateway.docker import engine_events, filters, targets
from apps.gateway.docker.call import Call, answered_headers
from apps.gateway.docker.engine_events import Event
from apps.gateway.docker.last_words import words_for
from apps.gateway.docker.objects import FACTS, PREDEFINED_NETWORKS, Kind, read_inspected
from apps.gateway.edge.upstream import Answer, StreamedAnswer

PLACED_WITHIN_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 0.05
RECENT_SECONDS = 30.0
MAX_REMEMBERED = 10_000
MAX_LINE_BYTES = 1024 * 1024

VIEWS: Mapping[str, str] = MappingProxyType(
    {kind.value: facts.view for kind, facts in FACTS.items() if kind is not Kind.TASK} | {"image": "Image View"}
)
"""Type of event → the operation that shows it. All other types tell of the engine itself, to administrators."""

_SEEING = (*VIEWS.values(), "Node Schedule")
_TIMESTAMP = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
_CONTAINER_ID = re.compile(r"[0-9a-f]{64}")


async def follow(call: Call) -> None:
    query = dict(call.query())
    _check_times(query)
    if given := filters.parse(query.get("filters", "")):
        query["filters"] = filters.write(given)
    async with call.cluster.upstream.stream("GET", call.target("/events", query.items())) as answer:
        if answer.status != 200:
            call.reply(Answer(answer.status, answer.headers, b"".join([piece async for piece in answer])))
            return
        headers = [("content-type", "application/json"), *answered_headers(answer.headers)]
        sight, words = Sight(call.actor), words_for(call.route.ending)
        await call.exchange.stream(_told(call, answer), headers=headers, allowed=sight.decide, last_words=words)


def _check_times(query: Mapping[str, str]) -> None:
    """Raises InvalidInput where the engine would have a 500."""
    for name in ("since", "until"):
        if query.get(name) and not _TIMESTAMP.fullmatch(query[name]):
            raise InvalidInput.field(name, "must be a Unix timestamp in seconds")


async def _told(call: Call, answer: StreamedAnswer) -> AsyncIterator[bytes]:
    """The lines that the caller may read."""
    teller = _Teller(call)
    rest = b""
    async for piece in answer:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            event = engine_events.read(line)
            if event is not None and await teller.may_tell(event):
                yield line + b"\n"
        if len(rest) > MAX_LINE_BYTES:
            raise EngineUnavailable(f"cluster {call.cluster.name}: an event is too long")


class Sight:
    """What somebody may see, as long as they have not lost any of it."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._held = store.current.what_may(actor)

    def decide(self) -> Decision:
        """The refusal of the first right to see that is gone since this was asked before."""
        lost = self._lost()
        if lost is not None:
            return lost
        self._held = store.current.what_may(self._actor)
        return Decision(True, "", "")

    def _lost(self) -> Decision | None:
        policy = store.current
        for path, mask in self._held:
            place = policy.by_path(path)
            if place is None:  # the collection is gone, and nothing is in it any more
                continue
            for operation in _SEEING:
                if mask & OPERATION_BITS[operation] and not policy.may(self._actor, operation, place):
                    return dataclasses.replace(policy.decide(self._actor, operation, place), resource=path)
        return None


class _Teller:
    """Decides on the events of one stream, by the policy of each moment."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._services: dict[str, str] = {}  # container → its service, "" for none
        self._unplaced: set[str] = set()  # waited for in vain

    async def may_tell(self, event: Event) -> bool:
        if self._call.is_unrestricted:
            return True
        if event.Type not in VIEWS or not event.id:
            return False
        if event.Type == "image":
            return self._call.policy.holds_anywhere(self._call.actor, VIEWS["image"]).allowed
        return await self._may_see(event) and await self._may_see_container_of(event)

    async def _may_see(self, event: Event) -> bool:
        if event.Type == Kind.NETWORK and event.attributes.get("name") in PREDEFINED_NETWORKS:
            return True
        if event.Type == Kind.CONTAINER:
            self._remember_service(event.id, event.service_id)
        operations = (VIEWS[event.Type], "Container Exec") if event.is_about_a_command else (VIEWS[event.Type],)
        if self._holds(operations, None):
            return True
        place = await self._place(ObjectKind(event.Type), event.id, event)
        if self._holds(operations, place):
            return True
        return event.Type == Kind.NODE and await targets.may_see_node(self._call, event.id, place)

    async def _may_see_container_of(self, event: Event) -> bool:
        container_id, view = event.container_id, (VIEWS["container"],)
        if not container_id or self._holds(view, None):
            return True
        if not _CONTAINER_ID.fullmatch(container_id):  # the engine's own ends of its networks
            return False
        return self._holds(view, await self._place(ObjectKind.CONTAINER, container_id, event))

    def _holds(self, operations: tuple[str, ...], place: uuid.UUID | None) -> bool:
        """Args: place: None for `/`, which is above everything."""
        policy, actor = self._call.policy, self._call.actor
        return all(policy.may(actor, operation, place) for operation in operations)

    async def _place(self, kind: ObjectKind, object_id: str, event: Event) -> uuid.UUID | None:
        """Where it is or was. What has just been made is waited for: it is placed in a moment."""
        is_recent = abs(time.time() - event.moment.timestamp()) < RECENT_SECONDS
        patience = PLACED_WITHIN_SECONDS if is_recent and object_id not in self._unplaced else 0.0
        give_up_at = time.monotonic() + patience
        while (place := await self._look_up(kind, object_id, event)) is None:
            if time.monotonic() >= give_up_at:
                self._note_unplaced(object_id)
                return None
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return place

    async def _look_up(self, kind: ObjectKind, object_id: str, event: Event) -> uuid.UUID | None:
        placements, cluster_id = self._call.memory.placements, self._call.cluster.id
        place = await placements.at(cluster_id, kind, object_id, event.moment)
        if place is None and kind is ObjectKind.CONTAINER and (service_id := await self._service_of(object_id)):
            place = await placements.at(cluster_id, ObjectKind.SERVICE, service_id, event.moment)
        return place

    async def _service_of(self, container_id: str) -> str:
        """The service of a task's container; "" for other containers, and for those that are gone and were not heard of."""
        if container_id not in self._services:
            answer = await self._call.ask("GET", FACTS[Kind.CONTAINER].path_of(container_id))
            found = read_inspected(Kind.CONTAINER, answer.body).service_id if answer.status == 200 else ""
            self._remember_service(container_id, found)
        return self._services[container_id]

    def _remember_service(self, container_id: str, service_id: str) -> None:
        if len(self._services) >= MAX_REMEMBERED:
            self._services.clear()
        self._services[container_id] = service_id

    def _note_unplaced(self, object_id: str) -> None:
        if len(self._unplaced) >= MAX_REMEMBERED:
            self._unplaced.clear()
        self._unplaced.add(object_id)
