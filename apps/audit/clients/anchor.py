"""A note of the chain's end outside the database.

Somebody who can write to the database could put back an older signed end, with the entries of then, or empty the log. The
note says how far the chain had come.
"""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from apps.audit.clients import files
from apps.audit.errors import ChainBroken
from apps.audit.rules import chain
from apps.audit.types import Link
from apps.core import signing

_PURPOSE = "audit/anchor"


def path() -> Path:
    return settings.AUDIT_DIR / "chain-end"


def read() -> Link | None:
    """None where nothing was sealed from this machine yet.

    Raises:
        ChainBroken: it is not as we wrote it.
    """
    try:
        text = path().read_text()
    except FileNotFoundError:
        return None
    content, _, mac = text.strip().rpartition(" ")
    if not signing.is_mac(_PURPOSE, content.encode(), mac):
        raise ChainBroken(f"the note of the chain's end, {path()}, was changed")
    noted = json.loads(content)
    return Link(noted["sequence"], noted["hash"])


def write(end: Link) -> None:
    """Raises OSError where the disk takes it not."""
    content = chain.canonical({"sequence": end.sequence, "hash": end.hash})
    files.replace(path(), f"{content} {signing.mac(_PURPOSE, content.encode())}\n".encode())
