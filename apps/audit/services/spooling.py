"""Bringing entries that waited on disk into the database, each exactly once."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DataError, IntegrityError

from apps.audit.clients import spool
from apps.audit.models import Entry, entry_of
from apps.audit.rules import chain
from apps.audit.services.recording import draft, write
from apps.audit.types import Outcome
from apps.core.actor import Actor

logger = logging.getLogger(__name__)

BATCH = 500
_REJECTIONS = uuid.UUID("5b0c2f0e-3d1b-4c9e-9b7e-0a4f6f3a7a11")


def spool_directory() -> Path:
    return Path(settings.AUDIT_DIR) / "spool"


def writer() -> spool.SpoolWriter:
    """For a process that records and must not wait for the database."""
    return spool.SpoolWriter(spool_directory(), settings.AUDIT_SPOOL_BYTES)


def drain() -> int:
    """Writes what waits to the database, oldest segment first, and returns how many entries that were.

    A segment is removed after its entries are committed. Killed between the two, the next one writes them again, which
    changes nothing: an entry's id is given before it is spooled, and an id that is there is passed over.

    Raises:
        DatabaseError: the database is away still; what is not written yet goes on waiting.
    """
    total = 0
    for path in spool.segments(spool_directory()):
        with spool.taken(path) as segment:
            if segment is not None:
                total += _drain(segment)
    return total


def _drain(segment: spool.Segment) -> int:
    bad = list(segment.bad)
    for start in range(0, len(segment.entries), BATCH):
        bad += _write(segment.entries[start : start + BATCH])
    if bad:
        _report(segment, bad)
    segment.remove()
    return len(segment.entries)


def _write(contents: list[dict[str, Any]]) -> list[bytes]:
    """Writes the entries, and returns those that the database will never take."""
    entries: list[Entry] = []
    refused: list[bytes] = []
    for content in contents:
        try:
            entries.append(entry_of(content))
        except (KeyError, TypeError, ValueError):
            refused.append(chain.canonical(content).encode() + b"\n")
    try:
        write(entries)
    except (DataError, IntegrityError):
        if len(contents) == 1:
            return [chain.canonical(contents[0]).encode() + b"\n"]
        return [line for content in contents for line in _write([content])]
    return refused


def _report(segment: spool.Segment, bad: list[bytes]) -> None:
    kept = segment.reject(bad)
    logger.error("%d lines of %s were changed on disk; they are kept in %s", len(bad), segment.path.name, kept)
    entry = draft(
        actor=Actor.system("audit spool"),
        operation="Audit Spool Reject",
        target_kind="audit",
        target_name=segment.path.name,
        outcome=Outcome.FAILED,
        reason=f"{len(bad)} entries that waited on disk are not as they were written; they are kept in {kept}",
    )
    entry.id = uuid.uuid5(_REJECTIONS, segment.path.name)  # once, however often the segment is drained
    write([entry])
