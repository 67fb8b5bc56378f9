"""Entries as files: CSV for people, NDJSON for programs. Both hold everything that the hashes cover, and the hashes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from apps.core import spreadsheets

COLUMNS = (
    "sequence",
    "time",
    "actor_name",
    "actor_kind",
    "actor_id",
    "address",
    "credential",
    "operation",
    "target_kind",
    "target_id",
    "target_name",
    "collection",
    "cluster",
    "outcome",
    "reason",
    "detail",
    "request_id",
    "id",
    "previous_hash",
    "hash",
)


def csv_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Every cell in quotation marks, and none a formula.

    Args:
        rows: see `models.content_of`, and the two hashes.
    """
    return spreadsheets.lines(COLUMNS, ([_cell(row.get(column)) for column in COLUMNS] for row in rows), quotes_all=True)


def ndjson_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps({column: row.get(column, "") for column in COLUMNS}, ensure_ascii=False) + "\n"


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case dict():
            return spreadsheets.cell(json.dumps(value, ensure_ascii=False) if value else "")
    return spreadsheets.cell(str(value))
