"""Logs, terminals and events of the running product, on a real engine."""

from __future__ import annotations

import datetime
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.streams.conftest import PASSWORD, Site, wait_for
from tests.support.websocket import Connection

pytestmark = [pytest.mark.product, pytest.mark.engine]

LABEL = ("--label", "com.docker.ucp.access.label=/Shared/payments")
TICKING = "i=0; while true; do i=$((i+1)); echo line $i; sleep 0.2; done"


@pytest.fixture(scope="module")
def ticking(site: Site) -> Iterator[str]:
    """A service of bob's with two tasks that write a line five times a second."""
    yield site.service("ticking", TICKING, *LABEL, "--replicas", "2")
    site.engine.docker("service", "rm", "ticking")


@pytest.fixture(scope="module")
def shell(site: Site) -> Iterator[str]:
    """A container in the root collection, to open terminals in."""
    yield site.container("shell", "sleep 1000")
    site.engine.docker("rm", "-f", "shell")


def test_a_services_log_comes_live_with_time_stream_and_task(site: Site, ticking: str) -> None:
    with site.open(site.bob, f"/ws/logs/services/{ticking}?tail=1") as websocket:
        frames = list(itertools.islice(websocket.frames(), 20))

    assert {frame["type"] for frame in frames} == {"log"}
    assert {frame["source"] for frame in frames} == {"ticking.1", "ticking.2"}
    assert {frame["stream"] for frame in frames} == {"stdout"}
    assert all(frame["text"].startswith("line ") and frame["time"].endswith("Z") for frame in frames)


def test_a_new_line_is_there_within_half_a_second(site: Site, ticking: str) -> None:
    id_ = site.container("announcing", TICKING, *LABEL)
    delays = []
    for path in (f"/ws/logs/containers/{id_}", f"/ws/logs/services/{ticking}"):
        with site.open(site.bob, f"{path}?tail=0") as websocket:
            delays += [time.time() - _posix_seconds(frame["time"]) for frame in itertools.islice(websocket.frames(), 10)]
    site.engine.docker("rm", "-f", "announcing")

    assert max(delays) < 0.5, delays


def _posix_seconds(rfc3339: str) -> float:
    return datetime.datetime.fromisoformat(rfc3339[:26] + "+00:00").timestamp()


def test_a_log_goes_on_since_the_last_line_without_repeating_it(site: Site) -> None:
    id_ = site.container("counting", "for i in 1 2 3 4; do echo $i; done; sleep 1000")
    path = f"/ws/logs/containers/{id_}?tail=all"
    with site.open(site.admin, path) as websocket:
        lines = list(itertools.islice(websocket.frames(), 4))
    with site.open(site.admin, f"{path}&since={lines[1]['time']}") as websocket:
        later = list(itertools.islice(websocket.frames(), 2))
    site.engine.docker("rm", "-f", "counting")

    assert [line["text"] for line in lines] == ["1", "2", "3", "4"]
    assert [line["text"] for line in later] == ["3", "4"]
    assert lines[0]["source"] == "counting"


def test_standard_error_is_told_apart_and_a_finished_log_ends(site: Site) -> None:
    id_ = site.container("failing", "echo out; echo oops >&2")
    with site.open(site.admin, f"/ws/logs/containers/{id_}") as websocket:
        frames = list(websocket.frames())
    site.engine.docker("rm", "-f", "failing")

    assert sorted((frame["stream"], frame["text"]) for frame in frames) == [("stderr", "oops"), ("stdout", "out")]


def test_the_log_of_a_terminal_has_lines_too(site: Site) -> None:
    id_ = site.container("typing", "echo one; echo two; sleep 1000", "-t")
    with site.open(site.admin, f"/ws/logs/containers/{id_}") as websocket:
        lines = list(itertools.islice(websocket.frames(), 2))
    site.engine.docker("rm", "-f", "typing")

    assert [line["text"] for line in lines] == ["one", "two"]


def test_a_log_that_one_may_not_view_does_not_exist(site: Site, shell: str) -> None:
    with site.open(site.bob, f"/ws/logs/containers/{shell}") as hidden:
        first = hidden.closed()
    with site.open(site.bob, "/ws/logs/containers/absent") as absent:
        second = absent.closed()

    assert first == second == (4404, "there is no such container, or you may not see it")


def test_a_flood_of_lines_waits_for_a_browser_that_does_not_read(site: Site) -> None:
    id_ = site.container("flooding", "yes 0123456789012345678901234567890123456789 | head -n 2000000; sleep 1000")
    streams = site.product.process_of("streams").pid
    with site.open(site.admin, f"/ws/logs/containers/{id_}?tail=all") as websocket:
        next(websocket.frames())
        before = _resident_kilobytes(streams)
        time.sleep(4)
        grown = _resident_kilobytes(streams) - before
    site.engine.docker("rm", "-f", "flooding")

    assert grown < 20_000, f"{grown} KB more"


def _resident_kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_a_terminal_takes_keys_and_gives_output_and_the_exit_code(site: Site, shell: str) -> None:
    with site.open(site.admin, f"/ws/exec/{shell}?cols=101&rows=31") as websocket:
        output = _typed(websocket.connection, b"stty size; echo $((6*7))\n", until=b"42\r\n")
        websocket.connection.send(json.dumps({"type": "resize", "cols": 77, "rows": 20}))
        resized = _typed(websocket.connection, b"sleep 0.3; stty size; echo d''one\n", until=b"done\r\n")
        websocket.connection.send(b"exit 3\n")
        rest = list(_messages(websocket.connection))

    assert b"31 101" in output
    assert b"20 77" in resized
    assert json.loads(rest[-1]) == {"type": "exit", "code": 3}


def test_large_input_and_output_of_a_terminal_arrive_whole(site: Site, shell: str) -> None:
    with site.open(site.admin, f"/ws/exec/{shell}") as websocket:
        output = _typed(websocket.connection, b"echo b''egin; seq 1 200000; echo d''one\n", until=b"done\r\n")

    # Before the first line stand the shell's own control sequences, or not.
    numbers = output.partition(b"begin\r\n")[2].partition(b"done\r\n")[0].split()
    assert numbers == [str(number).encode() for number in range(1, 200001)]


@pytest.mark.parametrize("left_with", [b"", b"half a li", b"sleep 1000\n"], ids=["at its prompt", "in a line", "busy"])
def test_closing_a_terminal_ends_its_shell(site: Site, shell: str, left_with: bytes) -> None:
    with site.open(site.admin, f"/ws/exec/{shell}") as websocket:
        _typed(websocket.connection, b"echo r''eady\n", until=b"ready\r\n")
        websocket.connection.send(left_with)

    wait_for(lambda: "/bin/sh" not in site.engine.docker("top", "shell").stdout.partition("\n")[2], seconds=5)


def test_a_terminal_without_the_right_is_refused_with_the_sentence(site: Site) -> None:
    id_ = site.container("payments", "sleep 1000", *LABEL)
    with site.open(site.bob, f"/ws/exec/{id_}") as websocket:
        frame = websocket.until(lambda frame: frame["type"] == "end")
        code, reason = websocket.closed()
    site.engine.docker("rm", "-f", "payments")

    sentence = "bob may not do this: Container Exec is missing on /Shared/payments"
    assert (code, reason, frame["reason"]) == (4403, sentence, sentence)
    entries = site.admin.get("/audit/", outcome="refused", operation="Container Exec")["results"]
    assert (entries[0]["actor"], entries[0]["reason"]) == ("bob", sentence)


def test_an_open_terminal_is_cut_when_the_right_to_it_ends(site: Site) -> None:
    id_ = site.container("granted", "sleep 1000", *LABEL)
    grant = {"subject": "user:bob", "role": "Full Control", "resource": "collection:/Shared/payments"}
    grant_id = site.admin.post("/grants/", grant)["id"]
    time.sleep(1)
    with site.open(site.bob, f"/ws/exec/{id_}") as websocket:
        _typed(websocket.connection, b"echo r''eady\n", until=b"ready\r\n")
        site.admin.delete(f"/grants/{grant_id}/")
        revoked_at = time.monotonic()
        code, _ = websocket.closed()
    site.engine.docker("rm", "-f", "granted")

    assert code != 1000
    assert time.monotonic() - revoked_at < 2


def test_a_change_is_told_to_who_may_see_it_and_to_nobody_else(site: Site, ticking: str) -> None:
    with site.open(site.bob, "/ws/events") as bobs, site.open(site.admin, "/ws/events") as admins:
        assert next(bobs.frames()) == {"type": "hello"}
        assert next(admins.frames()) == {"type": "hello"}
        hidden = site.container("hidden", "sleep 1000")
        admins.until(lambda frame: frame.get("id") == hidden)
        site.engine.docker("service", "scale", "-d", "ticking=3")
        told = []
        for frame in bobs.frames():
            told.append(frame)
            if (frame["kind"], frame["id"]) == ("service", ticking):
                break
    site.engine.docker("rm", "-f", "hidden")

    assert told[-1]["type"] == "change"
    assert hidden not in {frame["id"] for frame in told}


def test_events_start_over_within_a_second_of_a_right_that_ends_and_tell_no_more_of_it(site: Site) -> None:
    id_ = site.container("lost", "sleep 1000")
    grant = {"subject": "user:bob", "role": "View Only", "resource": "collection:/"}
    grant_id = site.admin.post("/grants/", grant)["id"]
    time.sleep(1)
    with site.open(site.bob, "/ws/events") as websocket:
        next(websocket.frames())
        site.engine.docker("pause", "lost")
        websocket.until(lambda frame: frame.get("id") == id_)
        site.admin.delete(f"/grants/{grant_id}/")
        revoked_at = time.monotonic()
        websocket.until(lambda frame: frame["type"] == "hello")
        assert time.monotonic() - revoked_at < 1
        site.engine.docker("unpause", "lost")
        site.engine.docker("rm", "-f", "lost")
        mine = site.container("found", "sleep 1000", *LABEL)
        told = set()
        for frame in websocket.frames():
            told.add(frame.get("id"))
            if mine in told:
                break
    site.engine.docker("rm", "-f", "found")

    assert id_ not in told


def test_websockets_end_within_a_second_of_the_session(site: Site) -> None:
    rest = site.product.rest("bob", PASSWORD)
    with site.open(rest, "/ws/events") as websocket:
        next(websocket.frames())
        rest.post("/auth/logout")
        signed_out_at = time.monotonic()
        assert websocket.closed() == (4401, "your session has ended; sign in again")

    assert time.monotonic() - signed_out_at < 1


def test_websockets_end_within_a_second_of_the_account(site: Site) -> None:
    site.admin.post("/users/", {"username": "carol", "password": PASSWORD})
    with site.open(site.product.rest("carol", PASSWORD), "/ws/events") as websocket:
        next(websocket.frames())
        site.admin.patch("/users/carol/", {"is_active": False})
        deactivated_at = time.monotonic()
        assert websocket.closed()[0] == 4401

    assert time.monotonic() - deactivated_at < 1


def test_a_ticket_opens_one_websocket_without_cookie_and_origin(site: Site) -> None:
    ticket = site.bob.post("/tickets/", {})["ticket"]
    with site.open(None, "/ws/events", origin=None, ticket=ticket) as websocket:
        assert next(websocket.frames()) == {"type": "hello"}
    with site.open(None, "/ws/events", origin=None, ticket=ticket) as websocket:
        code, reason = websocket.closed()

    assert (code, reason) == (4401, "the ticket is unknown, was used, or is older than 30 seconds")


def test_nobody_unknown_gets_in(site: Site) -> None:
    with site.open(None, "/ws/events") as websocket:
        assert websocket.closed()[0] == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "https://localhost", None])
def test_a_page_of_another_site_gets_nothing_for_the_cookie(site: Site, origin: str | None) -> None:
    with site.open(site.bob, "/ws/events", origin=origin) as websocket:
        assert websocket.closed()[0] == 4403


def test_a_token_in_the_url_is_nothing(site: Site) -> None:
    with site.open(None, f"/ws/events?token={site.bob.token}") as websocket:
        assert websocket.closed()[0] == 4401


def test_what_is_no_websocket_of_ours_is_refused(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused, site.open(site.bob, "/ws/unheard"):
        pass

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("query", ["cols=0", "rows=abc", "cols=99999"])
def test_a_terminal_of_an_impossible_size_is_refused(site: Site, shell: str, query: str) -> None:
    with site.open(site.admin, f"/ws/exec/{shell}?{query}") as websocket:
        assert websocket.closed()[0] == 4400


def _typed(connection: Connection, keys: bytes, *, until: bytes) -> bytes:
    """Sends keys and returns the output up to what is waited for."""
    connection.send(keys)
    output = b""
    for message in _messages(connection):
        assert isinstance(message, bytes), message
        output += message
        if until in output:
            return output
    raise AssertionError(f"the terminal ended: {output[-500:]!r}")


def _messages(connection: Connection) -> Iterator[bytes | str]:
    try:
        while True:
            yield connection.recv(timeout=20)
    except ConnectionClosed:
        return
