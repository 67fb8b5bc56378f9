"""The list of users as a file. It holds no password, and nothing a password could be guessed from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction

from apps.accounts import selectors
from apps.accounts.rules import transfer
from apps.audit import services as audit
from apps.core import spreadsheets
from apps.core.actor import Actor


def export_users(*, actor: Actor, as_csv: bool) -> Iterator[str]:
    """The file, in pieces: a list of any length in little memory.

    Raises:
        Refused: the actor may not list accounts.
    """
    rows = selectors.exported_users(actor)
    with transaction.atomic():
        audit.record(actor=actor, operation="User Export", target_kind="user", detail={"format": "csv" if as_csv else "json"})
    return _csv(rows) if as_csv else _json(rows)


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    cells = ([_cell(row[column]) for column in transfer.COLUMNS] for row in rows)
    return spreadsheets.lines(transfer.COLUMNS, cells)


def _cell(value: str | bool | list[transfer.Membership]) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return transfer.joined(value)
    return spreadsheets.cell(value)


def _json(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(row, default=str, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"
