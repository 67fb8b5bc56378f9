"""The hash chain: what of an entry is hashed, and how. Changing this breaks the verification of what is sealed already.

Hashes alone would let somebody who can write to the database change an entry and compute every later hash anew. So the two
ends of the chain are signed with a key that is not in the database: its head, after each sealing, and its start, where
retention has cut it. What lies between two signed ends is proved by the hashes.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from apps.audit.types import Link

FIRST_HASH = "0" * 64
"""The `previous_hash` of the first entry."""

START = Link(0, FIRST_HASH)
"""Where a chain begins that was never cut."""


def canonical(fields: dict[str, Any]) -> str:
    """JSON of one spelling: keys sorted, no spaces, not escaped."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chain_hash(previous_hash: str, fields: dict[str, Any]) -> str:
    """SHA-256 of the previous hash and the entry's canonical JSON in UTF-8, in hexadecimal.

    Args:
        fields: JSON values; times as RFC 3339 with microseconds, so that every database gives the same text.
    """
    return hashlib.sha256(previous_hash.encode() + b"\n" + canonical(fields).encode()).hexdigest()


def storable(value: Any) -> Any:
    """The value as every database can store it: NUL and half characters, which PostgreSQL refuses, become U+FFFD."""
    match value:
        case str():
            return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {storable(key): storable(item) for key, item in value.items()}
        case list() | tuple():
            return [storable(item) for item in value]
    return value
