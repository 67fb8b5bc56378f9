"""The way by path, and the proxies to web and streams."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest

from apps.core import signing
from apps.gateway.edge import proxy
from tests.gateway.edge.serving import Edge, RecordingUpstream, read_until


def ask(edge: Edge, path: str, *lines: str, method: str = "GET", body: bytes = b"", certificate: bool = True) -> bytes:
    length = [f"Content-Length: {len(body)}"] if body else []
    head = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: quarterdeck.example:8443", "Connection: close", *lines, *length])
    return edge.ask(head.encode() + b"\r\n\r\n" + body, context=edge.tls(with_certificate=certificate))


@pytest.fixture
def web(edge: Edge) -> RecordingUpstream:
    return RecordingUpstream(edge.directory / "web.sock")


def edge_statement(web: RecordingUpstream) -> dict[str, object]:
    head = web.record.partition(b"\r\n\r\n")[0].decode()
    values = [line.partition(": ")[2] for line in head.split("\r\n") if line.lower().startswith("quarterdeck-edge")]
    assert len(values) == 1
    return signing.verify(signing.EDGE, values[0])


@pytest.mark.parametrize("path", ["/", "/ui/", "/ui/services", "/api/v1/users/", "/readyz"])
def test_paths_of_web_go_to_web(edge: Edge, web: RecordingUpstream, path: str) -> None:
    assert ask(edge, path).endswith(b"ok")
    assert web.record.startswith(f"GET {path} HTTP/1.1\r\nHost: quarterdeck.example:8443\r\n".encode())
    assert edge.upstream.record == b""


@pytest.mark.parametrize("path", ["/_ping", "/info", "/services", "/v1.41/containers/json", "/v1.9/nothing"])
def test_paths_of_the_engine_go_to_the_docker_handler(edge: Edge, web: RecordingUpstream, path: str) -> None:
    ask(edge, path)
    assert [request.path for request in edge.handler.seen] == [path]
    assert web.record == b""


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://quarterdeck.example:8443", "https://quarterdeck.example"]
)
def test_a_page_of_another_site_cannot_use_the_certificate_its_browser_holds(edge: Edge, origin: str) -> None:
    answer = ask(edge, "/v1.41/containers/web/stop", f"Origin: {origin}", method="POST")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert edge.handler.seen == []
    ask(edge, "/v1.41/containers/web/attach/ws", "Origin: https://quarterdeck.example:8443")
    assert len(edge.handler.seen) == 1


@pytest.mark.parametrize("path", ["/v2/", "/apix", "/admin", "/uix", "/favicon.ico", "/metrics"])
def test_other_paths_do_not_exist(edge: Edge, path: str) -> None:
    answer = ask(edge, path)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"application/problem+json" in answer


def test_own_pages_need_no_sign_in(edge: Edge) -> None:
    assert ask(edge, "/healthz", certificate=False).startswith(b"HTTP/1.1 200")
    assert b"BEGIN CERTIFICATE" in ask(edge, "/ca", certificate=False)
    assert ask(edge, "/ca", method="DELETE").startswith(b"HTTP/1.1 405")


def test_web_learns_who_it_is_from_us_alone(edge: Edge, web: RecordingUpstream) -> None:
    forged = signing.sign(signing.EDGE, {"address": "6.6.6.6", "request_id": "x", "actor": None})
    lines = [
        f"Quarterdeck-Edge: {forged}",
        f"Quarterdeck_Edge: {forged}",
        "X-Forwarded-Proto: http",
        "X-Forwarded-For: 6.6.6.6",
    ]
    ask(edge, "/api/v1/auth/me", *lines, "Authorization: Bearer qds_x", "Cookie: a=b")
    statement = edge_statement(web)
    assert statement["address"] == "127.0.0.1"
    assert isinstance(statement["actor"], dict)
    assert statement["actor"]["name"] == "bob"
    head = web.record.decode().lower()
    assert "6.6.6.6" not in head
    assert head.count("x-forwarded-proto: https") == 1
    assert "authorization: bearer qds_x" in head
    assert "cookie: a=b" in head


def test_without_a_certificate_web_is_told_of_nobody(edge: Edge, web: RecordingUpstream) -> None:
    ask(edge, "/api/v1/auth/login", method="POST", body=b"{}", certificate=False)
    assert edge_statement(web)["actor"] is None
    assert web.record.endswith(b"{}")


def test_a_large_body_never_reaches_web(edge: Edge, web: RecordingUpstream) -> None:
    answer = ask(edge, "/api/v1/users/", "Content-Length: 3000000000", method="POST")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert web.record == b""


def test_a_web_that_is_down_is_a_503(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "RESTART_SECONDS", 0.3)
    answer = ask(edge, "/api/v1/users/")
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "unavailable"


def test_a_web_that_restarts_is_waited_for(edge: Edge) -> None:
    started: list[RecordingUpstream] = []
    timer = threading.Timer(0.5, lambda: started.append(RecordingUpstream(edge.directory / "web.sock")))
    timer.start()
    assert ask(edge, "/api/v1/users/").startswith(b"HTTP/1.1 200")


def test_a_websocket_becomes_a_tunnel_to_streams(edge: Edge) -> None:
    def behave(connection: socket.socket, upstream: RecordingUpstream, number: int) -> None:
        while b"\r\n\r\n" not in upstream.received[number]:
            upstream.read(connection, number)
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nwelcome")
        while data := upstream.read(connection, number):
            connection.sendall(data.upper())

    streams = RecordingUpstream(edge.directory / "streams.sock")
    streams.behave = behave
    head = (
        b"GET /ws/events HTTP/1.1\r\nHost: x:8443\r\nOrigin: https://x:8443\r\nConnection: keep-alive, Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with edge.connect() as client:
        client.sendall(head)
        answer = read_until(client, b"welcome")
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert b"Upgrade: websocket\r\n" in answer
        client.sendall(b"frame")
        assert read_until(client, b"FRAME") == b"FRAME"
    sent = streams.record.lower()
    assert b"origin: https://x:8443\r\n" in sent
    assert b"connection: upgrade\r\nupgrade: websocket\r\n" in sent


def test_the_internal_socket_serves_the_engine_api_only(edge: Edge, web: RecordingUpstream) -> None:
    def ask_internal(path: str) -> bytes:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(edge.internal))
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nQuarterdeck-Cluster: c\r\n\r\n".encode())
            return client.recv(65536)

    assert ask_internal("/info").startswith(b"HTTP/1.1 200")
    assert edge.handler.seen[0].headers == {"quarterdeck-cluster": "c"}
    assert ask_internal("/api/v1/users/").startswith(b"HTTP/1.1 404")
    assert web.record == b""
    assert ask_internal("/quarterdeck/probe").endswith(b"bob")
    assert ask(edge, "/quarterdeck/probe").startswith(b"HTTP/1.1 404")


def test_a_web_that_is_slow_to_die_is_waited_for_only_so_long(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "ANSWER_SECONDS", 0.3)
    silent = RecordingUpstream(edge.directory / "web.sock")
    silent.answer = b""
    started = time.monotonic()
    assert ask(edge, "/api/v1/users/").startswith(b"HTTP/1.1 503 ")
    assert time.monotonic() - started < 3
