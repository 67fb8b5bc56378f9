"""Request heads, read strictly (RFC 9112; the refusals are in docs/threat-model.md and tests/gateway/edge)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from apps.gateway.edge.http1 import fields, target
from apps.gateway.edge.http1.errors import BadRequest


@dataclass(slots=True)
class Request:
    """A request that was read strictly: there is one way to understand it.

    Args:
        method: upper case.
        path: decoded once, begins with "/", without empty, "." and ".." segments; a "/" at the end is kept.
        query: decoded pairs in order; a key stands once, except `target.REPEATABLE_KEYS`.
        headers: names in lower case; without hop-by-hop headers, framing, `Expect`, and what claims an identity
            (`Quarterdeck-…`, `X-Forwarded-…`, `Forwarded`). On the internal socket `quarterdeck-…` is kept.
        content_length: of the body; None when there is none or it is chunked.
        is_chunked: the body's length is not known.
        upgrade: "", "tcp", "h2c" or "websocket".
        host: the Host header, checked for its form.
        is_http_10: the client speaks HTTP/1.0: no chunks in the answer.
        keep_alive: the client wants to send another request on this connection.
        expects_continue: the client waits for "100 Continue" before it sends the body.
    """

    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    content_length: int | None = None
    is_chunked: bool = False
    upgrade: str = ""
    host: str = ""
    is_http_10: bool = False
    keep_alive: bool = True
    expects_continue: bool = False

    @property
    def has_body(self) -> bool:
        return self.is_chunked or bool(self.content_length)

    def copy(self) -> Request:
        """One that may be changed without changing this one."""
        return Request(
            self.method,
            self.path,
            list(self.query),
            dict(self.headers),
            self.content_length,
            self.is_chunked,
            self.upgrade,
            self.host,
            self.is_http_10,
            self.keep_alive,
            self.expects_continue,
        )


MAX_KEPT_HEAD_BYTES = 2 * 1024
MAX_HEAD_BYTES = 64 * 1024
MAX_BUILD_HEAD_BYTES = 256 * 1024

_LINE = re.compile(rb"([A-Z]{1,20}) ([\x21-\x7e]++) HTTP/1\.([01])\r\n")
_OTHER_VERSION = re.compile(rb"[A-Z]+ [^ \r\n]+ HTTP/\d(?:\.\d)?\r\n")
_BUILD = re.compile(rb"POST (?:/v1\.\d\d)?/build\?")
_NEVER_IN_A_HEAD = re.compile(rb"\x00|(?<!\r)\n|\r(?!\n|\Z)")
_LENGTH = re.compile(r"0|[1-9][0-9]{0,17}")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")

_LISTS = frozenset(
    {"accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "if-match"}
    | {"if-none-match", "pragma", "via", "x-docker-expose-session-grpc-method"}
)
_REFUSED = {
    "x-http-method-override": "the header X-HTTP-Method-Override is not accepted",
    "x-http-method": "the header X-HTTP-Method is not accepted",
    "x-method-override": "the header X-Method-Override is not accepted",
    "trailer": "trailers are not accepted",
}
_CONNECTION_TOKENS = frozenset({"close", "keep-alive", "upgrade"})
_UPGRADES = frozenset({"tcp", "h2c", "websocket"})
_TAKEN_OUT = fields.HOP_BY_HOP | {"content-length", "expect", "host", "forwarded", "x-real-ip"}
_IDENTITY_PREFIXES = ("quarterdeck-", "x-forwarded-")


class HeadReader:
    """Collects bytes until a request's head is complete, then reads it.

    Args:
        is_internal: keep `Quarterdeck-…` headers; the connection is from one of our own processes.
    """

    __slots__ = ("_is_internal", "_last", "buffer")

    def __init__(self, *, is_internal: bool = False) -> None:
        self.buffer = b""
        self._is_internal = is_internal
        self._last: tuple[bytes, Request] | None = None

    def feed(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data

    def next(self) -> Request | None:
        """The next request, its head taken off `buffer`; None while the head is not complete.

        Raises:
            BadRequest: the head is too large or not well-formed.
        """
        buffer = self.buffer
        end = buffer.find(b"\r\n\r\n", 0, MAX_BUILD_HEAD_BYTES)
        if end < 0:
            if buffer:
                self._check_unfinished()
            return None
        if end > MAX_HEAD_BYTES:
            self._check_size(end)
        head, rest = buffer[: end + 4], buffer[end + 4 :]
        if self._last is not None and self._last[0] == head:  # who polls sends the same head again and again
            request = self._last[1].copy()
        else:
            request = parse(head, is_internal=self._is_internal)
            self._last = (head, request.copy()) if end <= MAX_KEPT_HEAD_BYTES else None
        self.buffer = rest
        return request

    def _check_unfinished(self) -> None:
        """Refuses at once what no later byte can make right."""
        self._check_size(len(self.buffer))
        if not b"A" <= self.buffer[:1] <= b"Z":
            raise BadRequest("this is not an HTTP request")
        if _NEVER_IN_A_HEAD.search(self.buffer):
            raise BadRequest("the head holds a bare CR or LF, or a NUL")

    def _check_size(self, size: int) -> None:
        limit = MAX_BUILD_HEAD_BYTES if _BUILD.match(self.buffer) else MAX_HEAD_BYTES
        if size > limit:
            raise BadRequest(f"the head of the request is larger than {limit} bytes", status=431)


def parse(head: bytes, *, is_internal: bool = False) -> Request:
    """Reads a whole head, the empty line included.

    Raises:
        BadRequest: what is wrong, as a sentence.
    """
    line = _LINE.match(head)
    if line is None:
        raise _bad_line(head)
    pairs = fields.split(head[line.end() : -2])
    if pairs is None:
        raise BadRequest("a header line is malformed: bare CR or LF, NUL, folded line, or blanks before the colon")
    if len(pairs) > fields.MAX_FIELDS:
        raise BadRequest(f"the request has more than {fields.MAX_FIELDS} header lines", status=431)
    headers = _collect(pairs)
    path, query = target.parse(line[2])
    request = Request(line[1].decode("ascii"), path, query, is_http_10=line[3] == b"0")
    _read_host(request, headers)
    _read_framing(request, headers)
    _read_connection(request, headers)
    request.headers = {name: value for name, value in headers.items() if _is_passed_on(name, is_internal=is_internal)}
    return request


def _bad_line(head: bytes) -> BadRequest:
    if _OTHER_VERSION.match(head):
        return BadRequest("only HTTP/1.1 and HTTP/1.0 are spoken here", status=505)
    return BadRequest("the request line is malformed")


def _collect(pairs: list[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        headers[name] = _join(name, headers[name], value) if name in headers else value
    for name in _REFUSED.keys() & headers.keys():
        raise BadRequest(_REFUSED[name])
    return headers


def _join(name: str, first: str, second: str) -> str:
    if name in _LISTS:
        return f"{first}, {second}"
    if name == "cookie":
        return f"{first}; {second}"
    raise BadRequest(f"the header {name[:60]!r} stands twice")


def _read_host(request: Request, headers: dict[str, str]) -> None:
    host = headers.get("host")
    if host is None:
        raise BadRequest("the Host header is missing")
    if not _HOST.fullmatch(host):
        raise BadRequest("the Host header is malformed")
    request.host = host


def _read_framing(request: Request, headers: dict[str, str]) -> None:
    """RFC 9112, section 6, without what it leaves to the recipient's judgement."""
    encoding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if encoding is not None:
        if length is not None:
            raise BadRequest("the request has both Content-Length and Transfer-Encoding")
        if request.is_http_10:
            raise BadRequest("Transfer-Encoding is not part of HTTP/1.0")
        if encoding.lower() != "chunked":
            raise BadRequest("the only Transfer-Encoding accepted is chunked")
        request.is_chunked = True
    elif length is not None:
        if not _LENGTH.fullmatch(length):
            raise BadRequest("the Content-Length is malformed")
        request.content_length = int(length)
    expect = headers.get("expect")
    if expect is not None:
        if expect.lower() != "100-continue":
            raise BadRequest("the only Expect accepted is 100-continue", status=417)
        request.expects_continue = request.has_body and not request.is_http_10


def _read_connection(request: Request, headers: dict[str, str]) -> None:
    if "connection" not in headers:
        request.keep_alive = not request.is_http_10
        return
    tokens = {token.strip(" \t").lower() for token in headers["connection"].split(",")} - {""}
    if not tokens <= _CONNECTION_TOKENS:
        raise BadRequest("the Connection header may hold close, keep-alive and Upgrade only")
    request.keep_alive = "close" not in tokens and not (request.is_http_10 and "keep-alive" not in tokens)
    if "upgrade" in tokens and "upgrade" in headers:
        request.upgrade = headers["upgrade"].lower()
        if request.upgrade not in _UPGRADES:
            raise BadRequest("the only protocols to upgrade to are tcp, h2c and websocket")


def _is_passed_on(name: str, *, is_internal: bool) -> bool:
    """Names with `_` are dropped as a whole: WSGI and CGI cannot tell `X_Y` from `X-Y`."""
    if name in _TAKEN_OUT or "_" in name:
        return False
    if name.startswith(_IDENTITY_PREFIXES):
        return is_internal and name.startswith("quarterdeck-")
    return True
