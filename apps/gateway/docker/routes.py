"""The table of the Engine API, made to be read beside the Engine API's own description.

One row says for one call: which operation it is, on which object it is decided, how it is treated, and which query
parameters mean something (all others are dropped). What has no row is refused: the documented rest is in `NOT_YET`, which
only administrators may use, and everything else does not exist.
"""

from __future__ import annotations

import enum
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from apps.access.rules.moving import LEAVE
from apps.access.types import ObjectKind
from apps.gateway.docker.last_words import Ending


class Where(enum.StrEnum):
    """Where the operation must be held: on the collection of the named object, or as the name says."""

    SIGNED_IN = "signed in"  # nothing is needed beyond being signed in
    ANYWHERE = "anywhere"  # in any collection: images belong to nodes, not to collections
    NEW = "new"  # in the collection of the object that is made
    CONTAINER = "container"
    SERVICE = "service"
    TASK = "task"
    NODE = "node"
    NETWORK = "network"
    VOLUME = "volume"
    SECRET = "secret"  # noqa: S105 - a kind, not a secret
    CONFIG = "config"
    STACK = "stack"  # our own kind: the services and what they use that carry one name
    EXEC = "exec"  # decided on the exec's container
    PLUGIN = "plugin"  # only administrators see plugins
    ADMINISTRATOR = "administrator"


class Treatment(enum.Enum):
    PING = enum.auto()
    VERSION = enum.auto()
    INFO = enum.auto()
    LIST = enum.auto()  # the engine's list without what the caller may not view
    INSPECT = enum.auto()
    CALL = enum.auto()  # resolve, decide, forward with the full id
    FOLLOW = enum.auto()  # a call whose answer may have no end; ends when the right ends
    HIJACK = enum.auto()  # a call that becomes a raw tunnel; ends when the right ends
    EVENTS = enum.auto()  # the engine's events without those of what the caller may not view
    CREATE_CONTAINER = enum.auto()
    CREATE_SERVICE = enum.auto()
    UPDATE_SERVICE = enum.auto()
    UPDATE_NODE = enum.auto()
    UPDATE_LABELS = enum.auto()  # of a secret or config
    CREATE_EXEC = enum.auto()
    START_EXEC = enum.auto()
    EXEC = enum.auto()  # inspect and resize of an exec
    MOVE = enum.auto()  # to another collection; our own call
    PASS = enum.auto()  # as it came, for administrators


class Body(enum.Enum):
    NONE = enum.auto()  # whatever the client sends is not forwarded
    JSON = enum.auto()  # parsed strictly and serialised anew
    STREAM = enum.auto()  # bytes of any length


@dataclass(frozen=True, slots=True)
class Route:
    """A row.

    Args:
        template: the path without version; `{id}` is one segment, `{name}` may contain "/" (images).
        operation: of the catalogue; in NOT_YET what the audit log calls it.
        query: the parameters that are forwarded; None: all.
        is_audited: done or refused, it is recorded. What only reads is recorded only when refused.
        ending: how an answer that is ended before its time says why.
    """

    method: str
    template: str
    operation: str
    where: Where
    treatment: Treatment
    query: frozenset[str] | None = frozenset()
    is_audited: bool = False
    body: Body = Body.NONE
    ending: Ending = Ending.SILENT


class Match(NamedTuple):
    """Args: reference: what stands for `{id}` or `{name}`; "" for a path without."""

    route: Route
    reference: str


def _read(template: str, operation: str, where: Where, treatment: Treatment, query: str = "") -> Route:
    return Route("GET", template, operation, where, treatment, frozenset(query.split()))


def _do(
    method: str,
    template: str,
    operation: str,
    where: Where,
    treatment: Treatment = Treatment.CALL,
    query: str = "",
    *,
    body: Body = Body.NONE,
    ending: Ending = Ending.SILENT,
) -> Route:
    known = frozenset(query.split())
    return Route(method, template, operation, where, treatment, known, is_audited=True, body=body, ending=ending)


def _quiet(
    method: str,
    template: str,
    operation: str,
    where: Where,
    treatment: Treatment,
    query: str = "",
    *,
    ending: Ending = Ending.SILENT,
) -> Route:
    """A call that changes nothing, whatever its method."""
    return Route(method, template, operation, where, treatment, frozenset(query.split()), ending=ending)


_LOGS = "follow stdout stderr since until timestamps tail details"
_ATTACH = "stream stdin stdout stderr logs detachKeys"
_SIZE = "h w"
_T, _W, _E = Treatment, Where, Ending

ROUTES: tuple[Route, ...] = (
    # The engine
    _quiet("HEAD", "/_ping", "", _W.SIGNED_IN, _T.PING),
    _read("/_ping", "", _W.SIGNED_IN, _T.PING),
    _read("/version", "", _W.SIGNED_IN, _T.VERSION),
    _read("/info", "", _W.SIGNED_IN, _T.INFO),
    _quiet("GET", "/events", "", _W.SIGNED_IN, _T.EVENTS, "since until filters", ending=_E.EVENTS),
    # Containers
    _read("/containers/json", "Container View", _W.CONTAINER, _T.LIST, "all limit size filters"),
    _do("POST", "/containers/create", "Container Create", _W.NEW, _T.CREATE_CONTAINER, "name platform", body=Body.JSON),
    _read("/containers/{id}/json", "Container View", _W.CONTAINER, _T.INSPECT, "size"),
    _read("/containers/{id}/top", "Container Top", _W.CONTAINER, _T.CALL, "ps_args"),
    _read("/containers/{id}/changes", "Container Changes", _W.CONTAINER, _T.CALL),
    _read("/containers/{id}/stats", "Container Stats", _W.CONTAINER, _T.FOLLOW, "stream one-shot"),
    _do("GET", "/containers/{id}/logs", "Container Logs", _W.CONTAINER, _T.FOLLOW, _LOGS, ending=_E.OUTPUT),
    _do("GET", "/containers/{id}/export", "Container Export", _W.CONTAINER, _T.FOLLOW),
    _quiet("HEAD", "/containers/{id}/archive", "Container Filesystem Read", _W.CONTAINER, _T.CALL, "path"),
    _do("GET", "/containers/{id}/archive", "Container Filesystem Read", _W.CONTAINER, _T.FOLLOW, "path"),
    _do(
        "PUT",
        "/containers/{id}/archive",
        "Container Filesystem Write",
        _W.CONTAINER,
        query="path noOverwriteDirNonDir copyUIDGID",
        body=Body.STREAM,
    ),
    _do("POST", "/containers/{id}/attach", "Container Attach", _W.CONTAINER, _T.HIJACK, _ATTACH, ending=_E.OUTPUT),
    _do("GET", "/containers/{id}/attach/ws", "Container Attach", _W.CONTAINER, _T.HIJACK, _ATTACH),
    _do("POST", "/containers/{id}/start", "Container Start", _W.CONTAINER, query="detachKeys"),
    _do("POST", "/containers/{id}/stop", "Container Stop", _W.CONTAINER, query="t signal"),
    _do("POST", "/containers/{id}/restart", "Container Restart", _W.CONTAINER, query="t signal"),
    _do("POST", "/containers/{id}/kill", "Container Kill", _W.CONTAINER, query="signal"),
    _do("POST", "/containers/{id}/pause", "Container Pause", _W.CONTAINER),
    _do("POST", "/containers/{id}/unpause", "Container Unpause", _W.CONTAINER),
    _do("POST", "/containers/{id}/rename", "Container Rename", _W.CONTAINER, query="name"),
    _quiet("POST", "/containers/{id}/wait", "Container Wait", _W.CONTAINER, _T.FOLLOW, "condition", ending=_E.RESULT),
    _quiet("POST", "/containers/{id}/resize", "Container Resize", _W.CONTAINER, _T.CALL, _SIZE),
    _do("DELETE", "/containers/{id}", "Container Remove", _W.CONTAINER, query="v force link"),
    # Commands in containers
    _do("POST", "/containers/{id}/exec", "Container Exec", _W.CONTAINER, _T.CREATE_EXEC, body=Body.JSON),
    _do("POST", "/exec/{id}/start", "Container Exec", _W.EXEC, _T.START_EXEC, body=Body.JSON, ending=_E.OUTPUT),
    _quiet("POST", "/exec/{id}/resize", "Container Exec", _W.EXEC, _T.EXEC, _SIZE),
    _read("/exec/{id}/json", "Container Exec", _W.EXEC, _T.EXEC),
    # Services and tasks
    _read("/services", "Service View", _W.SERVICE, _T.LIST, "filters status"),
    _do("POST", "/services/create", "Service Create", _W.NEW, _T.CREATE_SERVICE, body=Body.JSON),
    _read("/services/{id}", "Service View", _W.SERVICE, _T.INSPECT, "insertDefaults"),
    _do(
        "POST",
        "/services/{id}/update",
        "Service Update",
        _W.SERVICE,
        _T.UPDATE_SERVICE,
        "version registryAuthFrom rollback",
        body=Body.JSON,
    ),
    _do("GET", "/services/{id}/logs", "Service Logs", _W.SERVICE, _T.FOLLOW, _LOGS, ending=_E.OUTPUT),
    _do("DELETE", "/services/{id}", "Service Delete", _W.SERVICE),
    _read("/tasks", "Service View Tasks", _W.TASK, _T.LIST, "filters"),
    _read("/tasks/{id}", "Service View Tasks", _W.TASK, _T.INSPECT),
    _do("GET", "/tasks/{id}/logs", "Service Logs", _W.TASK, _T.FOLLOW, _LOGS, ending=_E.OUTPUT),
    # What workloads use
    _read("/networks", "Network View", _W.NETWORK, _T.LIST, "filters"),
    _read("/networks/{id}", "Network View", _W.NETWORK, _T.INSPECT, "scope"),
    _do("DELETE", "/networks/{id}", "Network Remove", _W.NETWORK),
    _read("/volumes", "Volume View", _W.VOLUME, _T.LIST, "filters"),
    _read("/volumes/{id}", "Volume View", _W.VOLUME, _T.INSPECT),
    _do("DELETE", "/volumes/{id}", "Volume Remove", _W.VOLUME, query="force"),
    _read("/secrets", "Secret View", _W.SECRET, _T.LIST, "filters"),
    _read("/secrets/{id}", "Secret View", _W.SECRET, _T.INSPECT),
    _do("POST", "/secrets/{id}/update", "Secret Update", _W.SECRET, _T.UPDATE_LABELS, "version", body=Body.JSON),
    _do("DELETE", "/secrets/{id}", "Secret Delete", _W.SECRET),
    _read("/configs", "Config View", _W.CONFIG, _T.LIST, "filters"),
    _read("/configs/{id}", "Config View", _W.CONFIG, _T.INSPECT),
    _do("POST", "/configs/{id}/update", "Config Update", _W.CONFIG, _T.UPDATE_LABELS, "version", body=Body.JSON),
    _do("DELETE", "/configs/{id}", "Config Delete", _W.CONFIG),
    # Nodes
    _read("/nodes", "Node View", _W.NODE, _T.LIST, "filters"),
    _read("/nodes/{id}", "Node View", _W.NODE, _T.INSPECT),
    _do("POST", "/nodes/{id}/update", "Node Update", _W.NODE, _T.UPDATE_NODE, "version", body=Body.JSON),
    # Images
    _read("/images/json", "Image View", _W.ANYWHERE, _T.CALL, "all filters digests shared-size manifests identity"),
    _read("/images/{name}/json", "Image View", _W.ANYWHERE, _T.CALL, "manifests platform"),
    _read("/images/{name}/history", "Image History", _W.ANYWHERE, _T.CALL, "platform"),
    _read("/distribution/{name}/json", "Image Create", _W.ANYWHERE, _T.CALL),
    _do("POST", "/images/create", "Image Create", _W.ANYWHERE, _T.FOLLOW, "fromImage tag platform", ending=_E.MESSAGES),
    # `docker inspect` asks for every kind in turn before it says that there is no such object
    _read("/plugins/{name}/json", "Plugin View", _W.PLUGIN, _T.INSPECT),
)


def _later(
    method: str,
    template: str,
    operation: str,
    *,
    body: Body = Body.NONE,
    treatment: Treatment = Treatment.PASS,
    ending: Ending = Ending.SILENT,
) -> Route:
    return Route(
        method,
        template,
        operation,
        Where.ADMINISTRATOR,
        treatment,
        None,
        is_audited=method != "GET",
        body=body,
        ending=ending,
    )


_JSON, _STREAM = Body.JSON, Body.STREAM

NOT_YET: tuple[Route, ...] = (
    _later("POST", "/auth", "Registry Sign In", body=_JSON),
    _later("POST", "/build", "Image Build", body=_STREAM, treatment=_T.FOLLOW, ending=_E.MESSAGES),
    _later("POST", "/build/prune", "Build Prune"),
    _later("POST", "/build/cancel", "Build Cancel"),
    _later("POST", "/commit", "Image Commit", body=_JSON),
    _later("POST", "/configs/create", "Config Create", body=_JSON),
    _later("POST", "/containers/prune", "Container Prune"),
    _later("POST", "/containers/{id}/update", "Container Update", body=_JSON),
    _later("POST", "/grpc", "Image Build", treatment=_T.HIJACK),
    _later("GET", "/images/get", "Image Export", treatment=_T.FOLLOW),
    _later("POST", "/images/load", "Image Load", body=_STREAM, treatment=_T.FOLLOW, ending=_E.MESSAGES),
    _later("POST", "/images/prune", "Image Prune"),
    _later("GET", "/images/search", "Image Search"),
    _later("DELETE", "/images/{name}", "Image Remove"),
    _later("GET", "/images/{name}/attestations", "Image View"),
    _later("GET", "/images/{name}/get", "Image Export", treatment=_T.FOLLOW),
    _later("POST", "/images/{name}/push", "Image Push", treatment=_T.FOLLOW, ending=_E.MESSAGES),
    _later("POST", "/images/{name}/tag", "Image Tag"),
    _later("POST", "/networks/create", "Network Create", body=_JSON),
    _later("POST", "/networks/prune", "Network Prune"),
    _later("POST", "/networks/{id}/connect", "Network Connect", body=_JSON),
    _later("POST", "/networks/{id}/disconnect", "Network Disconnect", body=_JSON),
    _later("DELETE", "/nodes/{id}", "Node Remove"),
    _later("GET", "/plugins", "Plugin View"),
    _later("POST", "/plugins/create", "Plugin Create", body=_STREAM),
    _later("GET", "/plugins/privileges", "Plugin View"),
    _later("POST", "/plugins/pull", "Plugin Install", body=_STREAM, treatment=_T.FOLLOW, ending=_E.MESSAGES),
    _later("DELETE", "/plugins/{name}", "Plugin Remove"),
    _later("POST", "/plugins/{name}/disable", "Plugin Disable"),
    _later("POST", "/plugins/{name}/enable", "Plugin Enable"),
    _later("POST", "/plugins/{name}/push", "Plugin Push", treatment=_T.FOLLOW, ending=_E.MESSAGES),
    _later("POST", "/plugins/{name}/set", "Plugin Configure", body=_STREAM),
    _later("POST", "/plugins/{name}/upgrade", "Plugin Upgrade", body=_STREAM, treatment=_T.FOLLOW, ending=_E.MESSAGES),
    _later("POST", "/secrets/create", "Secret Create", body=_JSON),
    _later("POST", "/session", "Image Build", treatment=_T.HIJACK),
    _later("GET", "/swarm", "Swarm View"),
    _later("POST", "/swarm/init", "Swarm Init", body=_JSON),
    _later("POST", "/swarm/join", "Swarm Join", body=_JSON),
    _later("POST", "/swarm/leave", "Swarm Leave"),
    _later("POST", "/swarm/unlock", "Swarm Unlock", body=_JSON),
    _later("GET", "/swarm/unlockkey", "Swarm Unlock Key View"),
    _later("POST", "/swarm/update", "Swarm Update", body=_JSON),
    _later("GET", "/system/df", "System Data Usage"),
    _later("POST", "/volumes/create", "Volume Create/Attach", body=_JSON),
    _later("POST", "/volumes/prune", "Volume Prune"),
    _later("PUT", "/volumes/{id}", "Volume Update", body=_JSON),
)
"""The rest of the documented Engine API, and what the docker CLI needs of the undocumented: administrators only, until it
has a row above."""


def _move(kind: ObjectKind) -> Route:
    template = f"/quarterdeck/move/{kind.value}s/{{id}}"
    return Route("POST", template, LEAVE[kind], Where(kind.value), Treatment.MOVE, is_audited=True, body=Body.JSON)


INTERNAL: tuple[Route, ...] = tuple(map(_move, ObjectKind))
"""What only our own processes ask, on the internal socket. The operation is what a move needs where the object is."""


class Table:
    """Finds the one row for a method and a path: paths without a reference first, then by the number of fixed segments."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[tuple[str, str], Match] = {}
        self._patterns: dict[tuple[str, str], list[tuple[re.Pattern[str], Route]]] = defaultdict(list)
        for route in routes:
            if "{" not in route.template:
                self._exact[route.method, route.template] = Match(route, "")
            else:
                self._patterns[route.method, _first_segment(route.template)].append((_pattern(route.template), route))
        for candidates in self._patterns.values():
            candidates.sort(key=lambda candidate: -candidate[1].template.count("/"))

    def find(self, method: str, path: str) -> Match | None:
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact
        for pattern, route in self._patterns.get((method, _first_segment(path)), ()):
            match = pattern.fullmatch(path)
            if match:
                return Match(route, match[1])
        return None


def _first_segment(path: str) -> str:
    return path[1:].partition("/")[0]


def _pattern(template: str) -> re.Pattern[str]:
    """`{id}` is one segment. `{name}` is greedy as in the engine: the last segments of the template are matched first."""
    before, _, after = template.partition("{")
    kind, _, after = after.partition("}")
    inner = "(.+)" if kind == "name" else "([^/]+)"
    return re.compile(re.escape(before) + inner + re.escape(after))


TABLE = Table((*ROUTES, *NOT_YET))
INTERNAL_TABLE = Table(INTERNAL)
