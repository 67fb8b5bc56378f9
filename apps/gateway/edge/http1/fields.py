"""Header fields (RFC 9110, section 5), the part that request and response heads share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

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


@lru_cache(maxsize=512)
def lower_name(raw: bytes) -> str:
    """A field's name as it is compared. The same few names come with every message."""
    return raw.decode("ascii").lower()


class UnsafeField(ValueError):
    """A header that a handler wants to send holds what would end the line or the head."""


def serialise(fields: Sequence[tuple[str, str]]) -> bytes:
    """The lines of these fields, each with its CRLF.

    Raises:
        UnsafeField: a name or value that would break out of its line.
    """
    try:
        block = "".join([f"{name}: {value}\r\n" for name, value in fields]).encode("latin-1")
    except UnicodeEncodeError as error:
        raise UnsafeField("a header that is not Latin-1 cannot be sent") from error
    if not _BLOCK.fullmatch(block) or block.count(b"\r\n") != len(fields):
        raise UnsafeField("a header that is not one line cannot be sent")
    return block
