"""Response heads: read from upstreams, written to clients."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from apps.gateway.edge.http1 import fields
from apps.gateway.edge.http1.body import Body, ChunkedBody, EofBody, LengthBody, NoBody
from apps.gateway.edge.http1.errors import BadResponse

MAX_HEAD_BYTES = 256 * 1024
_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?\r\n")
_LENGTH = re.compile(r"[0-9]{1,18}")
_FRAMING = fields.HOP_BY_HOP | {"content-length"}
_REQUEST_ID = "quarterdeck-request-id"  # which each answer gets from us, once
RAW_STREAMS = frozenset({"application/vnd.docker.raw-stream", "application/vnd.docker.multiplexed-stream"})


@dataclass(slots=True)
class ResponseHead:
    """An upstream's answer without its body.

    Args:
        headers: lower-case names in order, without hop-by-hop headers and Content-Length; Set-Cookie may stand twice.
        content_length: what the answer says, also to HEAD.
        is_chunked: the body is framed in chunks.
        keep_alive: the upstream takes another request on this connection.
        upgrade: the protocol of a 101.
    """

    status: int
    headers: list[tuple[str, str]]
    content_length: int | None = None
    is_chunked: bool = False
    keep_alive: bool = True
    upgrade: str = ""
    _lines: bytes = b""

    def lines(self) -> bytes:
        """The headers as they are sent on."""
        if not self._lines:
            self._lines = fields.serialise(self.headers)
        return self._lines

    def header_dict(self) -> dict[str, str]:
        result: dict[str, str] = {}
        for name, value in self.headers:
            result[name] = f"{result[name]}, {value}" if name in result else value
        return result

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def is_raw_stream(self) -> bool:
        """The engine's answer to a hijack without `Upgrade`: 200 and from then on raw bytes."""
        if self.status != 200 or self.is_chunked or self.content_length is not None:
            return False
        return self.header("content-type").partition(";")[0].strip().lower() in RAW_STREAMS

    def has_no_body(self, method: str) -> bool:
        return method == "HEAD" or self.status in (204, 304) or self.status < 200

    def body(self, method: str, *, keep_payload: bool = True) -> Body:
        if self.has_no_body(method):
            return NoBody()
        if self.is_chunked:
            return ChunkedBody(keep_payload=keep_payload)
        if self.content_length is not None:
            return LengthBody(self.content_length)
        return EofBody()


def parse(head: bytes) -> ResponseHead:
    """Reads a whole head, the empty line included.

    Raises:
        BadResponse: it is not one.
    """
    line = _LINE.match(head)
    pairs = fields.split(head[line.end() : -2]) if line else None
    if line is None or pairs is None:
        raise BadResponse("the head of the answer is malformed")
    response = ResponseHead(int(line[2]), [pair for pair in pairs if pair[0] not in _FRAMING and pair[0] != _REQUEST_ID])
    _read_framing(response, [pair for pair in pairs if pair[0] in _FRAMING], is_http_10=line[1] == b"0")
    return response


def _read_framing(response: ResponseHead, framing: list[tuple[str, str]], *, is_http_10: bool) -> None:
    values = dict(framing)
    if len(values) != len(framing):
        raise BadResponse("a framing header stands twice in the answer")
    if "transfer-encoding" in values:
        if values["transfer-encoding"].lower() != "chunked" or "content-length" in values or is_http_10:
            raise BadResponse("the answer's length is not clear")
        response.is_chunked = True
    elif "content-length" in values:
        if not _LENGTH.fullmatch(values["content-length"]):
            raise BadResponse("the answer's Content-Length is malformed")
        response.content_length = int(values["content-length"])
    connection = values.get("connection", "").lower()
    response.keep_alive = "close" not in connection and not is_http_10
    response.upgrade = values.get("upgrade", "").lower()


@lru_cache(maxsize=600)
def status_line(status: int) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    return f"HTTP/1.1 {status} {reason}\r\n".encode("ascii")


def serialise(status: int, headers: Sequence[tuple[str, str]]) -> bytes:
    """A whole head. Raises UnsafeField for a header that would break out of its line."""
    return status_line(status) + fields.serialise(headers) + b"\r\n"
