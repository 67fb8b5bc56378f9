"""Creating workloads: the body is reviewed, its collection decided, what it names resolved, the permitted nodes enforced, its
placement committed; then it is sent, as the bytes that were checked.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import msgspec

from apps.access.models import Placement
from apps.access.selectors import collection_for_create, placements_of
from apps.access.services import abandon_placement, begin_placement, complete_placement, place_stack
from apps.access.types import ACCESS_LABEL, ObjectKind
from apps.core.decision import Decision
from apps.core.errors import Conflict, QuarterdeckError, Refused
from apps.gateway.docker import database, filters, nodes, owners, references, targets
from apps.gateway.docker.call import Call, Subject
from apps.gateway.docker.workloads import (
    checked,
    keep_own_ports,
    mounts,
    path_of,
    reason_of,
    require_labels_of_container,
    require_labels_of_service,
    scheduling_root,
    summary,
)
from apps.gateway.edge.upstream import Answer
from apps.orchestration.rules import labels, scheduling
from apps.orchestration.rules.workload import Review, review_container_create, review_service


class _Created(msgspec.Struct):
    ID: str = ""
    Id: str = ""


async def create_service(call: Call) -> None:
    review = review_service(await call.json_body())
    spec = checked(review)
    keep_own_ports(call, review)
    decision = await _place_in_collection(call, "service", review, spec.get("Name") or "")
    await references.settle(call, review)
    await references.decide_on_volumes(call, review)
    await require_labels_of_service(call, spec)
    root = scheduling_root(call)
    scheduling.enforce(spec, root)
    await nodes.require_permitted(call, spec, root)
    labels.stamp_volumes(mounts(spec), path_of(call))
    await _place_stack(call, labels.stack_of(spec.get("Labels")))
    await _create(call, ObjectKind.SERVICE, "/services/create", spec, decision)


async def create_container(call: Call) -> None:
    review = review_container_create(await call.json_body())
    spec = checked(review)
    keep_own_ports(call, review)
    decision = await _place_in_collection(call, "container", review, filters.value_of(call.query(), "name"))
    await references.settle(call, review)
    absent = await references.decide_on_volumes(call, review)
    await _require_this_node(call)
    await require_labels_of_container(call, spec.get("Labels"))
    labels.disown(spec, await _image_labels(call, spec.get("Image") or ""))
    await references.create_volumes(call, review, absent)
    labels.stamp_volumes((spec.get("HostConfig") or {}).get("Mounts"), path_of(call))
    await _create(call, ObjectKind.CONTAINER, "/containers/create", spec, decision, node_id=call.facts.node_id)


async def _image_labels(call: Call, image: str) -> dict[str, str]:
    """Empty where there is no such image: the engine says so itself."""
    if not image or ".." in image.split("/"):
        return {}
    answer = await call.ask("GET", f"/images/{image}/json")
    if answer.status != 200:
        return {}
    return (json.loads(answer.body).get("Config") or {}).get("Labels") or {}


async def _place_in_collection(call: Call, kind: str, review: Review, name: str) -> Decision:
    """Decides on the collection that the access label names, else the one of the stack, else the caller's own."""
    given = review.spec.get("Labels")
    wanted = labels.requested_collection(given) or await _path_of_stack(call, labels.stack_of(given))
    call.subject = Subject(kind, name=name)
    collection_id = collection_for_create(call.policy, call.actor, wanted, call.route.operation, review.options)
    call.subject.collection_id = collection_id
    return call.decide(collection_id, options=review.options)


async def _path_of_stack(call: Call, name: str) -> str | None:
    """Where a stack of this name is already; None where there is none for the caller.

    Raises:
        Conflict: it is elsewhere than what the caller makes goes, and somebody else's. Whoever takes a name first is not to
            draw in what others make later, who would not notice: they say where it goes.
    """
    place = (await call.memory.placements.of(call.cluster.id, ObjectKind.STACK, [name])).get(name)
    if place is None or not call.policy.may(call.actor, "Service View", place):
        return None
    own = call.policy.default_collection(call.actor.id) if call.actor.id else None
    if place != own:
        await _require_own_stack(call, name, place)
    return call.policy.path_of(place)


async def _require_own_stack(call: Call, name: str, place: uuid.UUID) -> None:
    """One that nobody made, but which was found on the cluster, is everybody's."""
    placed = (await database.run(placements_of, call.cluster.id, ObjectKind.STACK, [name])).get(name)
    if placed is not None and placed.owner_id not in (None, call.actor.id):
        raise Conflict(
            f"the stack {name} is {placed.owner_name}'s, in {call.policy.path_of(place)}: "
            f"say with the label {ACCESS_LABEL} in which collection its new parts go"
        )


async def _place_stack(call: Call, name: str) -> None:
    """A stack is where the first of its services is made."""
    if name and not await call.memory.placements.of(call.cluster.id, ObjectKind.STACK, [name]):
        assert call.subject.collection_id is not None  # noqa: S101 - decided before
        await database.run(
            place_stack, actor=call.actor, cluster_id=call.cluster.id, name=name, collection_id=call.subject.collection_id
        )


async def _require_this_node(call: Call) -> None:
    """A plain container runs on the engine that makes it: its node must be below the collection that may be scheduled on."""
    place = await targets.place_of_engine(call)
    root = scheduling_root(call)
    if root is None:
        return
    if place is None or root not in call.policy.ancestors(place):
        path = call.policy.path_of(place) if place and call.policy.is_visible(call.actor, place) else path_of(call)
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
        label=labels.requested_collection(spec.get("Labels")) or "",
    )
    try:
        labels.stamp(spec, path_of(call), placement.nonce)
        await call.record_allowed(decision, summary(spec), awaits_id=True)
        answer = await call.send(path, call.query(), spec)
    except QuarterdeckError as error:
        # A create whose answer was lost may have happened: its placement stays pending, and the projector joins the two.
        await call.record_failed(str(error))
        raise
    await _finish(call, kind, placement, answer)


async def _finish(call: Call, kind: ObjectKind, placement: Placement, answer: Answer) -> None:
    if answer.status >= 400:
        await database.run(abandon_placement, placement.id)
        await call.record_failed(reason_of(answer))
        call.reply(answer, await owners.without_hidden(call, answer.body))
        return
    created = msgspec.json.decode(answer.body, type=_Created)
    object_id = created.ID or created.Id
    await database.run(complete_placement, placement_id=placement.id, object_id=object_id)
    call.memory.placements.remember(call.cluster.id, kind, object_id, placement.collection_id)
    await call.record_made(object_id)
    call.reply(answer)
