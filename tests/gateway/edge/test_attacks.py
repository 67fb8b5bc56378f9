"""What must never reach an engine: each attack is sent over real TLS, and the upstream's record must stay empty."""

from __future__ import annotations

import json
import re
import socket

import pytest

from tests.gateway.edge.serving import Edge, read_until

HOST = b"Host: localhost:8443\r\n"

ATTACKS = {
    "length and chunks": b"POST /build HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /build HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nContent-Length: 9\r\n\r\n",
    "length with a plus": b"POST /build HTTP/1.1\r\n" + HOST + b"Content-Length: +5\r\n\r\nhello",
    "length in hex": b"POST /build HTTP/1.1\r\n" + HOST + b"Content-Length: 0x5\r\n\r\nhello",
    "length as a list": b"POST /build HTTP/1.1\r\n" + HOST + b"Content-Length: 5, 5\r\n\r\nhello",
    "other encoding": b"POST /build HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n",
    "chunks in 1.0": b"POST /build HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "folded line": b"GET /info HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "bare newline": b"GET /info HTTP/1.1\r\n" + HOST + b"X: a\nY: b\r\n\r\n",
    "bare return": b"GET /info HTTP/1.1\r\n" + HOST + b"X: a\rY: b\r\n\r\n",
    "nul": b"GET /info HTTP/1.1\r\n" + HOST + b"X: \x00\r\n\r\n",
    "blank before the colon": b"GET /info HTTP/1.1\r\n" + HOST + b"Content-Length : 5\r\n\r\nhello",
    "no host": b"GET /info HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /info HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "absolute form": b"GET http://evil/v1.41/info HTTP/1.1\r\n" + HOST + b"\r\n",
    "empty segment": b"GET //info HTTP/1.1\r\n" + HOST + b"\r\n",
    "dot segments": b"GET /v1.41/x/../info HTTP/1.1\r\n" + HOST + b"\r\n",
    "dot segment at the end": b"GET /v1.41/containers/.. HTTP/1.1\r\n" + HOST + b"\r\n",
    "escaped dots": b"GET /v1.41/x/%2e%2e/info HTTP/1.1\r\n" + HOST + b"\r\n",
    "escaped slash": b"GET /v1.41/containers%2fjson HTTP/1.1\r\n" + HOST + b"\r\n",
    "escaped percent": b"GET /v1.41/containers/%252e/json HTTP/1.1\r\n" + HOST + b"\r\n",
    "escaped nul": b"GET /v1.41/containers/%00/json HTTP/1.1\r\n" + HOST + b"\r\n",
    "escaped backslash": b"GET /v1.41/containers/%5c/json HTTP/1.1\r\n" + HOST + b"\r\n",
    "semicolon in the query": b"GET /v1.41/containers/json?all=0;all=1 HTTP/1.1\r\n" + HOST + b"\r\n",
    "key twice": b"POST /v1.41/containers/create?name=ok&name=evil HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n",
    "connection token": b"GET /info HTTP/1.1\r\n" + HOST + b"Connection: close, X-Registry-Auth\r\n\r\n",
    "method override": b"GET /info HTTP/1.1\r\n" + HOST + b"X-HTTP-Method-Override: DELETE\r\n\r\n",
    "announced trailer": b"GET /info HTTP/1.1\r\n" + HOST + b"Trailer: X\r\n\r\n",
    "unknown upgrade": b"GET /info HTTP/1.1\r\n" + HOST + b"Connection: upgrade\r\nUpgrade: h3\r\n\r\n",
    "connect": b"CONNECT engine:2375 HTTP/1.1\r\n" + HOST + b"\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "not http": b"\x16\x03\x01 hello",
}
STATUS = re.compile(rb"HTTP/1\.1 [1-5][0-9]{2} ")
SMUGGLED = b"GET /v1.41/secrets HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_nothing_of_an_attack_reaches_the_engine(edge: Edge, attack: bytes) -> None:
    answer = edge.ask(attack + SMUGGLED)
    assert len(STATUS.findall(answer)) == 1
    assert answer[9:12] in (b"400", b"505")
    assert b"Connection: close" in answer
    assert edge.upstream.record == b""


CHUNK_ATTACKS = {
    "extension": b"5;a=b\r\nhello\r\n0\r\n\r\n",
    "trailer": b"5\r\nhello\r\n0\r\nX: y\r\n\r\n",
    "bare newlines": b"5\nhello\n0\n\n",
    "too long": b"5\r\nhelloworld\r\n0\r\n\r\n",
    "signed": b"+5\r\nhello\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("body", CHUNK_ATTACKS.values(), ids=CHUNK_ATTACKS)
def test_bad_chunks_end_the_request_and_the_connection(edge: Edge, body: bytes) -> None:
    """Streamed to the engine its head may be gone already, but the engine never sees the end of that body."""
    answer = edge.ask(b"POST /v1.41/build HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + body + SMUGGLED)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"0\r\n\r\n" not in edge.upstream.record
    assert b"secrets" not in edge.upstream.record


def test_a_form_is_refused_because_the_engine_would_read_it_as_a_query(edge: Edge) -> None:
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\nConnection: close\r\n\r\nname=pwn"
    answer = edge.ask(b"POST /v1.41/containers/create?name=ok HTTP/1.1\r\n" + HOST + form)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert edge.upstream.record == b""


def test_a_refusal_speaks_the_dialect_of_its_path(edge: Edge) -> None:
    docker = edge.ask(b"GET /v1.41/info HTTP/1.1\r\n\r\n")
    rest = edge.ask(b"GET /api/v1/users/ HTTP/1.1\r\n\r\n")
    assert json.loads(docker.partition(b"\r\n\r\n")[2]) == {"message": "the Host header is missing"}
    assert b"application/problem+json" in rest
    assert json.loads(rest.partition(b"\r\n\r\n")[2])["detail"] == "the Host header is missing"


def test_an_upgrade_that_the_engine_ignores_opens_no_tunnel(edge: Edge) -> None:
    """The next bytes are a request of their own, read and authorised like any other."""
    first = b"GET /_ping HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    answer = edge.ask(first + b"GET //evil HTTP/1.1\r\n" + HOST + b"\r\n")
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400"]
    assert b"Upgrade" not in edge.upstream.record
    assert b"evil" not in edge.upstream.record


def test_a_refused_hijack_opens_no_tunnel(edge: Edge) -> None:
    edge.upstream.answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
    attach = b"POST /v1.41/containers/x/attach HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    answer = edge.ask(attach + b"GET //evil HTTP/1.1\r\n" + HOST + b"\r\n")
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"404", b"400"]
    assert b"evil" not in edge.upstream.record


def test_the_engine_sees_what_was_understood_and_nothing_else(edge: Edge) -> None:
    edge.ask(
        b"POST /v1.41/images/a%C3%A9/tag?repo=x%2Fy&tag=%26 HTTP/1.1\r\n"
        + HOST
        + b"Connection: close\r\nX-Forwarded-For: 1.2.3.4\r\nQuarterdeck-Actor: root\r\nAuthorization: Bearer x\r\n"
        + b"Content-Type: text/plain\r\ncontent-length: 3\r\n\r\nabc"
    )
    assert edge.upstream.record == (
        b"POST /v1.41/images/a%C3%A9/tag?repo=x%2Fy&tag=%26 HTTP/1.1\r\nHost: docker\r\n"
        b"content-type: text/plain\r\nContent-Length: 3\r\n\r\nabc"
    )


def test_plain_http_is_told_to_use_tls(edge: Edge) -> None:
    with socket.create_connection(("127.0.0.1", edge.port), timeout=5) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTPS only" in read_until(client, b"HTTPS only")
