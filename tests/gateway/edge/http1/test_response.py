from __future__ import annotations

import pytest

from apps.gateway.edge.http1 import fields, response
from apps.gateway.edge.http1.body import ChunkedBody, EofBody, LengthBody, NoBody
from apps.gateway.edge.http1.errors import BadResponse


def parse(*lines: bytes, status: bytes = b"200 OK") -> response.ResponseHead:
    return response.parse(b"\r\n".join([b"HTTP/1.1 " + status, *lines, b"", b""]))


def test_framing_decides_the_body() -> None:
    assert isinstance(parse(b"Content-Length: 5").body("GET"), LengthBody)
    assert isinstance(parse(b"Transfer-Encoding: chunked").body("GET"), ChunkedBody)
    assert isinstance(parse().body("GET"), EofBody)
    assert isinstance(parse(b"Content-Length: 5").body("HEAD"), NoBody)
    assert isinstance(parse(status=b"204 No Content").body("GET"), NoBody)


def test_hop_by_hop_headers_are_taken_out_and_cookies_stay_apart() -> None:
    head = parse(
        b"Connection: close",
        b"Keep-Alive: 5",
        b"Set-Cookie: a=1",
        b"Set-Cookie: b=2",
        b"Content-Length: 0",
        b"Quarterdeck-Request-Id: 7",
    )
    assert head.headers == [("set-cookie", "a=1"), ("set-cookie", "b=2")]
    assert not head.keep_alive


@pytest.mark.parametrize(
    "lines",
    [
        (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        (b"Content-Length: 5", b"Content-Length: 6"),
        (b"Content-Length: x",),
        (b"Transfer-Encoding: gzip",),
        (b"X-A: 1\nX-B: 2",),
    ],
)
def test_an_unclear_answer_is_refused(lines: tuple[bytes, ...]) -> None:
    with pytest.raises(BadResponse):
        parse(*lines)


def test_only_an_unframed_raw_stream_is_a_hijack() -> None:
    raw = b"Content-Type: application/vnd.docker.raw-stream"
    assert parse(raw).is_raw_stream()
    assert not parse(raw, b"Transfer-Encoding: chunked").is_raw_stream()
    assert not parse(raw, b"Content-Length: 3").is_raw_stream()
    assert not parse(raw, status=b"404 Not Found").is_raw_stream()
    assert not parse(b"Content-Type: application/json").is_raw_stream()


@pytest.mark.parametrize("field", [("X-A", "1\r\nX-B: 2"), ("X-A\r\n", "1"), ("X A", "1"), ("", "1"), ("X-A", "\x00")])
def test_a_header_cannot_break_out_of_its_line(field: tuple[str, str]) -> None:
    with pytest.raises(fields.UnsafeField):
        response.serialise(200, [field])
