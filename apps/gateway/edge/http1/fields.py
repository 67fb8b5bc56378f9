"""Header fields (RFC 9110, section 5), the part that request and response heads share."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_FIELDS = 100
_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_VALUE = r"[\t\x20-\x7e\x80-\xff]*+"
# Anything else between the first line and the empty line is refused as a whole: a space before the colon, a folded line,
# a bare CR or LF, a NUL, an empty name. No possessive quantifier on the group: CPython gh-106052.
_BLOCK = re.compile(rf"(?:{_NAME}:{_VALUE}\r\n)*")
_FIELD = re.compile(r"([^:]++):([^\r]*+)\r\n")

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


def split(block: bytes) -> list[tuple[str, str]] | None:
    """Names in lower case with their values, in order; None when the block is not well-formed."""
    text = block.decode("latin-1")
    if not _BLOCK.fullmatch(text):
        return None
    return [(name.lower(), value.strip(" \t")) for name, value in _FIELD.findall(text)]


class UnsafeField(ValueError):
    """A header that a handler wants to send holds what would end the line or the head."""


def serialise(fields: Sequence[tuple[str, str]]) -> bytes:
    """The lines of these fields, each with its CRLF.

    Raises:
        UnsafeField: a name or value that would break out of its line.
    """
    block = "".join([f"{name}: {value}\r\n" for name, value in fields])
    if not _BLOCK.fullmatch(block) or block.count("\r\n") != len(fields):
        raise UnsafeField("a header that is not one line of Latin-1 cannot be sent")
    return block.encode("latin-1")
