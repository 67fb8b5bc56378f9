"""The hash chain: what of an entry is hashed, and how. Changing this breaks the verification of what is sealed already."""

from __future__ import annotations

import hashlib
import json
from typing import Any

FIRST_HASH = "0" * 64
"""The `previous_hash` of the first entry."""


def chain_hash(previous_hash: str, fields: dict[str, Any]) -> str:
    """SHA-256 of the previous hash and the entry's canonical JSON (keys sorted, no spaces, UTF-8), in hexadecimal.

    Args:
        fields: JSON values; times as RFC 3339 with microseconds, so that every database gives the same text.
    """
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous_hash.encode() + b"\n" + canonical.encode()).hexdigest()


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
