"""Hijacked connections: two byte streams that end on their own (docker run -i, exec, attach)."""

from __future__ import annotations

import socket
import time

import pytest

from apps.core.decision import Decision
from tests.gateway.edge.serving import Behave, Edge, HalfClosingClient, RecordingUpstream, sent_until_blocked, wait_for

UPGRADED = (
    b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
)
OLD_STYLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
ATTACH = b"POST /v1.41/containers/x/attach?stream=1 HTTP/1.1\r\nHost: x\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: tcp\r\n"


def echo_until_eof(head: bytes) -> Behave:
    """Answers with `head`, echoes the input, and after the input's end says how much there was."""

    def behave(connection: socket.socket, upstream: RecordingUpstream, number: int) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += upstream.read(connection, number)
        early = data.partition(b"\r\n\r\n")[2]
        connection.sendall(head + early)
        total = len(early)
        while piece := upstream.read(connection, number):
            connection.sendall(piece)
            total += len(piece)
        if upstream.ended[number] == "eof":
            connection.sendall(b"[%d bytes]" % total)

    return behave


def attach(edge: Edge, extra: bytes = UPGRADE) -> HalfClosingClient:
    client = edge.half_closing()
    client.send(ATTACH + extra + b"\r\n")
    return client


@pytest.mark.parametrize(("head", "extra"), [(UPGRADED, UPGRADE), (OLD_STYLE, b"")], ids=["upgrade", "old style"])
def test_output_goes_on_after_the_input_ended(edge: Edge, head: bytes, extra: bytes) -> None:
    """`echo hi | docker run -i … cat`: close_notify ends stdin only."""
    edge.upstream.behave = echo_until_eof(head)
    client = attach(edge, extra)
    assert client.recv_until(b"\r\n\r\n").startswith(head[:12])
    client.send(b"hi\n")
    assert client.recv() == b"hi\n"
    client.close_notify()
    assert client.recv_until(b"]") == b"[3 bytes]"
    assert client.recv() == b""
    assert client.saw_close_notify
    assert edge.upstream.ended == ["eof"]


def test_input_that_comes_before_the_answer_is_not_lost(edge: Edge) -> None:
    edge.upstream.behave = echo_until_eof(OLD_STYLE)
    client = edge.half_closing()
    client.send(ATTACH + b"\r\nearly")
    client.close_notify()
    assert client.recv_until(b"]").endswith(b"early[5 bytes]")


def test_a_client_that_vanishes_aborts_the_engine_side(edge: Edge) -> None:
    """A FIN without close_notify may be a cut cable: it must not look like the end of stdin."""
    edge.upstream.behave = echo_until_eof(UPGRADED)
    client = attach(edge)
    client.recv_until(b"\r\n\r\n")
    client.send(b"x")
    client.recv()
    client.close()
    wait_for(lambda: edge.upstream.ended != ["open"], 2)
    wait_for(lambda: len(edge.live) == 0)


def test_the_end_of_the_engine_is_the_end_of_the_stream(edge: Edge) -> None:
    def behave(connection: socket.socket, upstream: RecordingUpstream, number: int) -> None:
        upstream.read(connection, number)
        connection.sendall(UPGRADED + b"bye")

    edge.upstream.behave = behave
    client = attach(edge)
    assert client.recv_until(b"bye").endswith(b"\r\n\r\nbye")
    assert client.recv() == b""
    assert client.saw_close_notify


def test_a_stalled_client_holds_the_engine_back(edge: Edge) -> None:
    """Bounded buffers: the engine cannot write 200 MB into a client that does not read."""
    sent = [0]

    def behave(connection: socket.socket, upstream: RecordingUpstream, number: int) -> None:
        upstream.read(connection, number)
        connection.sendall(UPGRADED)
        connection.settimeout(1)
        try:
            while sent[0] < 200_000_000:
                sent[0] += connection.send(b"x" * 65536)
        except TimeoutError:
            return

    edge.upstream.behave = behave
    client = attach(edge)
    time.sleep(2)
    assert sent[0] < 20_000_000
    client.close()


def test_a_stalled_engine_holds_the_client_back(edge: Edge) -> None:
    def behave(connection: socket.socket, upstream: RecordingUpstream, number: int) -> None:
        upstream.read(connection, number)
        connection.sendall(UPGRADED)
        time.sleep(3)

    edge.upstream.behave = behave
    client = attach(edge)
    client.recv_until(b"\r\n\r\n")
    assert sent_until_blocked(client, b"x" * 65536) < 20_000_000
    client.close()


def test_a_tunnel_ends_within_a_second_of_its_right(edge: Edge) -> None:
    edge.upstream.behave = echo_until_eof(UPGRADED)
    client = attach(edge)
    client.recv_until(b"\r\n\r\n")
    client.send(b"x")
    client.recv()
    edge.handler.allowed_now = Decision(False, "Container Attach", "/Shared", ("Container Attach",), subject="bob")
    started = time.monotonic()
    assert client.recv() == b""
    assert time.monotonic() - started < 1.0
    wait_for(lambda: edge.handler.errors)
    assert "Container Attach is missing on /Shared" in str(edge.handler.errors[0])
    assert edge.upstream.ended != ["open"]


def test_a_tunnel_ends_with_the_credential(edge: Edge) -> None:
    edge.upstream.behave = echo_until_eof(UPGRADED)
    client = attach(edge)
    client.recv_until(b"\r\n\r\n")
    edge.valid.clear()
    started = time.monotonic()
    assert client.recv() == b""
    assert time.monotonic() - started < 1.0


def test_nothing_is_left_after_many_abrupt_ends(edge: Edge) -> None:
    edge.upstream.behave = echo_until_eof(UPGRADED)
    context = edge.tls()
    for _ in range(30):
        client = edge.half_closing(context)
        client.send(ATTACH + UPGRADE + b"\r\n")
        client.recv_until(b"\r\n\r\n")
        client.close()
    wait_for(lambda: len(edge.live) == 0)
    wait_for(lambda: not edge.server._connections)
    wait_for(lambda: "open" not in edge.upstream.ended)
