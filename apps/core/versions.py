"""Optimistic concurrency: an object's version as an entity tag, and what version a caller expects.

REST hands out the tag in `ETag` and takes it back in `If-Match` (RFC 9110, 8.8.3 and 13.1.1). Services check the
expectation after they have locked the row, so that of two callers with the same tag only one succeeds.
"""

from __future__ import annotations

import datetime
import hashlib
import uuid
from dataclasses import dataclass
from typing import Protocol

from apps.core import clock
from apps.core.errors import PreconditionFailed


class Versioned(Protocol):
    """A row that carries the time of its last change. The fields are read by what Django declares for the model."""

    @property
    def pk(self) -> uuid.UUID | str: ...

    @property
    def updated_at(self) -> datetime.datetime: ...


def tag_of(row: Versioned) -> str:
    """The row's strong entity tag, quotes included."""
    text = f"{row.pk}/{clock.isoformat(row.updated_at)}"
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


@dataclass(frozen=True, slots=True)
class Expected:
    """The versions a caller will have.

    Args:
        tags: entity tags, of which one must be the row's; empty means that every version will do.
    """

    tags: tuple[str, ...] = ()

    def check(self, row: Versioned) -> None:
        """Raises PreconditionFailed where the row has another version than expected."""
        if self.tags and tag_of(row) not in self.tags:
            raise PreconditionFailed("somebody changed this since you read it; read it again and repeat your change")


ANY_VERSION = Expected()


def parse_if_match(header: str | None) -> Expected:
    """The expectation of an `If-Match` header: none and `*` accept every version, weak tags fit none (RFC 9110, 13.1.1)."""
    if header is None or header.strip() == "*":
        return ANY_VERSION
    return Expected(tuple(tag.strip() for tag in header.split(",")))
