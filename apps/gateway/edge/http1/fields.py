"""Header fields (RFC 9110, section 5), the part that request and response heads share."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_FIELDS = 100
_NAME = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_VALUE = rb"[\t\x20-\x7e\x80-\xff]*+"
# Anything else between the first line and the empty line is refused as a whole: a space before the colon, a folded line,
# a bare CR or LF, a NUL, an empty name. No possessive quantifier on the group: CPython gh-106052.
_BLOCK = re.compile(rb"(?:" + _NAME + rb":" + _VALUE + rb"\r\n)*")
_FIELD = re.compile(rb"([^:]++):([^\r]*+)\r\n")

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110, section 7.6.1: meant for one connection, never passed on."""


def split(block: bytes) -> list[tuple[bytes, bytes]] | None:
    """(name, value) as they stand, or None when the block is not well-formed. Values still have their outer blanks."""
    if not _BLOCK.fullmatch(block):
        return None
    return _FIELD.findall(block)


class UnsafeField(ValueError):
    """A header that a handler wants to send holds what would end the line or the head."""


_SAFE_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_SAFE_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def serialise(fields: Iterable[tuple[str, str]]) -> bytes:
    """The lines of these fields, each with its CRLF.

    Raises:
        UnsafeField: a name or value that would break out of its line.
    """
    lines = []
    for name, value in fields:
        if not _SAFE_NAME.fullmatch(name) or not _SAFE_VALUE.fullmatch(value):
            raise UnsafeField(f"the header {name[:40]!r} cannot be sent")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("latin-1")
