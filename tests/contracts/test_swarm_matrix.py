"""Who may do what over REST to what is on an engine. An endpoint of orchestration that is not in the matrix fails the build.

The callers and what they ask for are those of `test_gateway_matrix`; `test_authorization_matrix` has all other endpoints. A
denial also leaves the engine and our database as they were, tells nothing of what the caller may not view, and is byte for
byte the answer for what does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest

from apps.access.types import ObjectKind
from tests.conftest import or_skip
from tests.contracts.endpoints import endpoints
from tests.support.product import Answer
from tests.support.worlds import BOREALIS, READERS, Caller, Worlds, worlds

pytestmark = [pytest.mark.engine, pytest.mark.product, pytest.mark.timeout(600)]


class Row(NamedTuple):
    """The status each caller gets."""

    stranger: int
    viewer: int
    member: int
    auditor: int
    administrator: int
    body: Any = None


def moves(kind: ObjectKind) -> Row:
    if kind is ObjectKind.NODE:  # who sees a node in its reduced form alone, does not see where it is
        return Row(404, 404, 403, 403, 200, {"collection": "{path}"})
    return Row(404, 403, 200, 403, 200, {"collection": "{path}"})


# In the order in which who may do all of it can: what is removed is removed last.
MATRIX = {
    "GET /clusters/": Row(200, 200, 200, 200, 200),
    "POST /clusters/": Row(403, 403, 403, 403, 502, {"name": "other", "url": "unix:///nowhere/docker.sock"}),
    "GET /clusters/{cluster}/": Row(200, 200, 200, 200, 200),
    "GET /swarm/summary": Row(200, 200, 200, 200, 200),
    "GET /swarm/services/": Row(200, 200, 200, 200, 200),
    "GET /swarm/services/{service}/": Row(404, 200, 200, 200, 200),
    "POST /swarm/services/{service}/scale": Row(404, 403, 200, 403, 200, {"replicas": 1}),
    "GET /swarm/tasks/": Row(200, 200, 200, 200, 200),
    "GET /swarm/nodes/": Row(200, 200, 200, 200, 200),
    "GET /swarm/containers/": Row(200, 200, 200, 200, 200),
    **{f"POST /swarm/{kind}s/{{{kind}}}/move": moves(kind) for kind in ObjectKind},
    "DELETE /swarm/services/{service}/": Row(404, 403, 204, 403, 204),
    "DELETE /clusters/{cluster}/": Row(403, 403, 403, 403, 204),
}
LISTS = [name for name in MATRIX if name.startswith("GET") and "{" not in name]
_CLOCKS = re.compile(r'"status":"Up [^"]*"|"seen_at":"[^"]*"')
ON_OBJECTS = [name for name, row in MATRIX.items() if row.stranger == 404]


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
        return self.answer.body.decode()


def ask(there: Worlds, caller: Caller, name: str, ids: dict[str, str] | None = None) -> Asked:
    """Args: ids: instead of those of the caller's world."""
    world, row = there.of(caller.name), MATRIX[name]
    method, path = name.format(cluster=there.cluster, **(ids or world.ids)).split(" ")
    body = row.body and {key: str(value).format(path=world.path) for key, value in row.body.items()}
    return Asked(caller.rest.request(method, f"/api/v1{path}", body), f"{path} {body}")


def answers(there: Worlds, caller: Caller, names: Iterable[str] = MATRIX) -> dict[str, int]:
    """The statuses. Fails where an answer tells too much."""
    found = {}
    for name in names:
        asked = ask(there, caller, name)
        leaked = {word for word in there.hidden_words(caller.name) if word in asked.text and word not in asked.sent}
        assert caller.name in ("auditor", "administrator") or not leaked, (caller.name, name, asked.text)
        found[name] = asked.answer.status
    return found


def test_every_endpoint_of_orchestration_is_in_the_matrix() -> None:
    ours = [each for each in endpoints() if each.view_class and each.view_class.__module__.startswith("apps.orchestration.")]
    there = {f"{method.upper()} {each.path}" for each in ours for method in each.methods}
    assert {re.sub(r"\{\w+\}", "example", name.replace(" ", " /api/v1")) for name in MATRIX} == there


@pytest.mark.parametrize("name", READERS)
def test_who_may_change_nothing_gets_the_answer_of_the_matrix_and_changes_nothing(there: Worlds, name: str) -> None:
    before = there.everything()
    assert answers(there, there.callers[name]) == expected(name)
    assert there.everything() == before


@pytest.mark.parametrize("name", ["stranger", "head", "viewer"])
def test_what_is_hidden_is_answered_byte_for_byte_like_what_is_absent(there: Worlds, name: str) -> None:
    caller, hidden = there.callers[name], there.worlds["cumulus"].ids
    absent = {kind: id_[::-1] for kind, id_ in hidden.items()}
    for row in ON_OBJECTS:
        if name == "viewer" and "{node}" in row:
            continue  # which the viewer sees
        told = [ask(there, caller, row, ids).answer for ids in (hidden, absent)]
        assert (told[0].status, told[0].body) == (told[1].status, told[1].body), row
        assert told[0].status == 404, row


@pytest.mark.parametrize("name", ["stranger", "head", "viewer"])
def test_what_is_hidden_makes_no_difference_to_lists_and_counts(there: Worlds, name: str) -> None:
    caller = there.callers[name]
    before = {row: _CLOCKS.sub("", ask(there, caller, row).text) for row in LISTS}
    there.add(f"{name}s-unknown")
    assert {row: _CLOCKS.sub("", ask(there, caller, row).text) for row in LISTS} == before


def test_a_member_gets_the_answer_of_the_matrix_and_changes_only_what_is_granted(there: Worlds) -> None:
    caller, wanted = there.callers["member"], expected("member")
    refused = [name for name, status in wanted.items() if status >= 400]
    before = there.everything()
    assert answers(there, caller, refused) == {name: wanted[name] for name in refused}
    assert there.everything() == before
    others = {word for name, world in there.worlds.items() if name != BOREALIS for word in world.words()}
    before = there.everything(others)
    allowed = [name for name in MATRIX if name not in refused]
    assert answers(there, caller, allowed) == {name: wanted[name] for name in allowed}
    assert there.everything(others) == before


def test_an_administrator_gets_the_answer_of_the_matrix(there: Worlds) -> None:
    assert answers(there, there.callers["administrator"]) == expected("administrator")
