"""Calls on one object that the engine carries out as they are: resolve, decide, record, forward with the full id."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import msgspec

from apps.access.selectors.policy import store
from apps.core.decision import Decision
from apps.core.errors import InvalidInput, NotSupported, Refused
from apps.gateway.docker import filters, owners, reading, targets
from apps.gateway.docker.call import Call, Subject
from apps.gateway.docker.holds import held
from apps.gateway.docker.last_words import has_terminal, words_for
from apps.gateway.docker.objects import Kind
from apps.gateway.docker.routes import Body, Treatment, Where
from apps.gateway.edge.exchange import ClientGone, Transform
from apps.orchestration.rules.workload import IMAGE

_CREATES = {
    "/networks/create": "network",
    "/volumes/create": "volume",
    "/secrets/create": "secret",
    "/configs/create": "config",
    "/commit": IMAGE,
}
"""What an administrator makes by a row that is not looked into, by what it makes."""


class _Made(msgspec.Struct):
    ID: str = ""
    Id: str = ""
    Name: str = ""


PULL = "/images/create"
ASK_REGISTRY = "/distribution/{name}/json"
_DESCRIPTIONS_OF_IMAGES = frozenset({"/images/json", "/images/{name}/json"})


async def act(call: Call) -> None:
    if call.route.where is Where.ANYWHERE:
        await _act_on_images(call)
        return
    found, decision = await targets.find_and_decide(call, Kind(call.route.where.value), call.reference, call.route.operation)
    call.subject = found.subject
    with held(call, found) as hold:
        await call.record_allowed(decision)
        path = call.route.template.format(id=found.id)
        await forward_recorded(call, path, hold.decide, writes_to_terminal=has_terminal(found.answer.body))


async def forward_recorded(call: Call, path: str, allowed: Callable[[], Decision], *, writes_to_terminal: bool = False) -> None:
    """Forwards, and records that the engine refused what we allowed.

    Args:
        allowed: asked again while it runs.
        writes_to_terminal: the answer is a terminal's output, if it is a container's at all.
    """
    treatment = call.route.treatment
    body = await call.body_source()
    try:
        status = await call.forward(
            path,
            body=body,
            is_endless=treatment in (Treatment.FOLLOW, Treatment.HIJACK),
            may_hijack=treatment is Treatment.HIJACK,
            allowed=allowed,
            transform=_without_hidden(call),
            last_words=words_for(call.route.ending, has_terminal=writes_to_terminal),
        )
    except ClientGone:
        raise
    except Exception as error:
        await call.record_failed(str(error))
        raise
    if status >= 400:
        await call.record_failed(f"the engine answered {status}")


def _without_hidden(call: Call) -> Transform | None:
    """What takes the objects of others out of a short answer: of descriptions of images, and of errors of what changes
    an object, which can fail because of somebody else's."""
    route = call.route
    if call.is_unrestricted and route.template in _CREATES:
        return _noting_what_was_made(call)
    if call.is_unrestricted or route.treatment is not Treatment.CALL or route.body is Body.STREAM:
        return None
    if route.template == ASK_REGISTRY:
        return _without_reason(call)
    tells_of_images = route.template in _DESCRIPTIONS_OF_IMAGES
    if not route.is_audited and not tells_of_images:
        return None

    async def transform(status: int, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if status >= 400:
            return status, await owners.without_hidden(call, body)
        return status, await reading.images_body(call, body) if tells_of_images else body

    return transform


async def _act_on_images(call: Call) -> None:
    """Images belong to nodes: the operation is needed in any collection."""
    allowed = await _right_to_pull(call) if call.route.template == PULL else _right_to_images(call)
    decision = allowed()
    call.require(decision)
    _refuse_import(call)
    call.subject = Subject(IMAGE, name=_image_of(call))
    await call.record_allowed(decision)
    path = call.route.template.format(name=call.reference)
    await forward_recorded(call, path, allowed)


def _right_to_images(call: Call) -> Callable[[], Decision]:
    return lambda: store.current.holds_anywhere(call.actor, call.route.operation)


async def _right_to_pull(call: Call) -> Callable[[], Decision]:
    """A pull changes a node: it goes to those on which the caller may run something. The node of the engine that the
    cluster is attached by is the one that we reach (ADR 0018)."""
    place = await targets.place_of_engine(call)

    def decide() -> Decision:
        policy, actor = store.current, call.actor
        right = policy.holds_anywhere(actor, call.route.operation)
        if not right.allowed or policy.may(actor, "Node Schedule", place):
            return right
        node = f"the node {call.facts.node_name}"
        refused = policy.decide(actor, "Node Schedule", place)
        is_known = place is not None and policy.is_visible(actor, place)
        return dataclasses.replace(refused, resource=f"{refused.resource}, where {node} is" if is_known else node)

    return decide


def _refuse_import(call: Call) -> None:
    """`fromSrc` makes the engine fetch any URL, or load an archive; neither is a pull.

    Raises:
        InvalidInput: a pull that names no image, for which the engine has a 500.
        NotSupported: an import.
    """
    if filters.value_of(call.exchange.request.query, "fromSrc"):
        raise NotSupported("importing images (fromSrc) is not supported yet")
    if call.route.template == PULL and not filters.value_of(call.query(), "fromImage"):
        raise InvalidInput.field("fromImage", "is required")


def _image_of(call: Call) -> str:
    """The reference: of a pull the name and the tag or digest that stand in the query."""
    if call.route.template != "/images/create":
        return call.reference
    name, tag = (filters.value_of(call.query(), parameter) for parameter in ("fromImage", "tag"))
    return f"{name}{'@' if ':' in tag else ':'}{tag}" if tag else name


async def pass_on(call: Call) -> None:
    """The rest of the Engine API, for administrators: canonical and serialised anew, but not looked into."""
    decision = _administrators_only(call)
    if not decision.allowed:
        refused = f"{call.route.method} {call.route.template} is not supported yet; administrators may use it"
        if call.route.is_audited:
            await call.record_refused(Refused(refused, decision=decision))
        raise NotSupported(refused)
    kind = _CREATES.get(call.route.template)
    if kind is not None:
        call.subject = Subject(kind, name=await _name_of_new(call))
    await call.record_allowed(decision, awaits_id=kind is not None)
    path = call.route.template.format(id=call.reference, name=call.reference)
    await forward_recorded(call, path, lambda: _administrators_only(call))


async def _name_of_new(call: Call) -> str:
    """Of a body that is JSON; of a commit it is in the query."""
    name = (await call.json_body()).get("Name") if call.route.template != "/commit" else filters.value_of(call.query(), "repo")
    return name if isinstance(name, str) else ""


def _without_reason(call: Call) -> Transform:
    """The engine asks whatever host the reference names, and its error says how that host answered: with it one could look
    around in the engine's network."""

    async def transform(status: int, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if status < 400:
            return status, body
        return 404, msgspec.json.encode({"message": f"no registry tells of {call.reference}, or not to you"})

    return transform


def _noting_what_was_made(call: Call) -> Transform:
    """The answer as it is, and the id in it into the entry. Volumes have no id but their name."""

    async def transform(status: int, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if status < 400:
            made = msgspec.json.decode(body, type=_Made)
            await call.record_made(made.ID or made.Id or made.Name)
        return status, body

    return transform


def _administrators_only(call: Call) -> Decision:
    """Asked anew while a stream runs: an administrator may stop being one."""
    because = (f"{call.actor.name} is an administrator",)
    return Decision(call.is_unrestricted, call.route.operation, "/", (call.route.operation,), because, call.actor.name)
