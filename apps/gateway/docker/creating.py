"""Creating and changing workloads: the body is reviewed, its collection decided, what it names resolved, the permitted
nodes enforced, its placement committed; then it is sent, as the bytes that were checked.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import msgspec
from django.conf import settings

from apps.access.models import Placement
from apps.access.selectors import collection_for_create
from apps.access.services import abandon_placement, begin_placement, complete_placement
from apps.access.types import SHARED_PATH, ObjectKind
from apps.core.decision import Decision
from apps.core.errors import Conflict, InvalidInput, NotSupported, QuarterdeckError, Refused
from apps.gateway.docker import database, filters, owners, references, targets
from apps.gateway.docker.call import Call, Subject
from apps.gateway.docker.objects import Kind
from apps.gateway.edge.upstream import Answer
from apps.orchestration.rules import labels, scheduling
from apps.orchestration.rules.workload import Review, describe, path_text, review_container_create, review_service

_SWARM_PORTS = frozenset({2377, 4789, 7946})
"""Managers, overlay networks and gossip: the routing mesh would take their packets away on every node."""


class _Created(msgspec.Struct):
    ID: str = ""
    Id: str = ""


async def create_service(call: Call) -> None:
    review = review_service(await call.json_body())
    spec = _checked(review)
    _keep_own_ports(call, review)
    decision = _place_in_collection(call, "service", review, spec.get("Name") or "")
    await references.settle(call, review)
    await references.decide_on_volumes(call, review)
    _keep_on_permitted_nodes(call, spec)
    labels.stamp_volumes(_mounts(spec), _path(call))
    await _create(call, ObjectKind.SERVICE, "/services/create", spec, decision)


async def create_container(call: Call) -> None:
    review = review_container_create(await call.json_body())
    spec = _checked(review)
    _keep_own_ports(call, review)
    decision = _place_in_collection(call, "container", review, filters.value_of(call.query(), "name"))
    await references.settle(call, review)
    absent = await references.decide_on_volumes(call, review)
    if not call.facts.node_id:
        call.facts = await call.cluster.facts(is_fresh=True)  # it may be a swarm by now
    await _require_this_node(call)
    labels.disown(spec, await _image_labels(call, spec.get("Image") or ""))
    await references.create_volumes(call, review, absent)
    labels.stamp_volumes((spec.get("HostConfig") or {}).get("Mounts"), _path(call))
    await _create(call, ObjectKind.CONTAINER, "/containers/create", spec, decision, node_id=call.facts.node_id)


def _checked(review: Review) -> dict[str, Any]:
    """Raises InvalidInput naming every field that is wrong."""
    if review.problems:
        errors: dict[str, list[str]] = {}
        for path, sentence in describe(review.problems):
            errors.setdefault(path, []).append(sentence)
        raise InvalidInput(errors=errors)
    return review.spec


async def _image_labels(call: Call, image: str) -> dict[str, str]:
    """Empty where there is no such image: the engine says so itself."""
    if not image or ".." in image.split("/"):
        return {}
    answer = await call.ask("GET", f"/images/{image}/json")
    if answer.status != 200:
        return {}
    return (json.loads(answer.body).get("Config") or {}).get("Labels") or {}


def _keep_own_ports(call: Call, review: Review) -> None:
    """Nobody answers in our place, or in the swarm's: a port that the mesh publishes is taken from who listens on it.

    Raises:
        InvalidInput: naming the port.
    """
    if call.is_unrestricted:
        return
    for published in review.ports:
        for port in sorted({settings.PORT, *_SWARM_PORTS}):
            if published.first <= port <= published.last:
                raise InvalidInput.field(path_text(published.place), f"the port {port} is the control plane's own")


def _place_in_collection(call: Call, kind: str, review: Review, name: str) -> Decision:
    """Decides on the collection that the access label names, or the caller's own."""
    wanted = labels.requested_collection(review.spec.get("Labels"))
    call.subject = Subject(kind, name=name)
    collection_id = collection_for_create(call.policy, call.actor, wanted, call.route.operation, review.options)
    call.subject.collection_id = collection_id
    return call.decide(collection_id, options=review.options)


def _path(call: Call) -> str:
    return call.collection_path(call.subject.collection_id)


def _scheduling_root(call: Call) -> uuid.UUID | None:
    """The collection whose nodes may be used; None where that is all of them.

    Raises:
        Refused: the caller may schedule nowhere from this collection.
    """
    place = call.subject.collection_id or call.policy.root_id
    root = call.policy.scheduling_root(call.actor, place) if place else None
    if root is None:
        if call.is_unrestricted:
            return None
        raise Refused(decision=call.decide(place, "Node Schedule"))
    return None if root == call.policy.root_id else root


def _keep_on_permitted_nodes(call: Call, spec: dict[str, Any]) -> None:
    scheduling.enforce(spec, _scheduling_root(call))


async def _require_this_node(call: Call) -> None:
    """A plain container runs on the engine that makes it: its node must be below the collection that may be scheduled on.

    An engine outside swarm mode is one pseudo-node in /Shared.
    """
    root = _scheduling_root(call)
    if root is None:
        return
    if call.facts.node_id:
        place = await call.collection_of(ObjectKind.NODE, call.facts.node_id)
    else:
        place = call.policy.by_path(SHARED_PATH)
    if place is None or root not in call.policy.ancestors(place):
        path = call.policy.path_of(place) if place and call.policy.is_visible(call.actor, place) else _path(call)
        raise Refused(
            f"{call.actor.name} may not do this: Node Schedule is missing on {path}, where the node {call.facts.node_name} is"
        )


async def _create(
    call: Call, kind: ObjectKind, path: str, spec: dict[str, Any], decision: Decision, *, node_id: str = ""
) -> None:
    """Sends the create between a pending placement and its completion. Runs to its end when the client goes away."""
    await asyncio.shield(_create_placed(call, kind, path, spec, decision, node_id))


async def _create_placed(
    call: Call, kind: ObjectKind, path: str, spec: dict[str, Any], decision: Decision, node_id: str
) -> None:
    collection_id = call.subject.collection_id
    assert collection_id is not None  # noqa: S101 - decided before
    placement = await database.run(
        begin_placement,
        actor=call.actor,
        cluster_id=call.cluster.id,
        kind=kind,
        collection_id=collection_id,
        name=call.subject.name,
        node_id=node_id,
        label=_path(call),
    )
    try:
        labels.stamp(spec, placement.label, placement.nonce)
        await call.record_allowed(decision, _summary(spec), awaits_id=True)
        answer = await call.send(path, call.query(), spec)
    except QuarterdeckError as error:
        # A create whose answer was lost may have happened: its placement stays pending, and the projector joins the two.
        await call.record_failed(str(error))
        raise
    await _finish(call, kind, placement, answer)


async def _finish(call: Call, kind: ObjectKind, placement: Placement, answer: Answer) -> None:
    if answer.status >= 400:
        await database.run(abandon_placement, placement.id)
        await call.record_failed(_message(answer))
        call.reply(answer, await owners.without_hidden(call, answer.body))
        return
    created = msgspec.json.decode(answer.body, type=_Created)
    object_id = created.ID or created.Id
    await database.run(complete_placement, placement_id=placement.id, object_id=object_id)
    call.memory.placements.remember(call.cluster.id, kind, object_id, placement.collection_id)
    await call.record_made(object_id)
    call.reply(answer)


def _message(answer: Answer) -> str:
    """What the log keeps of a failure. The engine repeats what it finds invalid, and that may be a secret."""
    if answer.status == 400:
        return "the engine found the request invalid"
    try:
        return str(json.loads(answer.body)["message"])
    except (ValueError, KeyError, TypeError):
        return f"the engine answered {answer.status}"


def _mounts(spec: dict[str, Any]) -> list[dict[str, Any]] | None:
    return ((spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}).get("Mounts")


async def update_service(call: Call) -> None:
    """The new spec is checked like a new service's. The service stays in its collection, whatever labels it sends."""
    found, _ = await targets.find_and_decide(call, Kind.SERVICE, call.reference, call.route.operation)
    call.subject = found.subject
    query = call.query()
    if filters.value_of(query, "rollback"):
        wanted = _previous_spec(call, found.answer)
    else:
        wanted = await call.json_body()
    review = review_service(wanted)
    spec = _checked(review)
    _keep_own_ports(call, review)
    decision = call.decide(found.collection_id, options=review.options)
    call.require(decision)
    await references.settle(call, review)
    await references.decide_on_volumes(call, review)
    path = _path(call)
    _refuse_move(call, labels.requested_collection(spec.get("Labels")), _current_label(found.answer))
    _keep_on_permitted_nodes(call, spec)
    labels.stamp(spec, path)
    labels.stamp_volumes(_mounts(spec), path)
    if _placement_of(spec) != _placement_of(wanted):
        # The engine would roll back to a spec that leaves the permitted nodes: it is sent as an update instead.
        query = [pair for pair in query if pair[0] != "rollback"]
    await asyncio.shield(_update(call, found.id, query, spec, decision))


async def _update(call: Call, service_id: str, query: list[tuple[str, str]], spec: dict[str, Any], decision: Decision) -> None:
    await call.record_allowed(decision, _summary(spec))
    try:
        answer = await call.send(f"/services/{service_id}/update", query, spec)
    except QuarterdeckError as error:
        await call.record_failed(str(error))
        raise
    if answer.status < 400:
        call.reply(answer)
        return
    await call.record_failed(_message(answer))
    call.reply(answer, await owners.without_hidden(call, answer.body))


def _previous_spec(call: Call, answer: Answer) -> dict[str, Any]:
    """What `rollback=previous` reinstates: the engine ignores the body, so this is what has to be checked.

    Of another version of the service the previous spec is another one, too, and must not slip in between check and update.
    """
    if filters.value_of(call.query(), "rollback") != "previous":
        raise InvalidInput.field("rollback", "must be previous")
    service = json.loads(answer.body)
    if filters.value_of(call.query(), "version") != str(service["Version"]["Index"]):
        raise Conflict("update out of sequence: the service has another version by now; read it again")
    previous = service.get("PreviousSpec")
    if not previous:
        raise InvalidInput("service does not have a previous spec to roll back to")
    return dict(previous)


def _current_label(answer: Answer) -> str | None:
    spec = json.loads(answer.body).get("Spec") or {}
    return labels.requested_collection(spec.get("Labels"))


def _refuse_move(call: Call, wanted: str | None, last_sent: str | None) -> None:
    """A label equal to the one last sent, or to the path of today, means no change."""
    if not wanted or wanted == last_sent or call.policy.by_path(wanted) == (call.subject.collection_id or call.policy.root_id):
        return
    raise NotSupported(f"moving a service to another collection ({wanted[:200]}) is not supported yet")


def _placement_of(spec: dict[str, Any]) -> list[str]:
    placement = (spec.get("TaskTemplate") or {}).get("Placement") or {}
    return list(placement.get("Constraints") or [])


def _summary(spec: dict[str, Any]) -> dict[str, Any]:
    """What the audit log keeps of a container's or a service's spec."""
    container = (spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}
    replicas = ((spec.get("Mode") or {}).get("Replicated") or {}).get("Replicas")
    kept = {"image": container.get("Image") or spec.get("Image"), "replicas": replicas}
    return {key: value for key, value in kept.items() if value is not None}
