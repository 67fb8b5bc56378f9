"""Who may open which websocket, on a real engine. A websocket that is not in the matrix fails the build.

The callers and what they ask for are those of `test_gateway_matrix`. Everybody comes in two ways: as a page of the console
does, with a cookie, and as an automation does, with a ticket. A denial also leaves the engine and our database as they were,
tells nothing of what the caller may not view, and is byte for byte the answer for what does not exist.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from apps.streams.routing import websocket_urlpatterns
from apps.streams.types import NOT_FOUND, NOT_SIGNED_IN, REFUSED
from tests.conftest import or_skip
from tests.support.installation import LABEL
from tests.support.websocket import Connection, connect
from tests.support.worlds import AURORA, READERS, Caller, Worlds, worlds

pytestmark = [pytest.mark.engine, pytest.mark.product, pytest.mark.timeout(600)]

LOG, OUTPUT, HELLO = "log", "output", "hello"
NO_WEBSOCKET = 403
"""The status of a handshake that is refused."""
PATIENCE_SECONDS = 10


class Row(NamedTuple):
    """What each caller gets: the code of the close, or the kind of the first message.

    Args:
        of: the kind of the object that the path names.
    """

    stranger: int | str
    viewer: int | str
    member: int | str
    auditor: int | str
    administrator: int | str
    anonymous: int | str = NOT_SIGNED_IN
    of: str = ""


MATRIX = {
    "ws/logs/services/<str:id>": Row(NOT_FOUND, LOG, LOG, REFUSED, LOG, of="service"),
    "ws/logs/containers/<str:id>": Row(NOT_FOUND, LOG, LOG, REFUSED, LOG, of="container"),
    "ws/exec/<str:id>": Row(NOT_FOUND, REFUSED, REFUSED, REFUSED, OUTPUT, of="container"),
    "ws/events": Row(HELLO, HELLO, HELLO, HELLO, HELLO),
    "": Row(NO_WEBSOCKET, NO_WEBSOCKET, NO_WEBSOCKET, NO_WEBSOCKET, NO_WEBSOCKET, NO_WEBSOCKET),  # every other path
}
ON_OBJECTS = [name for name, row in MATRIX.items() if row.of]


def expected(caller: str) -> dict[str, int | str]:
    column = "stranger" if caller == "head" else caller
    return {name: getattr(row, column) for name, row in MATRIX.items()}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with or_skip(worlds(tmp_path_factory.mktemp("bundles"))) as made:
        yield made


Way = Callable[[Worlds, Caller, str], contextlib.AbstractContextManager[Connection]]


def with_cookie(there: Worlds, caller: Caller, path: str) -> contextlib.AbstractContextManager[Connection]:
    headers = {"Cookie": f"quarterdeck_session={caller.rest.token}"} if caller.rest.token else {}
    return _connected(there, path, additional_headers=headers, origin=there.product.url)


def with_ticket(there: Worlds, caller: Caller, path: str) -> contextlib.AbstractContextManager[Connection]:
    """By the certificate of the client bundle. Who has none, guesses one."""
    tickets = caller.docker if caller.rest.token else None
    ticket = tickets.post("/tickets/", {})["ticket"] if tickets else "qdt_guessed"
    return _connected(there, f"{path}?ticket={ticket}")


def _connected(there: Worlds, path: str, **options: object) -> contextlib.AbstractContextManager[Connection]:
    url = f"wss://localhost:{there.product.port}/{path}"
    return connect(url, ssl=there.callers["anonymous"].rest.tls, open_timeout=PATIENCE_SECONDS, **options)


class Heard(NamedTuple):
    """Args: what: see `Row`; text: all that we said, with the reason of the close."""

    what: int | str
    text: str


def hear(there: Worlds, caller: Caller, way: Way, path: str) -> Heard:
    """What comes of opening it: the first message, and all to the end where that is a denial."""
    try:
        with way(there, caller, path) as connection:
            message = connection.recv(PATIENCE_SECONDS)
            if isinstance(message, bytes):
                return Heard(OUTPUT, message.decode())
            kind = json.loads(message)["type"]
            if kind != "end":
                return Heard(kind, message)
            with pytest.raises(ConnectionClosed) as closed:
                connection.recv(PATIENCE_SECONDS)
    except InvalidStatus as refused:
        return Heard(refused.response.status_code, (refused.response.body or b"").decode())
    close = closed.value.rcvd
    assert close is not None
    return Heard(close.code, f"{message}{close.reason}")


def path_of(there: Worlds, caller: Caller, name: str) -> str:
    row = MATRIX[name]
    return name.replace("<str:id>", there.of(caller.name).ids[row.of]) if row.of else name or "ws/unheard"


def answers(there: Worlds, caller: Caller, way: Way) -> dict[str, int | str]:
    """What the caller gets. Fails where it tells too much."""
    found = {}
    for name in MATRIX:
        path = path_of(there, caller, name)
        heard = hear(there, caller, way, path)
        leaked = {word for word in there.hidden_words(caller.name) if word in heard.text and word not in path}
        assert caller.name in ("auditor", "administrator") or not leaked, (caller.name, name, heard.text)
        found[name] = heard.what
    return found


def test_every_websocket_is_in_the_matrix() -> None:
    assert set(MATRIX) == {str(each.pattern) for each in websocket_urlpatterns}


WAYS = pytest.mark.parametrize("way", [with_cookie, with_ticket])


@WAYS
@pytest.mark.parametrize("name", [*READERS, "member"])
def test_who_may_change_nothing_here_gets_the_answer_of_the_matrix_and_changes_nothing(
    there: Worlds, name: str, way: Way
) -> None:
    before = there.everything()
    assert answers(there, there.callers[name], way) == expected(name)
    assert there.everything() == before


@WAYS
def test_an_administrator_gets_the_answer_of_the_matrix(there: Worlds, way: Way) -> None:
    assert answers(there, there.callers["administrator"], way) == expected("administrator")


@pytest.mark.parametrize("name", ["stranger", "head", "viewer", "member"])
def test_what_is_hidden_is_answered_byte_for_byte_like_what_is_absent(there: Worlds, name: str) -> None:
    caller, hidden = there.callers[name], there.worlds["cumulus"]
    for row in ON_OBJECTS:
        id_ = hidden.ids[MATRIX[row].of]
        told = [hear(there, caller, with_cookie, row.replace("<str:id>", each)) for each in (id_, id_[::-1])]
        assert told[0] == told[1], row
        assert told[0].what == NOT_FOUND, row


def test_who_is_not_signed_in_learns_nothing_of_what_there_is(there: Worlds) -> None:
    anonymous, id_ = there.callers["anonymous"], there.worlds[AURORA].ids["container"]
    told = {hear(there, anonymous, with_cookie, f"ws/exec/{each}") for each in (id_, id_[::-1])}
    assert len(told) == 1


def test_events_tell_of_what_one_views_and_of_nothing_else(there: Worlds) -> None:
    signed_in = [caller for name, caller in there.callers.items() if name != "anonymous"]
    with contextlib.ExitStack() as stack:
        opened = {caller.name: stack.enter_context(with_cookie(there, caller, "ws/events")) for caller in signed_in}
        for connection in opened.values():
            assert json.loads(connection.recv(PATIENCE_SECONDS)) == {"type": HELLO}
        hidden = there.add("dorado")
        told = {name: told_until(there, name, connection) for name, connection in opened.items()}
    for name, frames in told.items():
        text = json.dumps(frames)
        if name in ("auditor", "administrator"):
            assert hidden.ids["container"] in text, name
        else:
            assert not [word for word in there.hidden_words(name) if word in text], name
            # Nothing counts the changes of others either.
            assert frames[-1] == {"type": "change", "kind": "secret", "id": frames[-1]["id"], "action": "create"}, name


def told_until(there: Worlds, name: str, connection: Connection) -> list[dict[str, str]]:
    """All that the caller hears until the change of a secret that is made now in their own collection."""
    collection = f"/Shared/Private/{'admin' if name == 'administrator' else name}"
    secret = {"Name": f"{name}s-own", "Labels": {LABEL: collection}, "Data": "eA=="}
    own = there.engine("POST", "/secrets/create", secret)["ID"]
    frames: list[dict[str, str]] = []
    while not frames or frames[-1].get("id") != own:
        frames.append(json.loads(connection.recv(PATIENCE_SECONDS)))
    return frames
