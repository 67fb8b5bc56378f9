"""The log as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import transaction

from apps.audit import selectors
from apps.audit.models import Entry, content_of
from apps.audit.rules import export
from apps.audit.services.recording import record
from apps.audit.types import Filters
from apps.core import clock
from apps.core.actor import Actor

_LINES_A_PIECE = 200


def export_entries(*, actor: Actor, filters: Filters, as_csv: bool) -> Iterator[str]:
    """Every entry that fits, oldest first, in pieces: a log of any length in little memory. That it was asked for is recorded.

    Raises:
        Refused: the actor is no administrator and lacks Audit View.
    """
    selectors.authorize(actor)
    with transaction.atomic():
        record(
            actor=actor,
            operation="Audit Export",
            target_kind="audit",
            detail={"format": "csv" if as_csv else "ndjson", "filters": _set(filters)},
        )
    rows = (content_of(entry, entry.sequence) | _hashes(entry) for entry in selectors.every_entry(filters))
    return _pieces(export.csv_lines(rows) if as_csv else export.ndjson_lines(rows))


def _hashes(entry: Entry) -> dict[str, str]:
    return {"previous_hash": entry.previous_hash, "hash": entry.hash}


def _set(filters: Filters) -> dict[str, str]:
    values = {name: getattr(filters, name) for name in filters.__dataclass_fields__}
    return {name: value if isinstance(value, str) else clock.isoformat(value) for name, value in values.items() if value}


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    """Many lines at once: each piece is one write to the network."""
    rest = iter(lines)
    while piece := "".join(islice(rest, _LINES_A_PIECE)):
        yield piece
