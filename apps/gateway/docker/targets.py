"""From what a caller wrote (a name, an id, the beginning of an id) to one object, the collection it is in, and whether it
exists for the caller.

The engine resolves, because only it knows its rules; its answer is used by full id from then on, so that what was decided
on is what is acted on, whatever is renamed meanwhile. Objects of others never make a difference: where one of them takes
the name or makes a prefix ambiguous, the caller's own objects are searched for the prefix.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from apps.access.selectors import as_told
from apps.access.types import SHARED_PATH, ObjectKind
from apps.core.decision import Decision
from apps.core.errors import EngineUnavailable, NotFound, Refused
from apps.gateway.docker.call import Call, EngineRefused, Hidden, Query, Subject
from apps.gateway.docker.objects import FACTS, EngineObject, Kind, read_inspected, read_list
from apps.gateway.edge.upstream import Answer
from apps.orchestration.rules import summaries

_SAFE = re.compile(r"(?!\.{1,2}\Z)[^/\x00-\x1f\x7f]{1,255}")
_AMBIGUOUS = re.compile(rb"is ambiguous|Multiple IDs found")
_ID_PREFIX = re.compile(r"[0-9a-z]{1,64}")


@dataclass(frozen=True, slots=True)
class Found:
    """An object that exists for the caller.

    Args:
        collection_id: None for `/`.
        answer: what the engine says of it, for inspects.
        is_reduced: of a node: only the reduced form may be shown.
    """

    object: EngineObject
    collection_id: uuid.UUID | None
    answer: Answer
    is_reduced: bool = False

    @property
    def id(self) -> str:
        return self.object.id

    @property
    def path(self) -> str:
        """Of the engine, by its full id."""
        return FACTS[self.object.kind].path_of(self.object.id)

    @property
    def subject(self) -> Subject:
        return Subject(self.object.kind.value, self.object.id, self.object.name, self.collection_id)


async def find(call: Call, kind: Kind, reference: str, query: Query = ()) -> Found:
    """The one object that the reference means to the caller.

    Args:
        query: of the inspect; a network's scope says which of two is meant.

    Raises:
        NotFound: in the engine's own words: there is none, or the caller may not view it.
        EngineRefused: the engine cannot look it up at all (no swarm manager, for instance).
        EngineUnavailable: the engine does not answer.
    """
    missing = NotFound(FACTS[kind].missing.format(reference))
    if not _SAFE.fullmatch(reference):
        raise missing
    answer = await call.ask("GET", FACTS[kind].path_of(reference), query)
    if answer.status == 404:
        raise missing
    if answer.status == 200:
        found = await _if_visible(call, kind, answer)
        if found is not None:
            return found
    elif call.is_unrestricted or (answer.status >= 500 and not _AMBIGUOUS.search(answer.body)):
        raise EngineRefused(answer)
    own_id = await _own_by_prefix(call, kind, reference)
    if own_id is None:
        raise Hidden(missing.detail)
    answer = await call.ask("GET", FACTS[kind].path_of(own_id), query)
    own = await _if_visible(call, kind, answer) if answer.status == 200 else None
    if own is None:
        raise missing
    return own


async def find_and_decide(
    call: Call, kind: Kind, reference: str, operation: str, options: tuple[str, ...] = ()
) -> tuple[Found, Decision]:
    """The object, and the decision that the caller may do the operation to it.

    Raises:
        Refused: the caller sees it and may not; and what `find` raises.
    """
    found = await find(call, kind, reference)
    decision = call.decide(found.collection_id, operation, options)
    if not decision.allowed:
        call.subject = found.subject
        raise Refused(decision=as_told(call.actor, decision, found.collection_id))
    return found, decision


async def collections_of(call: Call, kind: Kind, objects: Sequence[EngineObject]) -> dict[str, uuid.UUID]:
    """Object id → the collection it is in; absent for `/`.

    A task is where its service is, and so is a task's container, unless it has a placement of its own: then somebody made
    it through us, whatever its labels say.
    """
    placements, cluster_id = call.memory.placements, call.cluster.id
    if kind is Kind.TASK:
        services = await placements.of(cluster_id, ObjectKind.SERVICE, [each.service_id for each in objects])
        return {each.id: services[each.service_id] for each in objects if each.service_id in services}
    placed = await placements.of(cluster_id, kind.placed_as, [each.id for each in objects])
    if kind is Kind.CONTAINER:
        of_tasks = [each for each in objects if each.service_id and each.id not in placed]
        services = await placements.of(cluster_id, ObjectKind.SERVICE, [each.service_id for each in of_tasks])
        placed |= {each.id: services[each.service_id] for each in of_tasks if each.service_id in services}
    return placed


async def only_visible(call: Call, kind: Kind, objects: Sequence[EngineObject]) -> list[EngineObject]:
    """The objects that exist for the caller. Of nodes, those that the caller may view in full (see `reading`)."""
    if call.is_unrestricted:
        return list(objects)
    collections = await collections_of(call, kind, objects)
    may, actor, view = call.policy.may, call.actor, FACTS[kind].view
    return [each for each in objects if may(actor, view, collections.get(each.id)) or each.is_predefined]


async def _if_visible(call: Call, kind: Kind, answer: Answer) -> Found | None:
    try:
        each = read_inspected(kind, answer.body)
    except msgspec.MsgspecError as error:
        raise EngineUnavailable(f"cluster {call.cluster.name}: the engine's answer cannot be read") from error
    collection_id = (await collections_of(call, kind, [each])).get(each.id)
    if each.is_predefined or call.policy.may(call.actor, FACTS[kind].view, collection_id):
        return Found(each, collection_id, answer)
    if kind is Kind.NODE and await may_see_node(call, each.id, collection_id):
        return Found(each, collection_id, answer, is_reduced=True)
    return None


async def _own_by_prefix(call: Call, kind: Kind, prefix: str) -> str | None:
    """The id of the only visible object whose id begins so."""
    if not _ID_PREFIX.fullmatch(prefix) or kind in (Kind.VOLUME, Kind.NODE):
        return None
    visible = await only_visible(call, kind, await listed(call, kind))
    ids = [each.id for each in visible if each.id.startswith(prefix)]
    return ids[0] if len(ids) == 1 else None


async def listed(call: Call, kind: Kind) -> list[EngineObject]:
    """All objects of the kind, the caller's or not.

    Raises:
        EngineRefused: the engine does not list them.
    """
    query = [("all", "1")] if kind is Kind.CONTAINER else []
    answer = await call.ask("GET", FACTS[kind].listing, query)
    if answer.status != 200:
        raise EngineRefused(answer)
    try:
        return read_list(kind, answer.body)
    except msgspec.MsgspecError as error:
        raise EngineUnavailable(f"cluster {call.cluster.name}: the engine's answer cannot be read") from error


async def may_see_node(call: Call, node_id: str, collection_id: uuid.UUID | None) -> bool:
    """In reduced form: who may schedule on it, or views something that runs there."""
    if call.policy.may(call.actor, "Node Schedule", collection_id):
        return True
    return node_id in await nodes_of_own_tasks(call)


async def place_of_engine(call: Call) -> uuid.UUID | None:
    """The collection of the node whose engine is asked; None for `/`. An engine outside swarm mode is one pseudo-node in
    /Shared."""
    if not call.facts.node_id:
        call.facts = await call.cluster.facts(is_fresh=True)  # it may be a swarm by now
    if call.facts.node_id:
        return await call.collection_of(ObjectKind.NODE, call.facts.node_id)
    return call.policy.by_path(SHARED_PATH)


async def nodes_of_own_tasks(call: Call) -> frozenset[str]:
    """The nodes on which something runs that the caller may view."""
    tasks = await only_visible(call, Kind.TASK, await listed(call, Kind.TASK))
    return frozenset(each.node_id for each in tasks if each.node_id and summaries.holds_its_node(json.loads(each.raw)))
