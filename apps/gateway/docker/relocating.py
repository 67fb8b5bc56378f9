"""`POST /quarterdeck/move/{kind}s/{id}` on the internal socket: moves an object of any kind to the collection that is named.

    {"collection": "/Prod", "confirm": ""}   →   200, or 409 needs-confirmation where tasks would be stopped (`nodes`)

Services, nodes, secrets and configs get their new label on the engine as with an update. Containers, networks and volumes
cannot be relabelled: they move in our database alone. A stack moves with what of it is in its collection.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Awaitable, Callable
from typing import Any

from apps.access.rules.operations import OPERATIONS
from apps.access.types import STACK_LABEL, ObjectKind, ObjectRef
from apps.core import names
from apps.core.decision import Decision
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.core.evictions import Eviction
from apps.gateway.docker import filters, moving, nodes, owners, targets, updating, workloads
from apps.gateway.docker.call import Call, EngineRefused, Subject
from apps.gateway.docker.moving import Destination
from apps.gateway.docker.objects import FACTS, Kind, read_list
from apps.gateway.docker.routes import INTERNAL, Where
from apps.gateway.docker.targets import Found
from apps.gateway.docker.updating import Change
from apps.orchestration.rules.workload import review_container, review_network, review_service, review_volume_options

_OF_STACKS = (Kind.NETWORK, Kind.SECRET, Kind.CONFIG, Kind.VOLUME, Kind.SERVICE)
"""What a stack is made of; what services use goes first."""

Step = Callable[[], Awaitable[None]]

_ROWS = {route.where: route for route in INTERNAL}


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    collection: str
    confirm: str


async def move(call: Call) -> None:
    wanted = _wanted(await call.json_body())
    if call.route.where is Where.STACK:
        await _move_stack(call, wanted)
    else:
        displaced: list[Eviction] = []
        step = await _prepared(call, wanted, displaced)
        place = call.subject.collection_id or call.policy.root_id
        if displaced and place:
            await nodes.require_confirmed_displacement(call, displaced, call.subject.name, place, wanted.confirm)
        await step()
    call.exchange.reply(200, b"{}")


def _wanted(body: dict[str, Any]) -> Wanted:
    values = {"collection": "", "confirm": "", **body}
    if len(values) > 2 or not all(isinstance(value, str) for value in values.values()):
        raise InvalidInput("the body has collection and confirm, both strings")
    names.collection_path(values["collection"], field="collection")
    return Wanted(**values)


async def _prepared(call: Call, wanted: Wanted, displaced: list[Eviction]) -> Step:
    """Everything is checked; what is returned does it.

    Args:
        displaced: gets the tasks of a service that would have to leave their nodes, for the caller to be asked about.

    Raises:
        Refused, InvalidInput, Conflict, NotFound, NeedsConfirmation: it may not be moved there, or not so.
    """
    kind = Kind(call.route.where.value)
    found, decision = await targets.find_and_decide(call, kind, call.reference, call.route.operation)
    call.subject = found.subject
    _refuse_immovable(found)
    destination = moving.by_name(call, found, wanted.collection, await _options_of(call, found))
    if kind in moving.LABELLED:
        if destination is None and not _has_another_label(call, found):
            return _nothing
        change = await _change(call, found, destination, decision, wanted.confirm)
        if kind is Kind.SERVICE and destination is not None:
            displaced += await nodes.displaced(call, found, change.spec)
        return functools.partial(_send, call, change)
    if destination is None:
        return _nothing
    call.subject.collection_id = destination.collection_id
    if kind is Kind.CONTAINER:
        labels = (json.loads(found.answer.body).get("Config") or {}).get("Labels")
        await workloads.require_labels_of_container(call, labels)
    return functools.partial(_place, call, found, destination, decision)


async def _nothing() -> None:
    """It is there already."""


async def _send(call: Call, change: Change) -> None:
    """Raises EngineRefused: the engine's own answer; then the object is where it was."""
    answer = await updating.carry_out(call, change)
    if answer.status >= 400:
        raise EngineRefused(answer._replace(body=await owners.without_hidden(call, answer.body)))


async def _place(call: Call, found: Found, destination: Destination, decision: Decision) -> None:
    await moving.place(call, found, destination, decision)


def _refuse_immovable(found: Found) -> None:
    """Raises Conflict."""
    if found.object.is_predefined:
        raise Conflict(f"the network {found.object.name} is the engine's own and in no collection")
    if found.object.service_id:
        raise Conflict("this container is a task's, and is where its service is: move the service")


async def _options_of(call: Call, found: Found) -> tuple[str, ...]:
    """The danger options that making it in the new collection would need. What we cannot read needs all of them."""
    inspected = json.loads(found.answer.body)
    match found.object.kind:
        case Kind.SERVICE:
            return review_service(inspected["Spec"]).options
        case Kind.CONTAINER:
            info = json.loads((await call.ask("GET", "/info")).body)
            review = review_container(inspected, info)
            every = tuple(option.value for option in OPERATIONS["Container Create"].options)
            return every if review.problems else review.options
        case Kind.VOLUME:
            return review_volume_options(inspected.get("Driver") or "", inspected.get("Options") or {})
        case Kind.NETWORK:
            return review_network(inspected)
    return ()


def _has_another_label(call: Call, found: Found) -> bool:
    """A move that broke off between our database and the engine: asked for again, it is finished."""
    return found.object.kind in (Kind.SERVICE, Kind.SECRET, Kind.CONFIG) and found.object.label != workloads.path_of(call)


async def _change(call: Call, found: Found, destination: Destination | None, decision: Decision, confirm: str) -> Change:
    """Of the spec as it is, with the label of where the object goes."""
    spec, query = updating.spec_of(found), [("version", updating.version_of(found.answer))]
    change = Change(found, spec, query, destination, decision)
    match found.object.kind:
        case Kind.SERVICE:
            review = review_service(spec)
            workloads.checked(review)
            return await updating.prepare_service(call, found, review, destination, query)
        case Kind.NODE:
            if destination is not None:
                await nodes.require_confirmed(call, found, destination.collection_id, confirm)
            return updating.with_labels_of_node(call, change)
    return updating.with_label(call, change)


async def _move_stack(call: Call, wanted: Wanted) -> None:
    """The objects of the stack that are in its collection go one after the other, and the stack itself at last.

    Raises:
        NotFound: there is no such stack for the caller.
        Refused, InvalidInput, Conflict: one of its objects may not be moved; then none was.
        EngineRefused: in the middle of it; the same request again moves the rest.
    """
    name = call.reference
    place = (await call.memory.placements.of(call.cluster.id, ObjectKind.STACK, [name])).get(name)
    if place is None or not call.policy.may(call.actor, "Service View", place):
        raise NotFound("there is no such stack, or you may not see it")
    call.subject = Subject(ObjectKind.STACK.value, name, name, place)
    decision = call.decide(place)
    call.require(decision)
    target = moving.collection_named(call, Kind.SERVICE, wanted.collection)
    objects = [each for each in await _objects_of(call, name) if each.collection_id == place]
    displaced: list[Eviction] = []
    steps = [await _prepared(_call_for(call, each), wanted, displaced) for each in objects]
    await nodes.require_confirmed_displacement(call, displaced, name, target, wanted.confirm)
    for step in steps:
        await step()
    await moving.place_ref(call, ObjectRef(ObjectKind.STACK, name, name), Destination(target), decision)


def _call_for(call: Call, found: Found) -> Call:
    """As if the object had been named by itself."""
    row = _ROWS[Where(found.object.kind.value)]
    return dataclasses.replace(call, route=row, reference=found.id, subject=found.subject)


async def _objects_of(call: Call, stack: str) -> list[Found]:
    found: list[Found] = []
    for kind in _OF_STACKS:
        query = [("filters", filters.write({"label": [f"{STACK_LABEL}={stack}"]}))]
        answer = await call.ask("GET", FACTS[kind].listing, query)
        if answer.status != 200:
            raise EngineRefused(answer)
        visible = await targets.only_visible(call, kind, read_list(kind, answer.body))
        found += [await targets.find(call, kind, each.id) for each in visible]
    return found
