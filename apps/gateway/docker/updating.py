"""Changing services, nodes, secrets and configs: the new spec is checked like a new object's, and may move it to another
collection (`moving`).
"""

from __future__ import annotations

import asyncio
import copy
import json
import uuid
from dataclasses import dataclass, replace
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

MAX_RETRIES = 5
"""Of the update of a node whose labels we are just writing."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was checked, ready to be sent. Args: destination: where the object goes with it; None: it stays."""

    found: Found
    spec: dict[str, Any]
    query: Query
    destination: Destination | None
    decision: Decision


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
    await _reply(call, await carry_out(call, await prepare_service(call, found, review, destination, query)))


async def prepare_service(call: Call, found: Found, review: Review, destination: Destination | None, query: Query) -> Change:
    """Checks the reviewed spec, and makes it the spec for the collection where the service is or goes.

    Raises:
        Refused, InvalidInput, Conflict: it may not be so there.
    """
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
    return Change(found, spec, query, destination, decision)


async def _keep_on_permitted_nodes(call: Call, found: Found, spec: dict[str, Any], *, is_moving: bool) -> None:
    """Who may schedule everywhere leaves the constraint of the service as the spec has it; a move gives it the one that its
    owner has in the new collection, where the owner has any."""
    root = scheduling_root(call)
    owners = await _root_of_owner(call, found) if root is None and is_moving else None
    if owners is not None:
        root = None if owners == call.policy.root_id else owners
    if root is not None or owners is not None:
        scheduling.enforce(spec, root)
    await nodes.require_permitted(call, spec, root)


async def _root_of_owner(call: Call, found: Found) -> uuid.UUID | None:
    """None where there is no owner, or the owner may schedule nowhere from there: that opens no nodes to the service."""
    placed = (await database.run(placements_of, call.cluster.id, ObjectKind.SERVICE, [found.id])).get(found.id)
    if placed is None or placed.owner_id is None or call.subject.collection_id is None:
        return None
    owner = Actor(account_kind(placed.owner_name), placed.owner_id, placed.owner_name)
    return call.policy.scheduling_root(owner, call.subject.collection_id)


async def _fence_previous_spec(call: Call, change: Change) -> Change:
    """With `--update-failure-action rollback` the engine goes back on its own to the spec of now, which nobody looks at then:
    it gets the constraints on our labels first. Running tasks stay where they fit.

    Returns:
        The change, of the version that this made.

    Raises:
        Conflict: somebody changed the service meanwhile.
    """
    current, path = spec_of(change.found), change.found.path
    ours = scheduling.ours(change.spec)
    if not specs.rolls_back_by_itself(change.spec) or not ours or ours == scheduling.ours(current):
        return change
    scheduling.replace(current, ours)
    version = [pair for pair in change.query if pair[0] == "version"]
    answer = await call.ask("POST", f"{path}/update", version, body=engine_json.dump(current))
    if answer.status >= 400:
        raise Conflict(message_of(answer))
    others = [pair for pair in change.query if pair[0] != "version"]
    return replace(change, query=[*others, ("version", version_of(await call.ask("GET", path)))])


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
    change = Change(found, {**spec, "Labels": sent}, call.query(), destination, decision)
    await _reply(call, await carry_out(call, with_labels_of_node(call, change)))


def with_labels_of_node(call: Call, change: Change) -> Change:
    """A node that moves gets the labels of its new collection at once; the projector takes the former ones away when it has
    seen the move, so that what runs there is never without a node in between.
    """
    found, spec, destination = change.found, change.spec, change.destination
    if destination is not None:
        call.subject.collection_id = destination.collection_id
    present = spec_of(found).get("Labels") or {}
    place = call.subject.collection_id or call.policy.root_id
    ours = {key: value for key, value in present.items() if key.startswith(NODE_LABEL_PREFIX)}
    ours |= scheduling.node_labels({}, call.policy.ancestors(place) if place else ())
    kept = {key: value for key, value in (spec.get("Labels") or {}).items() if not key.startswith(NODE_LABEL_PREFIX)}
    if destination is not None or ACCESS_LABEL in {**kept, **present}:
        kept[ACCESS_LABEL] = path_of(call)
    return replace(change, spec={**spec, "Labels": kept | ours})


async def update_labels(call: Call) -> None:
    """Of a secret or a config: nothing else of them can be changed."""
    kind = Kind(call.route.where.value)
    found, decision = await targets.find_and_decide(call, kind, call.reference, call.route.operation)
    call.subject = found.subject
    spec = await _body(call, kind.value.upper())
    _refuse_labels(tuple(labels.problems(spec.get("Labels"), "Labels", may_name_collection=True)))
    destination = await moving.by_label(call, found, labels.requested_collection(spec.get("Labels")))
    change = Change(found, spec, call.query(), destination, decision)
    await _reply(call, await carry_out(call, with_label(call, change)))


def with_label(call: Call, change: Change) -> Change:
    """A secret or config gets the label of the collection where it is or goes."""
    if change.destination is not None:
        call.subject.collection_id = change.destination.collection_id
    spec = dict(change.spec)
    labels.stamp(spec, path_of(call))
    return replace(change, spec=spec)


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


async def carry_out(call: Call, change: Change) -> Answer:
    """Records, moves, sends, and puts back what the engine refused. Runs to its end when the client goes away.

    Returns:
        The engine's answer, its refusal too.

    Raises:
        EngineUnavailable: it does not answer.
    """
    return await asyncio.shield(_carry_out(call, change))


async def _carry_out(call: Call, change: Change) -> Answer:
    await call.record_allowed(change.decision, summary(change.spec))
    moved = None
    if change.destination is not None:
        moved = await moving.place(call, change.found, change.destination, change.decision)
    try:
        if change.found.object.kind is Kind.SERVICE:
            change = await _fence_previous_spec(call, change)
        answer = await _send(call, change.found, change.spec, change.query)
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
    """A node has another version whenever the projector writes our labels, and it does as soon as the node has moved: that is
    no reason to refuse who changes something else."""
    path, used = f"{found.path}/update", version_of(found.answer)
    answer = await call.send(path, query, spec)
    if found.object.kind is not Kind.NODE or ("version", used) not in query:
        return answer
    for _ in range(MAX_RETRIES):
        if answer.status < 400:
            break
        now = await call.ask("GET", found.path)
        is_ours = now.status == 200 and specs.differ_in_our_labels_only(json.loads(now.body)["Spec"], spec_of(found))
        if not is_ours or version_of(now) == used:
            break
        used = version_of(now)
        present = json.loads(now.body)["Spec"].get("Labels") or {}
        answer = await call.send(path, [("version", used)], {**spec, "Labels": specs.with_ours_of(spec["Labels"], present)})
    return answer


def version_of(answer: Answer) -> str:
    return str(json.loads(answer.body)["Version"]["Index"])
