"""The swarm's nodes as scheduling needs them: with the labels that they have by their collections.

What counts is where a node is placed; its labels follow within a moment.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from apps.access.types import CONFIRM_LABEL, ObjectKind
from apps.core import evictions
from apps.core.errors import Conflict, InvalidInput
from apps.gateway.docker import targets
from apps.gateway.docker.call import Call, EngineRefused
from apps.orchestration.rules import fitting, scheduling
from apps.orchestration.rules.fitting import Node, Relabelling


async def require_permitted(call: Call, spec: dict[str, Any], root: uuid.UUID | None) -> None:
    """A service that wants tasks needs a node that may run them.

    Args:
        spec: with the constraint that keeps it below `root`.
        root: the collection whose nodes may be used; None for all.

    Raises:
        Conflict: no node is where the caller may schedule.
        InvalidInput: none of those satisfies the constraints or platforms of the spec.
    """
    placement = fitting.placement_of(spec)
    constraints, platforms = placement.get("Constraints") or [], placement.get("Platforms") or []
    if not fitting.wants_tasks(spec) or not (constraints or platforms):
        return
    nodes = await _all(call)
    ours = [text for text in constraints if scheduling.is_ours(text)]
    permitted = [node for node in nodes if fitting.fits(node, {"Constraints": ours})]
    if not permitted:
        where = call.collection_path(root) if root else "the collections that its constraints name"
        raise Conflict(f"no node may run this: there is none in {where} or below, where {call.actor.name} may schedule")
    if not any(fitting.fits(node, placement) for node in permitted):
        wanted = [text for text in constraints if text not in ours] + [_platform(each) for each in platforms]
        sentence = f"no node where {call.actor.name} may schedule satisfies {' and '.join(wanted)}"
        raise InvalidInput.field("TaskTemplate.Placement", sentence)


def _platform(platform: dict[str, Any]) -> str:
    return f"the platform {platform.get('OS') or 'any'}/{platform.get('Architecture') or 'any'}"


async def require_confirmed(call: Call, node: targets.Found, target_id: uuid.UUID, confirm: str) -> None:
    """A move takes labels from the node, and the swarm stops at once what may not run there any more.

    Raises:
        NeedsConfirmation: it would stop something, and `confirm` does not say that it may.
    """
    before = await _with_labels(call, json.loads(node.answer.body))
    after = Node(before.object, scheduling.node_labels(before.labels, call.policy.ancestors(target_id)))
    query = [("filters", json.dumps({"node": [node.id], "desired-state": ["running"]}))]
    services, tasks = await _list(call, "/services"), await _list(call, "/tasks", query)
    found = fitting.evictions([Relabelling(before, after)], services, tasks)
    evictions.require_confirmed(
        found,
        change=f"moving {before.hostname} to {call.collection_path(target_id)}",
        ids=[target_id, node.id],
        confirm=confirm,
        how=f"add --label-add {CONFIRM_LABEL}={{}}, which confirms just this",
        shown=await _visible(call, found),
    )


async def _visible(call: Call, found: Sequence[evictions.Eviction]) -> list[evictions.Eviction]:
    """Those of services whose tasks the caller may view."""
    collections = await call.memory.placements.of(call.cluster.id, ObjectKind.SERVICE, {each.service_id for each in found})
    may = call.policy.may
    return [each for each in found if may(call.actor, "Service View Tasks", collections.get(each.service_id))]


async def own(call: Call) -> Node | None:
    """The node of the engine itself; None outside swarm mode."""
    if not call.facts.node_id:
        return None
    answer = await call.ask("GET", f"/nodes/{call.facts.node_id}")
    return await _with_labels(call, json.loads(answer.body)) if answer.status == 200 else None


async def _all(call: Call) -> list[Node]:
    listed = await _list(call, "/nodes")
    places = await call.memory.placements.of(call.cluster.id, ObjectKind.NODE, [each["ID"] for each in listed])
    return [_labelled(call, each, places.get(each["ID"])) for each in listed]


async def _with_labels(call: Call, node: dict[str, Any]) -> Node:
    return _labelled(call, node, await call.collection_of(ObjectKind.NODE, node["ID"]))


def _labelled(call: Call, node: dict[str, Any], collection_id: uuid.UUID | None) -> Node:
    place = collection_id or call.policy.root_id
    ancestors = call.policy.ancestors(place) if place else ()
    return Node(node, scheduling.node_labels((node.get("Spec") or {}).get("Labels") or {}, ancestors))


async def _list(call: Call, path: str, query: Iterable[tuple[str, str]] = ()) -> list[dict[str, Any]]:
    """Raises EngineRefused."""
    answer = await call.ask("GET", path, query)
    if answer.status != 200:
        raise EngineRefused(answer)
    listed: list[dict[str, Any]] = json.loads(answer.body) or []
    return listed
