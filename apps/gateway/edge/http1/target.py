"""Request targets: the client's path and query to canonical values, and back to bytes for an upstream.

Go's servers decode `%2f`, clean dot segments and take absolute forms, so a path that is checked in one spelling could be
served in another. Here one spelling is left: decoded once, no empty and no dot segments, and what could hide a separator
(`%2f`, `%5c`), a dot (`%2e`), another escape (`%25`) or an end (`%00`) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote_to_bytes

from apps.gateway.edge.http1.errors import BadRequest

REPEATABLE_KEYS = frozenset(
    {"cachefrom", "changes", "dns", "extrahosts", "names", "platform", "platforms", "securityopt", "t", "type", "ulimits"}
)
"""Query keys of the Engine API whose every value counts; any other key stands once."""

# Possessive quantifiers stand on single characters only: on groups, CPython before 3.11.5 (Debian 12 has 3.11.2) matches an
# iteration that failed half-way (gh-106052).
_PATH = re.compile(rb"/[A-Za-z0-9._~!$&'()*+,=:@/%-]*+")
_DOT_SEGMENT = re.compile(rb"/\.{1,2}(?:/|\Z)")
_HIDDEN = re.compile(rb"%(?:2[fFeE5]|5[cC]|00)")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_QUERY = re.compile(rb"[\x21\x22\x24-\x7e]*+")
_PLAIN = re.compile(r"[A-Za-z0-9/._:-]*+")
_PATH_SAFE = "/~!$&'()*+,=:@"


def parse(raw: bytes) -> tuple[str, list[tuple[str, str]]]:
    """The path and the query of an origin-form target (RFC 9112, section 3.2.1).

    Raises:
        BadRequest: any other form, or anything that could be read in two ways.
    """
    raw_path, mark, raw_query = raw.partition(b"?")
    return path(raw_path), query(raw_query) if mark else []


def path(raw: bytes) -> str:
    """Raises BadRequest naming what is wrong with the path."""
    if raw[:1] != b"/":
        raise BadRequest("the request target must be a path that begins with '/', without scheme and host")
    if not _PATH.fullmatch(raw):
        raise BadRequest("the path holds a character that must be escaped")
    if b"//" in raw:
        raise BadRequest("the path has an empty segment ('//')")
    if _DOT_SEGMENT.search(raw):
        raise BadRequest("the path has a '.' or '..' segment")
    if b"%" not in raw:
        return raw.decode("ascii")
    if _HIDDEN.search(raw):
        raise BadRequest("the path hides a '/', '\\', '.', '%' or NUL behind a percent escape")
    if _BAD_ESCAPE.search(raw):
        raise BadRequest("the path has a bad percent escape")
    try:
        decoded = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("the path is not UTF-8") from error
    if _CONTROL.search(decoded):
        raise BadRequest("the path holds a control character")
    return decoded


def query(raw: bytes) -> list[tuple[str, str]]:
    """Raises BadRequest for `;`, bad escapes, what is not UTF-8, NUL, and a key that stands twice."""
    if not raw:
        return []
    if b";" in raw:
        raise BadRequest("the query holds a ';', which some servers read as a separator; write it as %3B")
    if not _QUERY.fullmatch(raw) or _BAD_ESCAPE.search(raw):
        raise BadRequest("the query has a bad percent escape or a character that must be escaped")
    try:
        pairs = [_pair(part) for part in raw.split(b"&") if part]
    except UnicodeDecodeError as error:
        raise BadRequest("the query is not UTF-8") from error
    _check_keys(pairs)
    return pairs


def _pair(part: bytes) -> tuple[str, str]:
    key, _, value = part.partition(b"=")
    return _decode(key), _decode(value)


def _decode(raw: bytes) -> str:
    if b"%" not in raw and b"+" not in raw:
        return raw.decode("ascii")
    decoded = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    if "\x00" in decoded:
        raise BadRequest("the query holds a NUL")
    return decoded


def _check_keys(pairs: list[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen and key not in REPEATABLE_KEYS:
            raise BadRequest(f"the query has the key {key[:80]!r} twice")
        seen.add(key)


def serialise(path: str, query: Iterable[tuple[str, str]] = ()) -> bytes:
    """The target to send upstream: what `parse` would read as exactly these values."""
    target = path if _PLAIN.fullmatch(path) else quote(path, safe=_PATH_SAFE)
    encoded = "&".join(f"{quote_plus(key)}={quote_plus(value)}" for key, value in query)
    return (f"{target}?{encoded}" if encoded else target).encode("ascii")
