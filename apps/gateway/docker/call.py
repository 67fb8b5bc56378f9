"""One request on its way through the table: who asks what of which engine, and the steps that every treatment takes."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from apps.access.rules.policy import Policy
from apps.access.selectors import decide_on_held
from apps.access.selectors.policy import store
from apps.access.types import ObjectKind
from apps.audit.models import Entry
from apps.audit.services import draft, settle
from apps.audit.types import Outcome
from apps.core.actor import Actor
from apps.core.decision import Decision
from apps.core.errors import InvalidInput, NotFound, QuarterdeckError, Refused, Unavailable
from apps.gateway.docker import database
from apps.gateway.docker.clusters import AttachedCluster, EngineFacts
from apps.gateway.docker.objects import EngineObject
from apps.gateway.docker.placements import Placements
from apps.gateway.docker.recording import Recorder
from apps.gateway.docker.routes import Body, Route
from apps.gateway.docker.versions import Version
from apps.gateway.edge.exchange import STREAM, BodySource, Exchange, LastWords, Transform, UpstreamHead
from apps.gateway.edge.http1 import target
from apps.gateway.edge.upstream import Answer
from apps.orchestration.rules import engine_json
from apps.orchestration.rules.workload import IMAGE

logger = logging.getLogger(__name__)

MAX_JSON_BYTES = 8 * 1024 * 1024
"""Of a body that is parsed; the engine's own limits on what it stores are below."""

_FORWARDED_HEADERS = ("accept", "content-type", "user-agent", "x-registry-auth", "x-registry-config")
_ANSWERED_HEADERS = (
    "api-version",
    "builder-version",
    "cache-control",
    "docker-experimental",
    "ostype",
    "pragma",
    "server",
    "swarm",
    "warning",
)

Query = Iterable[tuple[str, str]]


def answered_headers(engine: dict[str, str]) -> list[tuple[str, str]]:
    """Of the engine's headers those that clients look at."""
    return [(name, engine[name]) for name in _ANSWERED_HEADERS if name in engine]


class Hidden(NotFound):
    """It exists, and the caller may not view it: answered like what does not exist, but recorded."""


class EngineRefused(Exception):
    """The engine's own answer, which goes to the client as it is."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


@dataclass(slots=True)
class Subject:
    """What a call is about, for decisions and the audit log.

    Args:
        kind: "service", "container", …
        collection_id: None for `/`.
    """

    kind: str
    id: str = ""
    name: str = ""
    collection_id: uuid.UUID | None = None


class ExecMap:
    """Which container an exec runs in, for those this worker has seen. An exec never changes its container."""

    MAX = 10_000

    def __init__(self) -> None:
        self._containers: dict[str, str] = {}

    def get(self, exec_id: str) -> str | None:
        return self._containers.get(exec_id)

    def put(self, exec_id: str, container_id: str) -> None:
        if len(self._containers) >= self.MAX:
            self._containers.clear()
        self._containers[exec_id] = container_id


@dataclass(slots=True)
class Memory:
    """What a worker remembers between requests. Losing it costs time only.

    Args:
        holds: the objects on which streams stand now.
    """

    placements: Placements = field(default_factory=Placements)
    execs: ExecMap = field(default_factory=ExecMap)
    holds: set[Hold] = field(default_factory=set)


@dataclass(slots=True)
class Call:
    exchange: Exchange
    cluster: AttachedCluster
    facts: EngineFacts
    version: Version
    route: Route
    reference: str
    memory: Memory
    recorder: Recorder
    subject: Subject = field(default_factory=lambda: Subject(""))
    _recorded: Entry | None = None
    _body: dict[str, Any] | None = None

    @property
    def actor(self) -> Actor:
        return self.exchange.actor

    @property
    def policy(self) -> Policy:
        return store.current

    @property
    def is_unrestricted(self) -> bool:
        return self.policy.is_unrestricted(self.actor)

    # Asking the engine

    def query(self) -> list[tuple[str, str]]:
        """The parameters that the row knows."""
        known = self.route.query
        return [pair for pair in self.exchange.request.query if known is None or pair[0] in known]

    def target(self, path: str, query: Query = ()) -> bytes:
        return target.serialise(f"/v{self.version}{path}", query)

    def headers(self) -> list[tuple[str, str]]:
        given = self.exchange.request.headers
        return [(name, given[name]) for name in _FORWARDED_HEADERS if name in given]

    async def ask(self, method: str, path: str, query: Query = (), *, body: bytes | None = None) -> Answer:
        """A question of ours to the engine.

        Raises:
            EngineUnavailable: it does not answer.
        """
        return await self.cluster.upstream.request(method, self.target(path, query), body=body)

    async def send(self, path: str, query: Query, body: dict[str, Any]) -> Answer:
        """The caller's request with the body that was checked, and the caller's registry credentials."""
        headers = [pair for pair in self.headers() if pair[0].startswith("x-registry-")]
        return await self.cluster.upstream.request(
            self.route.method, self.target(path, query), body=engine_json.dump(body), headers=headers, timeout_seconds=120
        )

    async def forward(
        self,
        path: str,
        *,
        query: Query | None = None,
        body: BodySource = None,
        is_endless: bool = False,
        may_hijack: bool = False,
        allowed: Callable[[], Decision] | None = None,
        transform: Transform | None = None,
        last_words: LastWords | None = None,
    ) -> int:
        """The caller's request with another path; the answer goes to the caller as it comes. Returns its status."""
        head = UpstreamHead(
            self.route.method, self.target(path, self.query() if query is None else query), self._headers_for(body)
        )
        return await self.exchange.forward(
            self.cluster.upstream,
            head=head,
            body=body,
            transform=transform,
            may_hijack=may_hijack,
            timeout_seconds=None if is_endless else 600,
            allowed=allowed,
            last_words=last_words,
        )

    def _headers_for(self, body: BodySource) -> list[tuple[str, str]]:
        headers = self.headers()
        if isinstance(body, bytes):
            return [("content-type", "application/json"), *(pair for pair in headers if pair[0] != "content-type")]
        return headers if body is STREAM else [pair for pair in headers if pair[0] != "content-type"]

    async def json_body(self) -> dict[str, Any]:
        """The caller's body, read strictly.

        Raises:
            InvalidInput, TooLarge: it is not one JSON object, or too large.
        """
        if self._body is None:
            self._body = await self._read_json()
        return self._body

    async def _read_json(self) -> dict[str, Any]:
        content_type = self.exchange.request.headers.get("content-type", "")
        # The engine merges a form's fields into the query.
        if "form" in content_type.lower():
            raise InvalidInput("the body must be JSON, not a form")
        return engine_json.parse(await self.exchange.read_body(MAX_JSON_BYTES))

    async def body_source(self) -> BodySource:
        """What the row forwards of the caller's body."""
        if self.route.body is Body.NONE or not self.exchange.request.has_body:
            return None
        return STREAM if self.route.body is Body.STREAM else engine_json.dump(await self.json_body())

    # Answering

    def reply(self, answer: Answer, body: bytes | None = None) -> None:
        """The engine's answer, with another body where one is given."""
        content_type = answer.headers.get("content-type", "application/json")
        sent = answer.body if body is None else body
        self.exchange.reply(answer.status, sent, content_type=content_type, headers=answered_headers(answer.headers))

    # Deciding and recording

    def require(self, decision: Decision) -> None:
        """Raises Refused where the decision is no."""
        if not decision.allowed:
            raise Refused(decision=decision)

    def decide(self, collection_id: uuid.UUID | None, operation: str | None = None, options: tuple[str, ...] = ()) -> Decision:
        return self.policy.decide(self.actor, operation or self.route.operation, collection_id, options)

    def collection_path(self, collection_id: uuid.UUID | None) -> str:
        return self.policy.path_of(collection_id) if collection_id else "/"

    async def collection_of(self, kind: ObjectKind, object_id: str) -> uuid.UUID | None:
        """None means `/`."""
        return (await self.memory.placements.of(self.cluster.id, kind, [object_id])).get(object_id)

    async def record_allowed(
        self, decision: Decision, detail: dict[str, Any] | None = None, *, awaits_id: bool = False
    ) -> None:
        """Kept before the change is sent, so that nothing happens unrecorded. Does nothing for what only reads.

        Args:
            awaits_id: of a create: `record_made` will say what was made.

        Raises:
            Unavailable: it cannot be kept, so nothing may happen.
        """
        if self.route.is_audited:
            self._recorded = self._draft(Outcome.ALLOWED, decision.sentence, detail, awaits_id=awaits_id)
            await self.recorder.record(self._recorded)

    async def record_made(self, object_id: str) -> None:
        """The id of what the create has made goes into its entry; into a second one where that is sealed by now."""
        entry, self.subject.id = self._recorded, object_id
        if entry is None:
            return
        try:
            if await database.run(settle, entry.id, object_id):
                return
        except QuarterdeckError:
            logger.info("the entry %s waits on disk, the id of what was made follows in one of its own", entry.id)
        await self._record_after(Outcome.ALLOWED, f"{self.cluster.name} made it; the entry before of this request asked for it")

    async def record_failed(self, reason: str) -> None:
        if self.route.is_audited:
            await self._record_after(Outcome.FAILED, reason)
            if self._recorded is not None and self._recorded.settles_at:
                await database.run(settle, self._recorded.id)

    async def record_refused(self, refused: Refused) -> None:
        """After nothing was done; whatever was asked, reading included."""
        place = refused.decision.resource if refused.decision else ""
        # What the caller may not know stands there in other words: the log has the collection itself.
        await self._record_after(Outcome.REFUSED, refused.detail, place=place if place.startswith("/") else "")

    async def record_hidden(self) -> None:
        """Somebody tried to change what is not shown to them. What only reads is not recorded."""
        if self.route.is_audited:
            await self._record_after(Outcome.REFUSED, f"{self.actor.name} may not view it")

    async def _record_after(self, outcome: Outcome, reason: str, *, place: str = "") -> None:
        """Of what happened or did not: the answer is the same whether or not it can be kept. The log has it then."""
        entry = self._draft(outcome, reason, place=place)
        try:
            await self.recorder.record(entry)
        except Unavailable:
            logger.critical(
                "not in the audit log: %s %s %s of %s, request %s",
                entry.actor_name,
                entry.outcome,
                entry.operation,
                entry.target_id or entry.target_name,
                entry.request_id,
            )

    def _draft(
        self,
        outcome: Outcome,
        reason: str,
        detail: dict[str, Any] | None = None,
        *,
        place: str = "",
        awaits_id: bool = False,
    ) -> Entry:
        return draft(
            actor=self.actor,
            operation=self.route.operation or f"{self.route.method} {self.route.template}",
            target_kind=self.subject.kind or self.route.where.value,
            target_id=self.subject.id,
            target_name=self.subject.name or self.reference,
            collection=place or self._place_of_subject(),
            cluster=self.cluster.name,
            outcome=outcome,
            reason=reason,
            detail=detail,
            awaits_id=awaits_id,
        )

    def _place_of_subject(self) -> str:
        """Images belong to nodes, and what no row knows is nowhere."""
        if self.subject.kind in ("", IMAGE):
            return ""
        return self.collection_path(self.subject.collection_id)


@dataclass(eq=False, slots=True)
class Hold:
    """The right to an object on which a stream stands; see `holds`.

    Args:
        collection_id: where the object is, as far as we know now.
        known_path: of the collection where it was when the stream was decided on.
    """

    call: Call
    object: EngineObject
    collection_id: uuid.UUID | None
    known_path: str

    def decide(self) -> Decision:
        """By the policy of this moment."""
        actor, operation = self.call.actor, self.call.route.operation
        return decide_on_held(actor, operation, self.collection_id, known_path=self.known_path)
