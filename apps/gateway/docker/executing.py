"""Commands inside containers. An exec belongs to its container: every call on it is decided on the container's collection."""

from __future__ import annotations

import asyncio
import re

import msgspec

from apps.core.errors import InvalidInput, NotFound
from apps.gateway.docker import targets
from apps.gateway.docker.call import Call
from apps.gateway.docker.holds import held
from apps.gateway.docker.last_words import words_for
from apps.gateway.docker.objects import Kind
from apps.gateway.docker.targets import Found
from apps.orchestration.rules import engine_json
from apps.orchestration.rules.workload import Review, describe, review_exec, review_exec_start

_EXEC_ID = re.compile(r"[0-9a-f]{64}")
_MAX_RECORDED_COMMAND = 20


class _Created(msgspec.Struct):
    Id: str


class _Exec(msgspec.Struct):
    ContainerID: str


async def create(call: Call) -> None:
    found = await targets.find(call, Kind.CONTAINER, call.reference)
    call.subject = found.subject
    review = review_exec(await call.json_body())
    _check(review)
    decision = call.decide(found.collection_id, options=review.options)
    call.require(decision)
    command = [str(word)[:200] for word in (review.spec.get("Cmd") or [])[:_MAX_RECORDED_COMMAND]]
    await call.record_allowed(decision, {"command": command})
    await asyncio.shield(_create(call, found.id, review))


async def _create(call: Call, container_id: str, review: Review) -> None:
    answer = await call.send(f"/containers/{container_id}/exec", (), review.spec)
    if answer.status == 201:
        call.memory.execs.put(msgspec.json.decode(answer.body, type=_Created).Id, container_id)
    else:
        await call.record_failed(f"the engine answered {answer.status}")
    call.reply(answer)


async def start(call: Call) -> None:
    """Runs what was created; the connection becomes its input and output, and ends when the right to it ends."""
    container = await _find_container(call)
    with held(call, container) as hold:
        review = review_exec_start(await call.json_body() if call.exchange.request.has_body else {})
        _check(review)
        await call.record_allowed(hold.decide())
        await call.forward(
            f"/exec/{call.reference}/start",
            body=engine_json.dump(review.spec),
            is_endless=True,
            may_hijack=not review.spec.get("Detach"),
            allowed=hold.decide,
            last_words=words_for(call.route.ending, has_terminal=bool(review.spec.get("Tty"))),
        )


async def act(call: Call) -> None:
    """Inspect and resize."""
    await _find_container(call)
    action = call.route.template.rpartition("/")[2]
    await call.forward(f"/exec/{call.reference}/{action}")


async def _find_container(call: Call) -> Found:
    """The exec's container, which becomes the subject.

    Raises:
        NotFound: there is no such exec for the caller.
        Refused: the caller sees the container and may not run commands in it.
    """
    missing = NotFound(f"No such exec instance: {call.reference}")
    if not _EXEC_ID.fullmatch(call.reference):
        raise missing
    container_id = call.memory.execs.get(call.reference)
    if container_id is None:
        answer = await call.ask("GET", f"/exec/{call.reference}/json")
        if answer.status != 200:
            raise missing
        container_id = msgspec.json.decode(answer.body, type=_Exec).ContainerID
        call.memory.execs.put(call.reference, container_id)
    try:
        found, _ = await targets.find_and_decide(call, Kind.CONTAINER, container_id, call.route.operation)
    except NotFound:
        raise missing from None
    call.subject = found.subject
    return found


def _check(review: Review) -> None:
    if review.problems:
        raise InvalidInput(errors={path: [sentence] for path, sentence in describe(review.problems)})
