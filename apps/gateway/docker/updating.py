"""Changing services, nodes, secrets and configs: the new spec is checked like a new object's, and may move it to another
collection (`moving`).
"""

from __future__ import annotations

import asyncio
import copy
import json
import uuid
from typing import Any

from apps.access.selectors import placements_of
from apps.access.services import Moved
from apps.access.types import ACCESS_LABEL, CONFIRM_LABEL, NODE_LABEL_PREFIX, ObjectKind
from apps.core.actor import Actor, account_kind
from apps.core.decision import Decision
from apps.core.errors import Conflict, InvalidInput, QuarterdeckError
from apps.gateway.docker import database, filters, moving, nodes, owners, references, targets
from apps.gateway.docker.call import Call
from apps.gateway.docker.moving import Destination
from apps.gateway.docker.objects import Kind
from apps.gateway.docker.targets import Found
from apps.gateway.docker.workloads import (
    checked,
    keep_own_ports,
    message_of,
    mounts,
    path_of,
    reason_of,
    require_labels_of_service,
    scheduling_root,
    summary,
)
from apps.gateway.edge.upstream import Answer
from apps.orchestration.rules import engine_json, labels, scheduling, specs
from apps.orchestration.rules.workload import Review, describe, review_service

Query = list[tuple[str, str]]


async def update_service(call: Call) -> None:
    found, _ = await targets.find_and_decide(call, Kind.SERVICE, call.reference, call.route.operation)
    call.subject = found.subject
    query = call.query()
    is_rollback = bool(filters.value_of(query, "rollback"))
    wanted = _previous_spec(call, found.answer) if is_rollback else await call.json_body()
    review = review_service(wanted)
    spec = checked(review)
    # What an earlier spec said of its collection asks for nothing now.
    label = None if is_rollback else labels.requested_collection(spec.get("Labels"))
    destination = await moving.by_label(call, found, label, review.options)
    await _reply(call, await change_service(call, found, review, destination, query))


async def change_service(call: Call, found: Found, review: Review, destination: Destination | None, query: Query) -> Answer:
    """Sends the reviewed spec, in the collection where the service is or goes. Returns the engine's answer."""
    spec, wanted = review.spec, copy.deepcopy(review.spec)
    current = spec_of(found)
    keep_own_ports(call, review)
    decision = call.decide(found.collection_id, options=review.options)
    call.require(decision)
    if destination is not None:
        call.subject.collection_id = destination.collection_id
    await references.settle(call, review)
    await references.decide_on_volumes(call, review)
    await require_labels_of_service(call, spec)
    await _keep_on_permitted_nodes(call, found, spec, is_moving=destination is not None)
    labels.stamp(spec, path_of(call))
    if specs.has_same_tasks(spec, current):
        specs.take_mounts(spec, current)  # another label on a volume's mount would start the tasks anew
    else:
        labels.stamp_volumes(mounts(spec), path_of(call))
    if not specs.are_equal(spec, wanted):
        # The engine would roll back to its own spec and not to this one: it is sent as an update instead.
        query = [pair for pair in query if pair[0] != "rollback"]
    return await asyncio.shield(_change(call, found, spec, query, destination, decision))


async def _keep_on_permitted_nodes(call: Call, found: Found, spec: dict[str, Any], *, is_moving: bool) -> None:
    """Who may schedule everywhere leaves the constraint of the service as the spec has it; a move gives it the one that its
    owner has in the new collection."""
    root = scheduling_root(call)
    if root is not None or is_moving:
        root = root or await _root_of_owner(call, found)
        scheduling.enforce(spec, root)
    await nodes.require_permitted(call, spec, root)


async def _root_of_owner(call: Call, found: Found) -> uuid.UUID | None:
    """None where there is no owner, or the owner may schedule nowhere from there."""
    placed = (await database.run(placements_of, call.cluster.id, ObjectKind.SERVICE, [found.id])).get(found.id)
    if placed is None or placed.owner_id is None or call.subject.collection_id is None:
        return None
    owner = Actor(account_kind(placed.owner_name), placed.owner_id, placed.owner_name)
    root = call.policy.scheduling_root(owner, call.subject.collection_id)
    return None if root == call.policy.root_id else root


async def _fence_previous_spec(call: Call, found: Found, spec: dict[str, Any], query: Query) -> Query:
    """With `--update-failure-action rollback` the engine goes back on its own to the spec of now, which nobody looks at then:
    it gets the constraints on our labels first. Running tasks stay where they fit.

    Returns:
        The query, for the version that this made.

    Raises:
        Conflict: somebody changed the service meanwhile.
    """
    current = spec_of(found)
    ours = scheduling.ours(spec)
    if not specs.rolls_back_by_itself(spec) or not ours or ours == scheduling.ours(current):
        return query
    scheduling.replace(current, ours)
    answer = await call.ask("POST", f"/services/{found.id}/update", _versioned(query), body=engine_json.dump(current))
    if answer.status >= 400:
        raise Conflict(message_of(answer))
    inspected = json.loads((await call.ask("GET", f"/services/{found.id}")).body)
    return [*(pair for pair in query if pair[0] != "version"), ("version", str(inspected["Version"]["Index"]))]


def _versioned(query: Query) -> Query:
    return [pair for pair in query if pair[0] == "version"]


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


async def update_node(call: Call) -> None:
    """Role, availability and labels of a node. Labels of ours on it stay as its collection has them."""
    found, decision = await targets.find_and_decide(call, Kind.NODE, call.reference, call.route.operation)
    call.subject = found.subject
    spec = await _body(call, "NODE")
    sent = dict(spec.get("Labels") or {})
    confirm = sent.pop(CONFIRM_LABEL, "")
    _refuse_labels(labels.node_problems(sent, spec_of(found).get("Labels") or {}))
    destination = await moving.by_label(call, found, sent.get(ACCESS_LABEL))
    if destination is not None:
        await nodes.require_confirmed(call, found, destination.collection_id, confirm)
    await _reply(call, await change_node(call, found, {**spec, "Labels": sent}, destination, call.query(), decision))


async def change_node(
    call: Call, found: Found, spec: dict[str, Any], destination: Destination | None, query: Query, decision: Decision
) -> Answer:
    """Sends the spec. A node that moves gets the labels of its new collection at once; the projector takes the former ones
    away when it has seen the move, so that what runs there is never without a node in between.
    """
    if destination is not None:
        call.subject.collection_id = destination.collection_id
    present = spec_of(found).get("Labels") or {}
    place = call.subject.collection_id or call.policy.root_id
    ours = {key: value for key, value in present.items() if key.startswith(NODE_LABEL_PREFIX)}
    ours |= scheduling.node_labels({}, call.policy.ancestors(place) if place else ())
    kept = {key: value for key, value in (spec.get("Labels") or {}).items() if not key.startswith(NODE_LABEL_PREFIX)}
    if destination is not None or ACCESS_LABEL in {**kept, **present}:
        kept[ACCESS_LABEL] = path_of(call)
    return await asyncio.shield(_change(call, found, {**spec, "Labels": kept | ours}, query, destination, decision))


async def update_labels(call: Call) -> None:
    """Of a secret or a config: nothing else of them can be changed."""
    kind = Kind(call.route.where.value)
    found, decision = await targets.find_and_decide(call, kind, call.reference, call.route.operation)
    call.subject = found.subject
    spec = await _body(call, kind.value.upper())
    _refuse_labels(tuple(labels.problems(spec.get("Labels"), "Labels", may_name_collection=True)))
    destination = await moving.by_label(call, found, labels.requested_collection(spec.get("Labels")))
    await _reply(call, await change_labels(call, found, spec, destination, call.query(), decision))


async def change_labels(
    call: Call, found: Found, spec: dict[str, Any], destination: Destination | None, query: Query, decision: Decision
) -> Answer:
    """Sends the spec with the label of the collection where the object is or goes."""
    if destination is not None:
        call.subject.collection_id = destination.collection_id
    labels.stamp(spec, path_of(call))
    return await asyncio.shield(_change(call, found, spec, query, destination, decision))


async def _body(call: Call, shape_name: str) -> dict[str, Any]:
    body = await call.json_body()
    _refuse_labels(engine_json.problems(body, engine_json.shape(shape_name)))
    return body


def _refuse_labels(problems: tuple[str, ...]) -> None:
    if problems:
        raise InvalidInput(errors={path: [sentence] for path, sentence in describe(problems)})


def spec_of(found: Found) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(found.answer.body)["Spec"]
    return spec


async def _change(
    call: Call, found: Found, spec: dict[str, Any], query: Query, destination: Destination | None, decision: Decision
) -> Answer:
    """Records, moves, sends, and puts back what the engine refused. Runs to its end when the client goes away."""
    await call.record_allowed(decision, summary(spec))
    moved = await moving.place(call, found, destination, decision) if destination is not None else None
    try:
        if found.object.kind is Kind.SERVICE:
            query = await _fence_previous_spec(call, found, spec, query)
        answer = await _send(call, found, spec, query)
    except QuarterdeckError as error:
        await _fail(call, moved, str(error))
        raise
    if answer.status >= 400:
        await _fail(call, moved, reason_of(answer))
    return answer


async def _reply(call: Call, answer: Answer) -> None:
    call.reply(answer, await owners.without_hidden(call, answer.body) if answer.status >= 400 else None)


async def _fail(call: Call, moved: Moved | None, reason: str) -> None:
    if moved is not None:
        await moving.put_back(call, moved, reason)
    await call.record_failed(reason)


async def _send(call: Call, found: Found, spec: dict[str, Any], query: Query) -> Answer:
    """A node has another version whenever we write our labels: that is no reason to refuse who changes something else."""
    path = f"{found.path}/update"
    answer = await call.send(path, query, spec)
    if answer.status < 400 or found.object.kind is not Kind.NODE or ("version", version_of(found.answer)) not in query:
        return answer
    now = await call.ask("GET", found.path)
    if now.status != 200 or version_of(now) == version_of(found.answer):
        return answer
    if not specs.differ_in_our_labels_only(json.loads(now.body)["Spec"], spec_of(found)):
        return answer
    return await call.send(path, [("version", version_of(now))], spec)


def version_of(answer: Answer) -> str:
    return str(json.loads(answer.body)["Version"]["Index"])
