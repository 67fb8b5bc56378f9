"""Requests and answers over one connection: order, framing, limits, the client's end."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import AsyncIterator

import pytest

from apps.core.decision import Decision
from apps.gateway.edge import client_body, connection
from apps.gateway.edge.exchange import ClientGone
from tests.gateway.edge.serving import Behave, Edge, RecordingUpstream, read_all, read_until, sent_until_blocked, wait_for

HOST = b"Host: x\r\n"
CHUNKED_ANSWER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def get(path: bytes, *lines: bytes, method: bytes = b"GET", version: bytes = b"1.1") -> bytes:
    return method + b" " + path + b" HTTP/" + version + b"\r\n" + HOST + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def answering(*parts: bytes, pause: float = 0.05, then: Behave | None = None) -> Behave:
    """Reads one head, then writes the parts with pauses between them."""

    def behave(client: socket.socket, upstream: RecordingUpstream, number: int) -> None:
        while b"\r\n\r\n" not in upstream.received[number]:
            if not upstream.read(client, number):
                return
        for part in parts:
            client.sendall(part)
            time.sleep(pause)
        if then is not None:
            then(client, upstream, number)

    return behave


def test_requests_on_one_connection_are_answered_in_order(edge: Edge) -> None:
    with edge.connect() as client:
        client.sendall(get(b"/info") + get(b"/version") + get(b"/_ping", b"Connection: close", method=b"HEAD"))
        answer = read_all(client)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert re.findall(rb"(?:GET|HEAD) (\S+)", edge.upstream.record) == [b"/info", b"/version", b"/_ping"]
    assert len(edge.upstream.received) == 1, "one connection to the engine for one client"


def test_every_answer_names_its_request(edge: Edge) -> None:
    answer = edge.ask(get(b"/info") + get(b"/info", b"Connection: close"))
    ids = re.findall(rb"Quarterdeck-Request-Id: ([0-9a-f]{32})", answer)
    assert len(set(ids)) == 2


def test_head_has_the_length_and_no_body(edge: Edge) -> None:
    edge.upstream.answer = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\n"
    answer = edge.ask(get(b"/_ping", b"Connection: close", method=b"HEAD"))
    assert b"Content-Length: 2\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_a_streamed_answer_passes_as_it_is(edge: Edge) -> None:
    body = b"3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n"
    edge.upstream.behave = answering(CHUNKED_ANSWER + body[:4], body[4:10], body[10:])
    answer = edge.ask(get(b"/v1.41/containers/x/logs", b"Connection: close"))
    assert answer.partition(b"\r\n\r\n")[2] == body


def test_an_answer_without_length_gets_chunks(edge: Edge) -> None:
    """So that its end can be told from a broken connection."""
    edge.upstream.behave = answering(b"HTTP/1.1 200 OK\r\n\r\nab", b"cd")
    assert edge.ask(get(b"/events", b"Connection: close")).endswith(b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n")


def test_http_10_gets_no_chunks(edge: Edge) -> None:
    edge.upstream.behave = answering(CHUNKED_ANSWER + b"3\r\nabc\r\n0\r\n\r\n")
    answer = edge.ask(get(b"/events", version=b"1.0"))
    assert answer.endswith(b"\r\n\r\nabc")
    assert b"Transfer-Encoding" not in answer


def test_an_answer_that_breaks_off_does_not_look_whole(edge: Edge) -> None:
    edge.upstream.behave = answering(CHUNKED_ANSWER + b"3\r\nabc\r\n")
    answer = edge.ask(get(b"/events"))
    assert answer.endswith(b"3\r\nabc\r\n")
    assert b"0\r\n\r\n" not in answer


def test_interim_answers_of_the_engine_are_swallowed(edge: Edge) -> None:
    edge.upstream.behave = answering(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    assert edge.ask(get(b"/info", b"Connection: close")).startswith(b"HTTP/1.1 204")


def test_what_is_not_http_from_the_engine_is_a_502_with_its_name(edge: Edge) -> None:
    edge.upstream.behave = answering(b"SSH-2.0-OpenSSH\r\n\r\n")
    answer = edge.ask(get(b"/info", b"Connection: close"))
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"cluster test" in answer


def test_an_engine_that_is_down_is_a_502_with_its_name(edge: Edge) -> None:
    edge.upstream.close()
    edge.upstream.path.unlink()
    answer = edge.ask(get(b"/info", b"Connection: close"))
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["message"].startswith("cluster test: cannot be reached")


def test_an_idle_engine_connection_that_died_is_replaced(edge: Edge) -> None:
    edge.upstream.behave = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")  # closes after one answer
    with edge.connect() as client:
        for _ in range(3):
            client.sendall(get(b"/info"))
            assert read_until(client, b"ok").startswith(b"HTTP/1.1 200")


def test_an_upload_streams_through(edge: Edge) -> None:
    def behave(client: socket.socket, upstream: RecordingUpstream, number: int) -> None:
        while not upstream.received[number].endswith(b"0\r\n\r\n"):
            if not upstream.read(client, number):
                return
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")

    edge.upstream.behave = behave
    head = get(b"/v1.41/images/load", b"Transfer-Encoding: chunked", method=b"POST")
    with edge.connect() as client:
        client.sendall(head)
        for _ in range(200):
            client.sendall(b"10000\r\n" + b"y" * 65536 + b"\r\n")
        client.sendall(b"0\r\n\r\n")
        assert read_until(client, b"done").startswith(b"HTTP/1.1 200")
    assert edge.upstream.record.count(b"y") == 200 * 65536


def test_an_answer_before_the_upload_ended_reaches_the_client(edge: Edge) -> None:
    """`docker cp` to a bad path: the 404 comes while the client still sends, and must not be lost in a reset."""
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot there"
    edge.upstream.behave = answering(answer, pause=0)
    for _ in range(10):
        client = edge.half_closing()
        client.send(get(b"/v1.41/containers/x/archive", b"Content-Length: 8000000", method=b"PUT"))
        assert client.send_while_reading(b"z" * 8_000_000).endswith(b"not there")
        client.close()


def _send_quietly(client: socket.socket, data: bytes) -> None:
    try:
        client.sendall(data)
    except OSError:
        return


def test_an_expected_continue_is_answered_by_us(edge: Edge) -> None:
    edge.handler.options["/info"] = {"read_body": 100}
    with edge.connect() as client:
        client.sendall(get(b"/info", b"Expect: 100-continue", b"Content-Length: 5", method=b"POST"))
        assert read_until(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hello")
        assert read_until(client, b"\r\n\r\n5").startswith(b"HTTP/1.1 200")


def test_a_body_too_large_is_refused_without_reading_it(edge: Edge) -> None:
    edge.handler.options["/info"] = {"read_body": 1000}
    started = time.monotonic()
    with edge.connect() as client:
        client.sendall(get(b"/info", b"Content-Length: 3000000000", method=b"POST") + b"x" * 100_000)
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert time.monotonic() - started < 4


def test_an_endless_chunked_body_is_refused_at_its_limit(edge: Edge) -> None:
    edge.handler.options["/info"] = {"read_body": 100_000}
    with edge.connect() as client:
        client.sendall(get(b"/info", b"Transfer-Encoding: chunked", method=b"POST"))
        sender = threading.Thread(target=_send_quietly, args=(client, b"10000\r\n" + b"y" * 65536 + b"\r\n" * 1))
        sender.start()
        sender.join()
        _send_quietly(client, b"10000\r\n" + b"y" * 65536 + b"\r\n")
        assert read_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_a_client_that_leaves_ends_the_engine_request(edge: Edge) -> None:
    """`docker logs -f` and Ctrl-C."""
    edge.upstream.behave = answering(CHUNKED_ANSWER + b"3\r\nabc\r\n", then=_read_on)
    client = edge.half_closing()
    client.send(get(b"/v1.41/containers/x/logs?follow=1"))
    client.recv_until(b"abc")
    client.close_notify()
    wait_for(lambda: edge.upstream.ended != ["open"], 2)


def _read_on(client: socket.socket, upstream: RecordingUpstream, number: int) -> None:
    while len(upstream.read(client, number)):
        pass


def test_pipelined_bytes_are_bounded(edge: Edge) -> None:
    edge.upstream.behave = answering(CHUNKED_ANSWER, then=_read_on)
    with edge.connect() as client:
        client.sendall(get(b"/events"))
        assert sent_until_blocked(client, b"GET /info HTTP/1.1\r\nX: " + b"y" * 60_000) < 20_000_000


def test_answers_nobody_reads_hold_the_next_requests_back(edge: Edge) -> None:
    """Each of these answers is 1 MB; a client that only sends must not make us keep a hundred of them."""
    edge.handler.options["/info"] = {"reply": b"z" * 1_000_000}
    with edge.connect() as client:
        client.sendall(get(b"/info") * 100)
        time.sleep(1)
        assert len(edge.handler.seen) < 20
        received = 0
        while len(edge.handler.seen) < 100 or received < 100_000_000:
            received += len(client.recv(1 << 20))


def test_a_slow_head_times_out(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_SECONDS", 0.3)
    with edge.connect() as client:
        client.sendall(b"GET /info HTTP/1.1\r\n")
        assert read_all(client).startswith(b"HTTP/1.1 408 ")


def test_an_idle_connection_is_closed(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "IDLE_TIMEOUT_SECONDS", 0.3)
    with edge.connect() as client:
        client.sendall(get(b"/info"))
        assert read_all(client).endswith(b"ok")


def test_an_upload_without_progress_times_out(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_body, "PROGRESS_SECONDS", 0.3)
    edge.upstream.behave = answering(then=_read_on)
    with edge.connect() as client:
        client.sendall(get(b"/v1.41/images/load", b"Content-Length: 100", method=b"POST") + b"x")
        assert read_all(client).startswith(b"HTTP/1.1 400 ")
    wait_for(lambda: edge.upstream.ended != ["open"])


def test_an_engine_that_does_not_answer_times_out(edge: Edge) -> None:
    edge.handler.options["/info"] = {"timeout_seconds": 0.3}
    edge.upstream.behave = answering(then=_read_on)
    answer = edge.ask(get(b"/info", b"Connection: close"))
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"no answer within 0.3 s" in answer
    assert len(edge.upstream.received) == 1


class Words:
    """Last words that know how much has passed."""

    def __init__(self) -> None:
        self.passed_bytes = 0

    def passed(self, data: bytes) -> None:
        self.passed_bytes += len(data)

    def of(self, reason: str) -> bytes:
        return f" after {self.passed_bytes}: {reason}".encode()


async def pieces(*texts: bytes, forever: bool = False) -> AsyncIterator[bytes]:
    for text in texts:
        yield text
    while forever:
        await asyncio.sleep(0.01)


def test_an_answer_of_our_own_making_is_sent_piece_by_piece(edge: Edge) -> None:
    edge.handler.options["/events"] = {"pieces": pieces(b"one\n", b"two\n")}
    answer = edge.ask(get(b"/events", b"Connection: close"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.partition(b"\r\n\r\n")[2] == b"4\r\none\n\r\n4\r\ntwo\n\r\n0\r\n\r\n"


@pytest.mark.parametrize("path", ["/events", "/v1.41/containers/x/logs"])
def test_an_answer_whose_right_ends_says_so_and_is_not_whole(edge: Edge, path: str) -> None:
    edge.handler.options["/events"] = {"pieces": pieces(b"one\n", forever=True), "last_words": Words()}
    edge.handler.options["/v1.41/containers/x/logs"] = {"last_words": Words()}
    edge.upstream.behave = answering(CHUNKED_ANSWER + b"4\r\none\n\r\n", then=_read_on)
    with edge.connect() as client:
        client.sendall(get(path.encode()))
        read_until(client, b"one\n\r\n")
        edge.handler.allowed_now = Decision(False, "Container Logs", "/", ("Container Logs",), subject="bob")
        edge.loop.call_soon_threadsafe(edge.live.recheck)
        rest = read_all(client)
    assert rest == b"3d\r\n after 4: bob may not do this: Container Logs is missing on /\r\n"
    wait_for(lambda: len(edge.live) == 0)
    wait_for(lambda: "open" not in edge.upstream.ended)


def test_a_right_that_ended_before_the_answer_began_is_refused(edge: Edge) -> None:
    edge.handler.options["/events"] = {"pieces": pieces(b"one\n", forever=True)}
    edge.handler.allowed_now = Decision(False, "Events", "/", ("Events",), subject="bob")
    answer = edge.ask(get(b"/events", b"Connection: close"))
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"one" not in answer


def test_a_client_that_leaves_ends_the_making_of_its_answer(edge: Edge) -> None:
    edge.handler.options["/events"] = {"pieces": pieces(b"one\n", forever=True)}
    with edge.connect() as client:
        client.sendall(get(b"/events"))
        read_until(client, b"one")
    wait_for(lambda: len(edge.live) == 0)
    assert isinstance(edge.handler.errors[-1], ClientGone)


def test_pieces_wait_for_a_client_that_does_not_read(edge: Edge) -> None:
    made = []

    async def many() -> AsyncIterator[bytes]:
        for number in range(2000):
            made.append(number)
            yield b"x" * 65536

    edge.handler.options["/events"] = {"pieces": many()}
    with edge.connect() as client:
        client.sendall(get(b"/events"))
        time.sleep(1)
        assert 0 < len(made) < 500


def test_a_transformed_answer_gets_its_new_length(edge: Edge) -> None:
    def transform(status: int, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        headers["api-version"] = "1.40"
        return status, body + b"!"

    edge.handler.options["/version"] = {"transform": transform}
    edge.upstream.answer = b"HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    answer = edge.ask(get(b"/version", b"Connection: close"))
    assert answer.endswith(b"\r\n\r\nhi!")
    assert b"Content-Length: 3\r\n" in answer
    assert b"api-version: 1.40\r\n" in answer


def test_who_is_not_signed_in_is_refused_and_nothing_is_forwarded(edge: Edge) -> None:
    answer = edge.ask(get(b"/info", b"Connection: close"), context=edge.tls(with_certificate=False))
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert edge.upstream.record == b""


def test_the_server_ends_while_a_stream_runs(edge: Edge) -> None:
    edge.upstream.behave = answering(CHUNKED_ANSWER + b"3\r\nabc\r\n", then=_read_on)
    with edge.connect() as client:
        client.sendall(get(b"/events"))
        read_until(client, b"abc")
        started = time.monotonic()
        edge.run(edge.server.stop(0.5))
        assert time.monotonic() - started < 2
        assert read_all(client) == b""
