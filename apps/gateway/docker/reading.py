"""Ping, version, info, lists and inspects: what the engine says, without what the caller may not view."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from django.conf import settings

from apps.core.errors import EngineUnavailable, InvalidInput, NotFound
from apps.gateway.docker import filters, redaction, targets, versions
from apps.gateway.docker.call import Call, EngineRefused
from apps.gateway.docker.objects import FACTS, PLACED_BY_ID, EngineObject, Kind, pick, read_ids, read_list, write_list
from apps.gateway.docker.redaction import Counts
from apps.gateway.docker.routes import Where
from apps.gateway.edge.upstream import Answer

SHORT_NETWORK_LISTS = versions.Version(1, 28)


async def ping(call: Call) -> None:
    """Whether the engine lives. The API version that the answer names is one that we speak, too."""
    answer = await call.cluster.ping()
    if call.facts.is_clamped:
        answer = answer._replace(headers={**answer.headers, "api-version": str(versions.NEWEST)})
    call.reply(answer)


async def version(call: Call) -> None:
    answer = await _answer(call, "/version")
    engine = redaction.version(json.loads(answer.body), settings.VERSION)
    if "api-version" in answer.headers:
        answer.headers["api-version"] = engine["ApiVersion"]
    call.reply(answer, json.dumps(engine).encode())


async def info(call: Call) -> None:
    answer = await _answer(call, "/info")
    if call.is_unrestricted:
        call.reply(answer)
        return
    engine = json.loads(answer.body)
    shown = redaction.info(engine, await _counts(call, engine.get("Swarm") or {}))
    call.reply(answer, json.dumps(shown).encode())


class _State(msgspec.Struct):
    State: str = ""


_decode_state = msgspec.json.Decoder(_State).decode


async def _counts(call: Call, swarm: dict[str, Any]) -> Counts:
    """Args: swarm: what the engine says of its swarm; only a manager lists nodes."""
    containers = await targets.only_visible(call, Kind.CONTAINER, await targets.listed(call, Kind.CONTAINER))
    states = [_decode_state(each.raw).State for each in containers]
    running, paused = states.count("running"), states.count("paused")
    images = 0
    if call.policy.holds_anywhere(call.actor, "Image View").allowed:
        images = len(json.loads((await _answer(call, "/images/json")).body) or [])
    listed = await targets.listed(call, Kind.NODE) if swarm.get("ControlAvailable") else []
    nodes = [each for each, _ in await _visible_nodes(call, listed)]
    return Counts(
        running,
        paused,
        stopped=len(states) - running - paused,
        images=images,
        nodes=len(nodes),
        managers=sum(each.role == "manager" for each in nodes),
        sees_node=swarm.get("NodeID") in {each.id for each in nodes},
    )


async def list_objects(call: Call) -> None:
    """The engine's list, filtered. Filters that name other objects are resolved first, as the caller sees them."""
    kind = Kind(call.route.where.value)
    query = dict(call.query())
    given = filters.parse(query.get("filters", ""))
    await _resolve_references(call, kind, given)
    if given:
        query["filters"] = filters.write(given)
    limit = None if call.is_unrestricted else _take_limit(query)
    answer = await call.ask("GET", FACTS[kind].listing, query.items())
    if answer.status != 200 or call.is_unrestricted:
        call.reply(answer)
        return
    if kind in PLACED_BY_ID:
        call.reply(answer, await _visible_body(call, kind, answer))
        return
    objects = _read(call, kind, answer)
    if kind is Kind.NODE:
        body = await _nodes_body(call, objects, given)
    elif kind is Kind.NETWORK:
        body = await _networks_body(call, objects)
    else:
        shown = (await targets.only_visible(call, kind, objects))[:limit]
        body = answer.body if len(shown) == len(objects) else write_list(kind, shown)
    call.reply(answer, body)


async def _visible_body(call: Call, kind: Kind, answer: Answer) -> bytes:
    """The list of a kind that is placed by id, without what the caller may not view. The engine's bytes stay as they are."""
    try:
        ids = read_ids(answer.body)
    except msgspec.MsgspecError as error:
        raise _unreadable(call) from error
    collections = await call.memory.placements.of(call.cluster.id, kind.placed_as, ids)
    may, actor, view = call.policy.may, call.actor, FACTS[kind].view
    visible = [may(actor, view, collections.get(each)) for each in ids]
    return answer.body if all(visible) else pick(answer.body, visible)


def _take_limit(query: dict[str, str]) -> int | None:
    """`limit` counts what the caller sees, so it is applied by us; the engine lists stopped containers with it."""
    text = query.pop("limit", "")
    if not text:
        return None
    try:
        limit = int(text)
    except ValueError as error:
        raise InvalidInput.field("limit", "must be a number") from error
    if limit <= 0:
        return None
    query["all"] = "1"
    return limit


async def _resolve_references(call: Call, kind: Kind, given: filters.Filters) -> None:
    for key, target_kind in filters.REFERENCES.get(kind, {}).items():
        if key in given and not call.is_unrestricted:
            given[key] = [(await targets.find(call, target_kind, each)).id for each in given[key]]


def _read(call: Call, kind: Kind, answer: Answer) -> list[EngineObject]:
    try:
        return read_list(kind, answer.body)
    except msgspec.MsgspecError as error:
        raise _unreadable(call) from error


def _unreadable(call: Call) -> EngineUnavailable:
    return EngineUnavailable(f"cluster {call.cluster.name}: the engine's answer cannot be read")


async def _nodes_body(call: Call, objects: Sequence[EngineObject], given: filters.Filters) -> bytes:
    shown = await _visible_nodes(call, objects)
    if filters.NEEDS_FULL_VIEW & given.keys():
        shown = [(each, is_reduced) for each, is_reduced in shown if not is_reduced]
    return b"[" + b",".join(_reduced(each) if is_reduced else each.raw for each, is_reduced in shown) + b"]"


def _reduced(node: EngineObject) -> bytes:
    return json.dumps(redaction.reduced_node(json.loads(node.raw))).encode()


async def _visible_nodes(call: Call, nodes: Sequence[EngineObject]) -> list[tuple[EngineObject, bool]]:
    """The nodes that exist for the caller, each with whether only its reduced form may be shown."""
    collections = await targets.collections_of(call, Kind.NODE, nodes)
    policy, actor = call.policy, call.actor
    own: frozenset[str] | None = None
    shown = []
    for node in nodes:
        if policy.may(actor, "Node View", collections.get(node.id)):
            shown.append((node, False))
            continue
        if not policy.may(actor, "Node Schedule", collections.get(node.id)):
            own = await targets.nodes_of_own_tasks(call) if own is None else own
            if node.id not in own:
                continue
        shown.append((node, True))
    return shown


async def inspect(call: Call) -> None:
    if call.route.where is Where.PLUGIN:
        await _inspect_plugin(call)
        return
    kind = Kind(call.route.where.value)
    found = await targets.find(call, kind, call.reference, call.query())
    answer = found.answer
    if call.is_unrestricted:
        call.reply(answer)
    elif found.is_reduced:
        call.reply(answer, _reduced(found.object))
    elif kind is Kind.NETWORK:
        call.reply(answer, await _network_body(call, json.loads(answer.body)))
    else:
        call.reply(answer)


async def _network_body(call: Call, inspected: dict[str, Any]) -> bytes:
    containers = await _visible_container_ids(call) if inspected.get("Containers") else frozenset()
    return json.dumps(redaction.network(inspected, containers)).encode()


async def _networks_body(call: Call, objects: Sequence[EngineObject]) -> bytes:
    """Before API 1.28 the list tells of each network what its inspect does."""
    visible = await targets.only_visible(call, Kind.NETWORK, objects)
    if call.version >= SHORT_NETWORK_LISTS:
        return write_list(Kind.NETWORK, visible)
    containers = await _visible_container_ids(call)
    return json.dumps([redaction.network(json.loads(each.raw), containers) for each in visible]).encode()


async def _visible_container_ids(call: Call) -> frozenset[str]:
    visible = await targets.only_visible(call, Kind.CONTAINER, await targets.listed(call, Kind.CONTAINER))
    return frozenset(each.id for each in visible)


async def images_body(call: Call, body: bytes) -> bytes:
    """A list of images or one image, without the containers of others."""
    described = json.loads(body)
    images = described if isinstance(described, list) else [described]
    containers = await _visible_container_ids(call) if any(each.get("Manifests") for each in images) else frozenset()
    shown = [redaction.image(each, containers) for each in images]
    return json.dumps(shown if isinstance(described, list) else shown[0]).encode()


async def _inspect_plugin(call: Call) -> None:
    if not call.is_unrestricted:
        raise NotFound(f'plugin "{call.reference}" not found')
    call.reply(await call.ask("GET", f"/plugins/{call.reference}/json"))


async def _answer(call: Call, path: str) -> Answer:
    answer = await call.ask("GET", path)
    if answer.status != 200:
        raise EngineRefused(answer)
    return answer
