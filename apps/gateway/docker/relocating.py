"""`POST /quarterdeck/move/{kind}s/{id}` on the internal socket: moves an object of any kind to the collection that is named.

    {"collection": "/Prod", "confirm": ""}   →   200, or 409 needs-confirmation where tasks would be stopped (`nodes`)

Services, nodes, secrets and configs get their new label on the engine as with an update. Containers, networks and volumes
cannot be relabelled: they move in our database alone. A stack moves with what of it is in its collection.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from apps.access.rules.operations import OPERATIONS
from apps.access.types import STACK_LABEL, ObjectKind, ObjectRef
from apps.core import names
from apps.core.decision import Decision
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.gateway.docker import filters, moving, nodes, targets, updating, workloads
from apps.gateway.docker.call import Call, EngineRefused, Subject
from apps.gateway.docker.moving import Destination
from apps.gateway.docker.objects import FACTS, Kind, read_list
from apps.gateway.docker.routes import INTERNAL, Where
from apps.gateway.docker.targets import Found
from apps.orchestration.rules.workload import review_container, review_network, review_service, review_volume_options

_OF_STACKS = (Kind.NETWORK, Kind.SECRET, Kind.CONFIG, Kind.VOLUME, Kind.SERVICE)
"""What a stack is made of; what services use goes first."""

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
        await _move_one(call, wanted)
    call.exchange.reply(200, b"{}")


def _wanted(body: dict[str, Any]) -> Wanted:
    values = {"collection": "", "confirm": "", **body}
    if len(values) > 2 or not all(isinstance(value, str) for value in values.values()):
        raise InvalidInput("the body has collection and confirm, both strings")
    names.collection_path(values["collection"], field="collection")
    return Wanted(**values)


async def _move_one(call: Call, wanted: Wanted) -> None:
    kind = Kind(call.route.where.value)
    found, decision = await targets.find_and_decide(call, kind, call.reference, call.route.operation)
    call.subject = found.subject
    _refuse_immovable(found)
    options = await _options_of(call, found)
    destination = moving.by_name(call, found, wanted.collection, options)
    if destination is not None or _has_another_label(call, found):
        await _carry_out(call, found, destination, decision, wanted.confirm)


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


async def _carry_out(call: Call, found: Found, destination: Destination | None, decision: Decision, confirm: str) -> None:
    """Raises EngineRefused: the engine's own answer; then the object is where it was."""
    spec, query = json.loads(found.answer.body).get("Spec"), [("version", "")]
    kind = found.object.kind
    if kind in moving.LABELLED:
        query = [("version", updating.version_of(found.answer))]
    if kind is Kind.SERVICE:
        review = review_service(spec)
        workloads.checked(review)
        answer = await updating.change_service(call, found, review, destination, query)
    elif kind is Kind.NODE:
        assert destination is not None  # noqa: S101 - of a node only a new place is a reason
        await nodes.require_confirmed(call, found, destination.collection_id, confirm)
        answer = await updating.change_node(call, found, spec, destination, query, decision)
    elif kind in moving.LABELLED:
        answer = await updating.change_labels(call, found, spec, destination, query, decision)
    else:
        await _move_here_alone(call, found, destination, decision)
        return
    if answer.status >= 400:
        raise EngineRefused(answer)


async def _move_here_alone(call: Call, found: Found, destination: Destination | None, decision: Decision) -> None:
    assert destination is not None  # noqa: S101 - these carry no label that could differ
    call.subject.collection_id = destination.collection_id
    if found.object.kind is Kind.CONTAINER:
        labels = (json.loads(found.answer.body).get("Config") or {}).get("Labels")
        await workloads.require_labels_of_container(call, labels)
    await moving.place(call, found, destination, decision)


async def _move_stack(call: Call, wanted: Wanted) -> None:
    """The objects of the stack that are in its collection go one after the other, and the stack itself at last.

    Raises:
        NotFound: there is no such stack for the caller.
        Refused: one of its objects may not be moved; then none was.
    """
    name = call.reference
    place = (await call.memory.placements.of(call.cluster.id, ObjectKind.STACK, [name])).get(name)
    if place is None or not call.policy.may(call.actor, "Service View", place):
        raise NotFound("there is no such stack, or you may not see it")
    call.subject = Subject(ObjectKind.STACK.value, name, name, place)
    decision = call.decide(place)
    call.require(decision)
    ref = ObjectRef(ObjectKind.STACK, name, name)
    target = moving.collection_named(call, Kind.SERVICE, wanted.collection)
    objects = [each for each in await _objects_of(call, name) if each.collection_id == place]
    for each in objects:
        row = _ROWS[Where(each.object.kind.value)]
        call.require(call.decide(place, row.operation))
        moving.by_name(call, each, wanted.collection, await _options_of(call, each))
    for each in objects:
        row = _ROWS[Where(each.object.kind.value)]
        await _move_one(dataclasses.replace(call, route=row, reference=each.id), wanted)
    await moving.place_ref(call, ref, Destination(target), decision)


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
