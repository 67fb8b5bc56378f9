"""The other objects that a body names: each is resolved to one object, decided on, and written back by full id."""

from __future__ import annotations

import uuid
from collections.abc import Set as AbstractSet
from typing import Any

from apps.access.selectors import places_of_volume
from apps.access.services import abandon_placement, begin_placement, complete_placement
from apps.access.types import ACCESS_LABEL, NONCE_LABEL, ObjectKind
from apps.core.errors import Conflict, InvalidInput, NotFound, Refused
from apps.gateway.docker import database, targets
from apps.gateway.docker.call import Call, EngineRefused, Hidden
from apps.gateway.docker.objects import FACTS, EngineObject, Kind, volumes_of_service
from apps.orchestration.rules import engine_json
from apps.orchestration.rules.workload import IMAGE, Reference, Review, network_options, network_problem, rewrite


async def settle(call: Call, review: Review) -> None:
    """Decides on everything the review found but volumes, and writes full ids into its spec.

    Raises:
        InvalidInput: there is no such object for the caller.
        Refused: the caller may not use it.
    """
    for reference in review.references:
        if reference.kind == IMAGE:
            call.require(call.policy.holds_anywhere(call.actor, reference.operation))
        elif reference.kind != ObjectKind.VOLUME:
            await _settle_one(call, review, reference)


async def _settle_one(call: Call, review: Review, reference: Reference) -> None:
    kind = Kind(reference.kind)
    found = await _find(call, kind, reference)
    if kind is Kind.NETWORK and found.object.is_predefined:
        # By its id or a prefix it is still the engine's own network.
        if problem := network_problem(found.object.name):
            raise InvalidInput(problem)
        call.require(call.decide(call.subject.collection_id, options=network_options(found.object.name)))
        rewrite(review.spec, reference, found.object.name)
        return
    decision = call.decide(found.collection_id, reference.operation, reference.options)
    if not decision.allowed:
        raise Refused(f"{decision.sentence}, where the {kind.value} {found.object.name or reference.ref} is")
    rewrite(review.spec, reference, found.id)


async def _find(call: Call, kind: Kind, reference: Reference) -> targets.Found:
    """Not as a 404: the docker CLI would take that for a missing image, and pull it."""
    try:
        return await targets.find(call, kind, reference.ref)
    except NotFound as error:
        if isinstance(error, Hidden):
            await call.record_hidden()
        raise InvalidInput(error.detail) from error


async def decide_on_volumes(call: Call, review: Review) -> list[Reference]:
    """Volumes that exist must be the caller's to use; those that do not exist will be made in the new object's collection.

    A service makes its volumes when its tasks start, maybe much later and on any node: until then what it mounts is the
    caller's to use where the service is. Else whoever names a volume first would get what others put in it afterwards.

    Returns:
        The references to volumes that do not exist yet.

    Raises:
        Refused: see there.
    """
    absent: list[Reference] = []
    for reference in review.references:
        if reference.kind == ObjectKind.VOLUME and not await _is_usable(call, reference):
            absent.append(reference)
            call.require(call.decide(call.subject.collection_id, reference.operation, reference.options))
    if absent:
        await _leave_to_services(call, absent)
    return absent


async def _leave_to_services(call: Call, absent: list[Reference]) -> None:
    """What a service mounts already is its collection's.

    Raises:
        Refused: the caller may not use volumes there.
        Conflict: the caller may, and would put into its hands what is to be in another collection.
    """
    services = [each for each in await _services(call) if each.id != call.subject.id]
    places = await targets.collections_of(call, Kind.SERVICE, services)
    own = call.collection_path(call.subject.collection_id)
    for service in services:
        place, named = places.get(service.id), volumes_of_service(service.raw)
        for reference in absent:
            if reference.ref not in named or call.collection_path(place) == own:
                continue
            if not call.policy.may(call.actor, reference.operation, place):
                raise _taken(call, reference)
            is_seen = call.policy.may(call.actor, FACTS[Kind.SERVICE].view, place)
            who = f"the service {service.name} in {call.collection_path(place)}" if is_seen else "a service elsewhere"
            raise Conflict(f"{who} is to make the volume {reference.ref}: take another name, or put yours there, too")


async def _services(call: Call) -> list[EngineObject]:
    """None where the engine is no manager and so cannot list them."""
    try:
        return await targets.listed(call, Kind.SERVICE)
    except EngineRefused:
        return []


def _taken(call: Call, reference: Reference) -> Refused:
    """The name is taken, and that cannot be hidden; whose it is can."""
    return Refused(f"{call.actor.name} may not use the volume {reference.ref}: {reference.operation} is missing where it is")


async def _is_usable(call: Call, reference: Reference) -> bool:
    """False where there is no volume of that name. It may be on any node, of which we ask one: the placements count, too."""
    places: AbstractSet[uuid.UUID | None] = await database.run(places_of_volume, call.cluster.id, reference.ref)
    if not places:
        answer = await call.ask("GET", FACTS[Kind.VOLUME].path_of(reference.ref))
        if answer.status == 404:
            return False
        if answer.status != 200:
            raise EngineRefused(answer)
        places = {None}
    if not all(call.policy.may(call.actor, reference.operation, place) for place in places):
        raise _taken(call, reference)
    return True


async def create_volumes(call: Call, review: Review, absent: list[Reference]) -> None:
    """Makes the volumes that the engine would make on its own without a label, so that each is placed before it is used."""
    collection_id = call.subject.collection_id
    assert collection_id is not None  # noqa: S101 - decided before
    for name, reference in {each.ref: each for each in absent}.items():
        placement = await database.run(
            begin_placement,
            actor=call.actor,
            cluster_id=call.cluster.id,
            node_id=call.facts.node_id,
            kind=ObjectKind.VOLUME,
            name=name,
            collection_id=collection_id,
        )
        labels = {ACCESS_LABEL: call.collection_path(collection_id), NONCE_LABEL: placement.nonce}
        body = {"Name": name, "Labels": labels, **_driver_of(review.spec, reference)}
        answer = await call.ask("POST", "/volumes/create", body=engine_json.dump(body))
        if answer.status >= 400:
            await database.run(abandon_placement, placement.id)
            raise EngineRefused(answer)
        await database.run(complete_placement, placement_id=placement.id, object_id=name)


def _driver_of(spec: dict[str, Any], reference: Reference) -> dict[str, Any]:
    """The driver that the body asks for: in the mount, or for all bind strings in the host configuration."""
    if reference.place[-1] != "Source":
        driver = (spec.get("HostConfig") or {}).get("VolumeDriver")
        return {"Driver": driver} if driver else {}
    mount: Any = spec
    for step in reference.place[:-1]:
        mount = mount[step]
    options = mount.get("VolumeOptions") or {}
    driver_config = options.get("DriverConfig") or {}
    wanted = {"Driver": driver_config.get("Name"), "DriverOpts": driver_config.get("Options")}
    return {key: value for key, value in wanted.items() if value}
