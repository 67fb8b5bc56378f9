"""Signatures with keys of this installation: short-lived statements between our own processes, and marks on what is kept.

The gateway tells web and streams who a connection belongs to (purpose `EDGE`); web, streams and worker tell the gateway
for whom they ask (purpose `ACTOR`). Both travel in one header as `base64url(JSON).base64url(HMAC-SHA256)`, with the
time of expiry inside, over Unix sockets. Every header of the prefix `Quarterdeck-` that a client sends is dropped first.
What is kept (the audit log's chain and spool) is signed by `mac`, without an end.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any

from apps.core import crypto

EDGE = "edge"
ACTOR = "actor"
EDGE_HEADER = "Quarterdeck-Edge"
ACTOR_HEADER = "Quarterdeck-Actor"
LIFETIME_SECONDS = 30


class BadStatement(Exception):
    """Not signed by us, for another purpose, or too old."""


def sign(purpose: str, payload: dict[str, Any], *, lifetime_seconds: int = LIFETIME_SECONDS) -> str:
    body = json.dumps({**payload, "exp": int(time.time()) + lifetime_seconds}, separators=(",", ":")).encode()
    return _encode(body) + "." + _encode(_mac(purpose, body))


def verify(purpose: str, statement: str) -> dict[str, Any]:
    """The payload.

    Raises:
        BadStatement: see there.
    """
    body_text, _, mac_text = statement.partition(".")
    try:
        body, mac = _decode(body_text), _decode(mac_text)
    except (ValueError, binascii.Error) as error:
        raise BadStatement("malformed") from error
    if not hmac.compare_digest(mac, _mac(purpose, body)):
        raise BadStatement("the signature does not fit")
    payload: dict[str, Any] = json.loads(body)
    if payload.pop("exp") < time.time():
        raise BadStatement("expired")
    return payload


def _mac(purpose: str, body: bytes) -> bytes:
    return hmac.new(crypto.key_for("statement/" + purpose), body, hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def mac(purpose: str, data: bytes) -> str:
    """HMAC-SHA256 of what is kept for long, in hexadecimal: no time of expiry, unlike a statement."""
    return _mac(purpose, data).hex()


def is_mac(purpose: str, data: bytes, claimed: str) -> bool:
    """Whether `mac` of this installation made it for these bytes and this purpose."""
    return hmac.compare_digest(mac(purpose, data).encode(), claimed.encode("utf-8", "replace"))
