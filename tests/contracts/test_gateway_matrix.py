"""Who may do what over the Docker gateway, row by row, on a real engine. A row that is not in the matrix fails the build.

The columns are answers to callers who ask for the same thing of a collection: see `tests.support.worlds` for who they are
and what they ask for. Nobody who shows no certificate gets anything (401). Who administers the organisation of the member
gets what a stranger gets. A denial also leaves the engine and our database as they were, tells nothing of what the caller
may not view, and is byte for byte the answer for what does not exist.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from apps.access.types import ObjectKind
from apps.gateway.docker.routes import INTERNAL, NOT_YET, ROUTES, Route
from tests.conftest import or_skip
from tests.support.engine import IMAGE
from tests.support.installation import LABEL, eventually
from tests.support.product import Answer
from tests.support.worlds import BOREALIS, FOREVER, NODE_AT, READERS, Caller, World, Worlds, worlds

pytestmark = [pytest.mark.engine, pytest.mark.product, pytest.mark.timeout(600)]

SPEC = object()
"""The body is the spec that the object has now, and the version, too."""

NONSENSE = 0
"""Instead of a status: an error of the engine's, which makes no sense of what was asked. Which one, differs by its version."""
_ERRORS_OF_ENGINES = frozenset({400, 404, 409, 500, 503})


class Row(NamedTuple):
    """The status each caller gets.

    Args:
        of: the object that `{id}` or `{name}` means, where it is not one of the row's kind.
        body: `{path}` and `{name}` in it are the collection's; bytes are sent as they are.
    """

    stranger: int
    viewer: int
    member: int
    auditor: int
    administrator: int
    query: str = ""
    body: Any = None
    of: str = ""


def waits(administrator: int, query: str = "", body: Any = None, of: str = "") -> Row:
    """A row that waits: administrators may use it, and get what the engine says."""
    return Row(501, 501, 501, 501, administrator, query, body, of)


LABELS = {"Labels": {LABEL: "{path}"}}
CONTAINER = {"Image": IMAGE, "Cmd": FOREVER, **LABELS}
SERVICE = {
    "Name": "{name}-new",
    "TaskTemplate": {"ContainerSpec": {"Image": IMAGE, "Command": FOREVER}},
    "EndpointSpec": {"Mode": "dnsrr"},
    **LABELS,
}
TAR = bytes(10240)
NOWHERE = "localhost:1/nothing"
"""An image of a registry that nobody listens at."""

# In the order in which who may do all of it can: what is removed is removed last.
MATRIX: dict[str, Row] = {
    "HEAD /_ping": Row(200, 200, 200, 200, 200),
    "GET /_ping": Row(200, 200, 200, 200, 200),
    "GET /version": Row(200, 200, 200, 200, 200),
    "GET /info": Row(200, 200, 200, 200, 200),
    "GET /events": Row(200, 200, 200, 200, 200, "since=1&until={now}"),
    "GET /containers/json": Row(200, 200, 200, 200, 200, "all=1"),
    "GET /containers/{id}/json": Row(404, 200, 200, 200, 200),
    "GET /containers/{id}/top": Row(404, 200, 200, 403, 200),
    "GET /containers/{id}/changes": Row(404, 200, 200, 403, 200),
    "GET /containers/{id}/stats": Row(404, 200, 200, 403, 200, "stream=0&one-shot=1"),
    "GET /containers/{id}/logs": Row(404, 200, 200, 403, 200, "stdout=1"),
    "GET /containers/{id}/export": Row(404, 403, 403, 403, 200),
    "HEAD /containers/{id}/archive": Row(404, 403, 403, 403, 200, "path=/etc"),
    "GET /containers/{id}/archive": Row(404, 403, 403, 403, 200, "path=/etc"),
    "PUT /containers/{id}/archive": Row(404, 403, 403, 403, 200, "path=/etc", TAR),
    "POST /containers/{id}/attach": Row(404, 403, 200, 403, 200, "logs=1&stdout=1"),
    "GET /containers/{id}/attach/ws": Row(404, 403, 400, 403, 400, "logs=1&stdout=1"),
    "POST /containers/{id}/resize": Row(404, 403, 200, 403, 200, "h=10&w=10"),
    "POST /containers/{id}/exec": Row(404, 403, 403, 403, 201, body={"Cmd": ["true"]}),
    "GET /exec/{id}/json": Row(404, 403, 403, 403, 200),
    "POST /exec/{id}/start": Row(404, 403, 403, 403, 200, body={"Detach": True}),
    "POST /exec/{id}/resize": Row(404, 403, 403, 403, 200, "h=10&w=10"),
    "POST /containers/{id}/pause": Row(404, 403, 204, 403, 204),
    "POST /containers/{id}/unpause": Row(404, 403, 204, 403, 204),
    "POST /containers/{id}/restart": Row(404, 403, 204, 403, 204, "t=0"),
    "POST /containers/{id}/rename": Row(404, 403, 204, 403, 204, "name={name}-renamed"),
    "POST /containers/{id}/stop": Row(404, 403, 204, 403, 204, "t=0"),
    "POST /containers/{id}/start": Row(404, 403, 204, 403, 204),
    "POST /containers/{id}/kill": Row(404, 403, 204, 403, 204),
    "POST /containers/{id}/wait": Row(404, 200, 200, 403, 200, of="idle"),
    "POST /containers/create": Row(403, 403, 201, 403, 201, "name={name}-new", CONTAINER),
    "GET /services": Row(200, 200, 200, 200, 200),
    "GET /services/{id}": Row(404, 200, 200, 200, 200),
    "GET /services/{id}/logs": Row(404, 200, 200, 403, 200, "stdout=1"),
    "POST /services/{id}/update": Row(404, 403, 200, 403, 200, body=SPEC),
    "POST /services/create": Row(403, 403, 201, 403, 201, body=SERVICE),
    "GET /tasks": Row(200, 200, 200, 200, 200),
    "GET /tasks/{id}": Row(404, 200, 200, 200, 200),
    "GET /tasks/{id}/logs": Row(404, 200, 200, 403, 200, "stdout=1"),
    "GET /networks": Row(200, 200, 200, 200, 200),
    "GET /networks/{id}": Row(404, 200, 200, 200, 200),
    "GET /volumes": Row(200, 200, 200, 200, 200),
    "GET /volumes/{id}": Row(404, 200, 200, 200, 200),
    "GET /secrets": Row(200, 200, 200, 200, 200),
    "GET /secrets/{id}": Row(404, 200, 200, 200, 200),
    "POST /secrets/{id}/update": Row(404, 403, 200, 403, 200, body=SPEC),
    "GET /configs": Row(200, 200, 200, 200, 200),
    "GET /configs/{id}": Row(404, 200, 200, 200, 200),
    "POST /configs/{id}/update": Row(404, 403, 200, 403, 200, body=SPEC),
    "GET /nodes": Row(200, 200, 200, 200, 200),
    "GET /nodes/{id}": Row(404, 200, 200, 200, 200),
    "POST /nodes/{id}/update": Row(404, 403, 403, 403, 200, body=SPEC),
    # Whoever has a collection of their own views the images of all.
    "GET /images/json": Row(200, 200, 200, 200, 200),
    "GET /images/{name}/json": Row(200, 200, 200, 200, 200),
    "GET /images/{name}/history": Row(200, 200, 200, 200, 200),
    "GET /distribution/{name}/json": Row(404, 404, 404, 404, 500, of=NOWHERE),
    "POST /images/create": Row(403, 403, 500, 403, 500, f"fromImage={NOWHERE}&tag=1"),
    "GET /plugins/{name}/json": Row(404, 404, 404, 404, 404, of="nothing"),
    "POST /auth": waits(NONSENSE, body={"serveraddress": "localhost:1"}),
    "POST /build": waits(NONSENSE),
    "POST /build/prune": waits(200),
    "POST /build/cancel": waits(NONSENSE),
    "POST /commit": waits(201, "container={container}&repo=made&tag=1"),
    "POST /configs/create": waits(201, body={"Name": "{name}-created", "Data": "eA=="}),
    "POST /containers/{id}/update": waits(200, body={"RestartPolicy": {"Name": "no"}}, of="idle"),
    "POST /grpc": waits(NONSENSE),
    "GET /images/get": waits(200, f"names={IMAGE}"),
    "POST /images/load": waits(200, body=TAR),
    "GET /images/search": waits(NONSENSE, f"term={NOWHERE}"),
    "GET /images/{name}/attestations": waits(NONSENSE),
    "GET /images/{name}/get": waits(200),
    "POST /images/{name}/push": waits(NONSENSE, of=NOWHERE),
    "POST /images/{name}/tag": waits(201, "repo=tagged&tag=1"),
    "POST /networks/create": waits(201, body={"Name": "{name}-created"}),
    "POST /networks/{id}/connect": waits(200, body={"Container": "{container}"}),
    "POST /networks/{id}/disconnect": waits(200, body={"Container": "{container}", "Force": True}),
    "GET /plugins": waits(200),
    "POST /plugins/create": waits(NONSENSE, "name=nothing", TAR),
    "GET /plugins/privileges": waits(NONSENSE),
    "POST /plugins/pull": waits(NONSENSE, f"remote={NOWHERE}", b"[]"),
    "POST /plugins/{name}/disable": waits(NONSENSE, of="nothing"),
    "POST /plugins/{name}/enable": waits(NONSENSE, "timeout=1", of="nothing"),
    "POST /plugins/{name}/push": waits(NONSENSE, of="nothing"),
    "POST /plugins/{name}/set": waits(NONSENSE, body=b"[]", of="nothing"),
    "POST /plugins/{name}/upgrade": waits(NONSENSE, f"remote={NOWHERE}", b"[]", of="nothing"),
    "POST /secrets/create": waits(201, body={"Name": "{name}-created", "Data": "eA=="}),
    "POST /session": waits(NONSENSE),
    "GET /swarm": waits(200),
    "POST /swarm/init": waits(NONSENSE, body={"ListenAddr": "127.0.0.1"}),
    "POST /swarm/join": waits(NONSENSE, body={"RemoteAddrs": ["127.0.0.1"], "JoinToken": "x"}),
    "POST /swarm/leave": waits(NONSENSE),
    "POST /swarm/unlock": waits(NONSENSE, body={"UnlockKey": "x"}),
    "GET /swarm/unlockkey": waits(200),
    "POST /swarm/update": waits(NONSENSE, "version=0", {}),
    "GET /system/df": waits(200),
    "POST /volumes/create": waits(201, body={"Name": "{name}-created"}),
    "PUT /volumes/{id}": waits(NONSENSE, "version=0", {}),
    **{
        f"POST /quarterdeck/move/{kind}s/{{id}}": Row(
            404, 403, 403 if kind is ObjectKind.NODE else 200, 403, 200, body={"collection": "{path}"}
        )
        for kind in ObjectKind
    },
    "DELETE /containers/{id}": Row(404, 403, 204, 403, 204, "force=1"),
    "DELETE /services/{id}": Row(404, 403, 200, 403, 200),
    "DELETE /networks/{id}": Row(404, 403, 204, 403, 204),
    "DELETE /volumes/{id}": Row(404, 403, 204, 403, 204),
    "DELETE /secrets/{id}": Row(404, 403, 204, 403, 204),
    "DELETE /configs/{id}": Row(404, 403, 204, 403, 204),
    "DELETE /images/{name}": waits(NONSENSE, of="nothing"),
    "DELETE /plugins/{name}": waits(NONSENSE, of="nothing"),
    "DELETE /nodes/{id}": waits(NONSENSE),
    "POST /containers/prune": waits(200),
    "POST /images/prune": waits(200),
    "POST /networks/prune": waits(200),
    "POST /volumes/prune": waits(200),
}

ROWS = {f"{route.method} {route.template}": route for route in (*ROUTES, *NOT_YET, *INTERNAL)}


def expected(caller: str) -> dict[str, int]:
    if caller == "anonymous":
        return dict.fromkeys(MATRIX, 401)
    column = "stranger" if caller == "head" else caller
    return {name: getattr(row, column) for name, row in MATRIX.items()}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with or_skip(worlds(tmp_path_factory.mktemp("bundles"))) as made:
        yield made


class Asked(NamedTuple):
    """Args: sent: all that the caller wrote."""

    answer: Answer
    sent: str

    @property
    def text(self) -> str:
        return self.answer.body.decode(errors="replace")


def ask(there: Worlds, caller: Caller, name: str, *, reference: str | None = None) -> Asked:
    """Sends the request of a row. Args: reference: instead of the object of the caller's collection."""
    route, row, world = ROWS[name], MATRIX[name], there.of(caller.name)
    own = reference_of(route, row, world)
    query, body = filled(row.query, world), filled(row.body, world)
    if row.body is SPEC:
        found = there.engine("GET", f"/{route.where.value}s/{own}")
        query, body = f"version={found['Version']['Index']}", found["Spec"]
    path = route.template.format(id=own if reference is None else reference, name=own)
    target = f"/v1.41{path}" + (f"?{query}" if query else "")
    # The spec is not the caller's own words.
    sent = target if row.body is SPEC else f"{target} {body}"
    if route in INTERNAL:
        # Clients cannot ask for it themselves: our own processes do, in their name.
        return Asked(there.internal(caller, route.method, path, body), sent)
    return Asked(caller.docker.request(route.method, target, body), sent)


def reference_of(route: Route, row: Row, world: World) -> str:
    kind = row.of or ("image" if "{name}" in route.template else route.template.split("/")[1].removesuffix("s"))
    if kind == "quarterdeck":
        kind = route.where.value
    return {"image": IMAGE, **world.ids}.get(kind, kind)


def filled(value: Any, world: World) -> Any:
    """The value with what the world has in place of `{path}`, `{name}`, `{container}` and so on."""
    if isinstance(value, dict):
        return {key: filled(each, world) for key, each in value.items()}
    if not isinstance(value, str):
        return value
    return value.format(path=world.path, now=int(time.time()), **{"name": world.name, **world.ids})


def leaked(there: Worlds, caller: str, asked: Asked) -> set[str]:
    """What the answer tells of what the caller may not view and has not named."""
    if caller in ("auditor", "administrator"):
        return set()
    return {word for word in there.hidden_words(caller) if word in asked.text and word not in asked.sent}


def changes(before: list[str], after: list[str]) -> str:
    return "\n".join(difflib.unified_diff(before, after, "before", "after", lineterm=""))


def answers(there: Worlds, caller: Caller, names: list[str]) -> dict[str, int]:
    """The statuses. Fails where an answer tells too much."""
    found, wanted = {}, expected(caller.name)
    for name in names:
        asked = ask(there, caller, name)
        assert not leaked(there, caller.name, asked), (caller.name, name, asked.text)
        is_nonsense = wanted[name] == NONSENSE and asked.answer.status in _ERRORS_OF_ENGINES
        found[name] = NONSENSE if is_nonsense else asked.answer.status
    return found


def test_every_row_of_the_gateway_is_in_the_matrix() -> None:
    assert set(MATRIX) == set(ROWS)


@pytest.mark.parametrize("name", READERS)
def test_who_may_change_nothing_gets_the_answer_of_the_matrix_and_changes_nothing(there: Worlds, name: str) -> None:
    before = there.everything()
    assert answers(there, there.callers[name], list(MATRIX)) == expected(name)
    assert changes(before, there.everything()) == ""


REFERRED = [name for name, route in ROWS.items() if "{id}" in route.template and MATRIX[name].stranger == 404]


@pytest.mark.parametrize("name", ["stranger", "head"])
def test_what_is_hidden_is_answered_byte_for_byte_like_what_is_absent(there: Worlds, name: str) -> None:
    caller = there.callers[name]
    for row in REFERRED:
        hidden = reference_of(ROWS[row], MATRIX[row], there.of(name))
        absent = hidden[::-1]
        told = [ask(there, caller, row, reference=each) for each in (hidden, absent)]
        statuses, bodies = zip(*((each.answer.status, each.answer.body) for each in told), strict=True)
        assert statuses == (404, 404), row
        assert bodies[0].replace(hidden.encode(), b"it") == bodies[1].replace(absent.encode(), b"it"), row


LISTS = [name for name in MATRIX if name.startswith("GET") and "{" not in name and MATRIX[name].stranger == 200]
_CLOCKS = re.compile(r'"SystemTime": ?"[^"]*"|"Status":"Up [^"]*"')


def told(asked: Asked) -> list[str]:
    """All that an answer says, but for the clock, and in no order: the engine lists networks and volumes in any."""
    return sorted(re.split(r"[\[\]{},]", _CLOCKS.sub("", asked.text)))


@pytest.mark.parametrize("name", ["stranger", "head", "viewer"])
def test_what_is_hidden_makes_no_difference_to_lists_and_counts(there: Worlds, name: str) -> None:
    caller = there.callers[name]
    before = {row: told(ask(there, caller, row)) for row in LISTS}
    there.add(f"{name}s-unknown")
    assert {row: told(ask(there, caller, row)) for row in LISTS} == before


def test_the_log_names_the_collection_that_a_refusal_does_not(there: Worlds) -> None:
    asked = ask(there, there.callers["viewer"], "POST /nodes/{id}/update")
    assert "Node Update is missing on the collection where it is" in asked.text

    def newest() -> dict[str, Any]:
        entries = there.callers["administrator"].rest.get("/audit/", outcome="refused", operation="Node Update")["results"]
        return {key: entries[0][key] for key in ("actor", "collection")} if entries else {}

    eventually(lambda: newest() == {"actor": "viewer", "collection": f"/{NODE_AT}"})


def test_a_member_gets_the_answer_of_the_matrix_and_changes_only_what_is_granted(there: Worlds) -> None:
    caller, wanted = there.callers["member"], expected("member")
    refused = [name for name, status in wanted.items() if status >= 400]
    before = there.everything()
    assert answers(there, caller, refused) == {name: wanted[name] for name in refused}
    assert changes(before, there.everything()) == ""
    others = {word for name, world in there.worlds.items() if name != BOREALIS for word in world.words()}
    before = there.everything(others)
    allowed = [name for name in MATRIX if name not in refused]
    assert answers(there, caller, allowed) == {name: wanted[name] for name in allowed}
    assert changes(before, there.everything(others)) == ""
    there.engine("DELETE", f"/services/{there.of('member').name}-new")  # which the node would have to be kept for


def test_an_administrator_gets_the_answer_of_the_matrix(there: Worlds) -> None:
    assert answers(there, there.callers["administrator"], list(MATRIX)) == expected("administrator")
