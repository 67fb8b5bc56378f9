from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.gateway.edge.http1 import request, target
from apps.gateway.edge.http1.errors import BadRequest
from apps.gateway.edge.http1.request import MAX_BUILD_HEAD_BYTES, MAX_HEAD_BYTES, HeadReader


def head(*lines: bytes, line: bytes = b"GET /version HTTP/1.1", host: bytes = b"Host: localhost:8443") -> bytes:
    return b"\r\n".join([line, *([host] if host else []), *lines, b"", b""])


def read(data: bytes) -> request.Request:
    reader = HeadReader()
    reader.feed(data)
    parsed = reader.next()
    assert parsed is not None
    return parsed


def test_a_docker_request_is_understood() -> None:
    parsed = read(
        head(
            b"User-Agent: Docker-Client/28.2.2 (linux)",
            b"Content-Length: 12",
            b"Connection: Upgrade",
            b"Upgrade: tcp",
            b"X-Registry-Auth:  eyJ9 ",
            line=b"POST /v1.41/images/a%C3%A9/push?tag=x%2Fy&q=a+b&empty= HTTP/1.1",
        )
    )
    assert (parsed.method, parsed.path) == ("POST", "/v1.41/images/aé/push")
    assert parsed.query == [("tag", "x/y"), ("q", "a b"), ("empty", "")]
    assert parsed.headers == {"user-agent": "Docker-Client/28.2.2 (linux)", "x-registry-auth": "eyJ9"}
    assert (parsed.content_length, parsed.is_chunked, parsed.upgrade) == (12, False, "tcp")
    assert parsed.keep_alive


def test_what_claims_an_identity_is_dropped() -> None:
    claims = (b"Quarterdeck-Actor: a", b"Quarterdeck_Edge: b", b"X-Forwarded-For: c", b"X_Forwarded_Proto: d", b"Forwarded: e")
    assert read(head(*claims)).headers == {}


def test_our_own_processes_may_claim_an_actor() -> None:
    data = head(b"Quarterdeck-Actor: a", b"Quarterdeck_Actor: b", b"X-Forwarded-For: c")
    assert request.parse(data, is_internal=True).headers == {"quarterdeck-actor": "a"}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (head(b"Content-Length: 5", b"Transfer-Encoding: chunked"), "both"),
        (head(b"Content-Length: 5", b"Content-Length: 5"), "twice"),
        (head(b"Content-Length: 5, 5"), "Content-Length"),
        (head(b"Content-Length: +5"), "Content-Length"),
        (head(b"Content-Length: -1"), "Content-Length"),
        (head(b"Content-Length: 0x5"), "Content-Length"),
        (head(b"Content-Length: 05"), "Content-Length"),
        (head(b"Content-Length: "), "Content-Length"),
        (head(b"Content-Length: 9999999999999999999999"), "Content-Length"),
        (head(b"Content-Length: \xd9\xa5"), "Content-Length"),
        (head(b"Transfer-Encoding: gzip, chunked"), "chunked"),
        (head(b"Transfer-Encoding: identity"), "chunked"),
        (head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), "twice"),
        (head(b"Transfer-Encoding: \x0bchunked"), "malformed"),
        (head(b"Transfer-Encoding: chunked", line=b"POST /version HTTP/1.0"), "HTTP/1.0"),
        (head(b"X-A: 1", b" folded"), "malformed"),
        (head(b"X-A : 1"), "malformed"),
        (head(b": 1"), "malformed"),
        (head(b"X-A 1"), "malformed"),
        (head(b"X-A: 1\nX-B: 2"), "malformed"),
        (head(b"X-A: 1\rX-B: 2"), "malformed"),
        (head(b"X-A: \x00"), "malformed"),
        (head(b"X-A: \x7f"), "malformed"),
        (head(host=b""), "missing"),
        (head(b"Host: other"), "twice"),
        (head(host=b"Host: "), "Host"),
        (head(host=b"Host: a/b"), "Host"),
        (head(host=b"Host: user@host"), "Host"),
        (head(b"Connection: close, X-Registry-Auth"), "Connection"),
        (head(b"Connection: upgrade", b"Upgrade: h2"), "upgrade"),
        (head(b"Expect: 200-ok"), "Expect"),
        (head(b"Trailer: X-A"), "trailers"),
        (head(b"X-HTTP-Method-Override: DELETE"), "Override"),
        (head(b"X-Method-Override: DELETE"), "Override"),
        (head(b"Authorization: Bearer a", b"Authorization: Bearer b"), "twice"),
        (head(line=b"GET  /version HTTP/1.1"), "request line"),
        (head(line=b"GET /version  HTTP/1.1"), "request line"),
        (head(line=b"GET /version HTTP/1.1 "), "request line"),
        (head(line=b"get /version HTTP/1.1"), "request line"),
        (head(line=b" GET /version HTTP/1.1"), "request line"),
        (b"\r\n" + head(), "request line"),
        (head(line=b"GET /version HTTP/2.0"), "only HTTP/1.1"),
        (head(line=b"GET /version HTTP/0.9"), "only HTTP/1.1"),
        (head(line=b"GET /version"), "request line"),
        (head(line=b"GET /ver sion HTTP/1.1"), "request line"),
        (head(line=b"GET http://evil/v1.41/info HTTP/1.1"), "must be a path"),
        (head(line=b"CONNECT evil:443 HTTP/1.1"), "must be a path"),
        (head(line=b"OPTIONS * HTTP/1.1"), "must be a path"),
        (head(*[b"X-%d: 1" % number for number in range(101)]), "100 header lines"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(BadRequest, match=problem):
        read(data)


@pytest.mark.parametrize(
    "path",
    [
        b"//version", b"/containers//json", b"/./version", b"/containers/../info", b"/containers/..", b"/containers/.",
        b"/containers%2fjson", b"/containers%2Fjson", b"/%2e%2e/info", b"/%2E/info", b"/a%252fb", b"/a%00", b"/a%5cb", b"/a\\b",
        b"/a%", b"/a%zz", b"/a%ff", b"/a%0a", b"/a%7f", b"/a;b", b"/a#b", b"/a|b", b"/\xc3\xa9", b"", b"*", b"version",
    ],
)  # fmt: skip
def test_a_path_with_two_readings_is_refused(path: bytes) -> None:
    with pytest.raises(BadRequest):
        target.parse(path)


@pytest.mark.parametrize("query", [b"a=1;b=2", b"a=1&a=2", b"a=1&%61=2", b"a=%", b"a=%00", b"a=%ff", b"a=#", b"a= b"])
def test_a_query_with_two_readings_is_refused(query: bytes) -> None:
    with pytest.raises(BadRequest):
        target.parse(b"/build?" + query)


def test_keys_that_the_engine_repeats_may_stand_twice() -> None:
    assert target.parse(b"/build?t=a&t=b")[1] == [("t", "a"), ("t", "b")]


@pytest.mark.parametrize(
    "path", [b"/", b"/networks/", b"/v1.41/images/localhost:5000/a/b:1.0/json", b"/a%20b", b"/.hidden", b"/a..b"]
)
def test_ordinary_paths_are_taken(path: bytes) -> None:
    assert target.serialise(target.parse(path)[0]) == path


def test_a_large_head_is_refused_before_it_is_complete() -> None:
    reader = HeadReader()
    reader.feed(b"GET /version HTTP/1.1\r\nX-A: " + b"a" * MAX_HEAD_BYTES)
    with pytest.raises(BadRequest) as refused:
        reader.next()
    assert refused.value.status == 431


def test_a_build_may_carry_a_larger_head() -> None:
    line = b"POST /v1.41/build?buildargs=" + b"a" * (MAX_HEAD_BYTES + 1000) + b" HTTP/1.1"
    assert read(head(line=line)).path == "/v1.41/build"
    with pytest.raises(BadRequest):
        read(head(line=b"POST /build?x=" + b"a" * MAX_BUILD_HEAD_BYTES + b" HTTP/1.1"))


def test_a_bare_newline_is_refused_before_the_head_is_complete() -> None:
    reader = HeadReader()
    reader.feed(b"GET /version HTTP/1.1\nHost: x\n\n")
    with pytest.raises(BadRequest):
        reader.next()


def test_pipelined_heads_come_one_by_one_however_they_are_cut() -> None:
    data = head() + head(line=b"GET /info HTTP/1.1") + b"rest"
    reader = HeadReader()
    paths = []
    for index in range(len(data)):
        reader.feed(data[index : index + 1])
        if not reader.buffer.startswith(b"r") and (parsed := reader.next()):
            paths.append(parsed.path)
    assert paths == ["/version", "/info"]
    assert reader.buffer.endswith(b"rest")


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_understood(data: bytes) -> None:
    reader = HeadReader()
    reader.feed(data)
    with contextlib.suppress(BadRequest):
        assert reader.next() is None or b"\r\n\r\n" in data


TOKENS = st.sampled_from(
    [
        *(
            b"GET",
            b"POST",
            b" ",
            b"  ",
            b"/",
            b"//",
            b"/version",
            b"..",
            b"%2e",
            b"%2f",
            b"?a=1",
            b"&a=1",
            b";",
            b"\t",
            b"\xff",
        ),
        *(b"HTTP/1.1", b"HTTP/1.0", b"\r\n", b"\n", b"\r", b"\x00", b":", b": ", b"Host: x", b"Connection: close"),
        *(b"Content-Length: 3", b"Content-Length:3", b"Transfer-Encoding: chunked", b"Upgrade: tcp"),
    ]
)


@given(st.lists(TOKENS, max_size=25))
def test_what_is_understood_has_one_reading(tokens: list[bytes]) -> None:
    data = b"GET /version HTTP/1.1\r\nHost: x\r\n" + b"".join(tokens) + b"\r\n\r\n"
    reader = HeadReader()
    reader.feed(data)
    try:
        parsed = reader.next()
    except BadRequest:
        return
    assert parsed is not None
    taken = data[: len(data) - len(reader.buffer)]
    assert b"\x00" not in taken
    assert taken.count(b"\n") == taken.count(b"\r\n") == taken.count(b"\r")
    lengths = [line for line in taken.lower().split(b"\r\n") if line.startswith(b"content-length")]
    assert len(lengths) <= 1
    assert not (parsed.is_chunked and lengths)


@given(st.text(max_size=30), st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=8)), max_size=4))
def test_a_serialised_target_reads_back_the_same(path: str, query: list[tuple[str, str]]) -> None:
    """What is checked is what is sent: serialising and parsing again gives the same values, or a refusal."""
    try:
        parsed = target.parse(target.serialise("/" + path, query))
    except (BadRequest, UnicodeEncodeError):
        return
    assert parsed == ("/" + path, query)
