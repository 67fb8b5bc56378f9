"""The index of tokens over sealed entries, in each database's own way: FTS5 in SQLite, a GIN index in PostgreSQL.

Its rows are keyed by the entries' sequence, and written by the sealer: what has no place in the chain yet is not in it.
Both answer newest first without sorting what fits (SQLite) or by whichever of two indexes is cheaper (PostgreSQL).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.audit.rules.search import Clause, Term, indexed

TABLE = "audit_search"


def create(editor: BaseDatabaseSchemaEditor) -> None:
    """For the migration. The tokens are kept beside their index, so that they can be taken out without the entry."""
    if editor.connection.vendor == "sqlite":
        editor.execute(
            f"CREATE VIRTUAL TABLE {TABLE} USING "
            "fts5(tokens, detail='none', columnsize=0, prefix='2 3 4 5 6 7 8', tokenize='ascii')"
        )
        return
    editor.execute(f"CREATE TABLE {TABLE} (sequence bigint PRIMARY KEY, tokens tsvector NOT NULL)")
    editor.execute(f"CREATE INDEX {TABLE}_tokens ON {TABLE} USING gin (tokens)")


def drop(editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute(f"DROP TABLE {TABLE}")


def add(rows: Iterable[tuple[int, Sequence[str]]], *, to: BaseDatabaseWrapper | None = None) -> None:
    """Takes entries in, by sequence and tokens; again where they are in it."""
    database = to or connection
    rows = ((sequence, list(dict.fromkeys(map(indexed, tokens)))) for sequence, tokens in rows)
    if database.vendor == "sqlite":
        statement = f"INSERT OR REPLACE INTO {TABLE} (rowid, tokens) VALUES (%s, %s)"  # noqa: S608 - a constant
        values: list[tuple[int, Any]] = [(sequence, " ".join(tokens)) for sequence, tokens in rows]
    else:
        statement = (
            f"INSERT INTO {TABLE} (sequence, tokens) VALUES (%s, array_to_tsvector(%s)) "  # noqa: S608 - a constant
            "ON CONFLICT (sequence) DO UPDATE SET tokens = excluded.tokens"
        )
        values = list(rows)
    with database.cursor() as cursor:
        cursor.executemany(statement, values)


def remove_up_to(sequence: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE {_key()} <= %s", [sequence])  # noqa: S608 - a constant


def find(
    wanted: Sequence[Clause],
    *,
    above: int,
    below: int,
    since: datetime.datetime | None,
    until: datetime.datetime | None,
    limit: int,
    is_newest_first: bool,
) -> list[int]:
    """The sequences of the entries that fit, at most `limit`, in their order or the other way round.

    Of words longer than the index knows, only the beginning was looked at (`is_exact`).

    Args:
        wanted: at least one clause.
        above, below: the sequences looked at lie between these two.
    """
    key, order = _key(), "DESC" if is_newest_first else "ASC"
    conditions, values = _match(wanted)
    conditions += f" AND s.{key} > %s AND s.{key} < %s"
    values += [above, below]
    joined = ""
    if since or until:
        # CROSS JOIN: the index leads, whatever the planner believes of how many entries fit.
        joined = "CROSS JOIN audit_entry e"
        conditions += f" AND e.sequence = s.{key}"
        for comparison, moment in ((">=", since), ("<", until)):
            if moment:
                conditions += f" AND e.time {comparison} %s"
                values.append(connection.ops.adapt_datetimefield_value(moment))
    statement = f"SELECT s.{key} FROM {TABLE} s {joined} WHERE {conditions} ORDER BY s.{key} {order} LIMIT %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, limit])
        return [row[0] for row in cursor.fetchall()]


def _key() -> str:
    return "rowid" if connection.vendor == "sqlite" else "sequence"


def _match(wanted: Sequence[Clause]) -> tuple[str, list[Any]]:
    if connection.vendor == "sqlite":
        return f"{TABLE} MATCH %s", [_expression(wanted, " AND ", " OR ", _fts5)]
    return "s.tokens @@ %s::tsquery", [_expression(wanted, " & ", " | ", _tsquery)]


def _expression(wanted: Sequence[Clause], and_: str, or_: str, write: Any) -> str:
    """Terms hold letters, digits and our marks only, so that nothing in them needs escaping."""

    def written(terms: Iterable[Term]) -> str:
        return "(" + and_.join(write(term.in_index) for term in terms) + ")"

    return and_.join("(" + or_.join(map(written, clause)) + ")" for clause in wanted)


def _fts5(term: Term) -> str:
    return f'"{term.token}" *' if term.is_prefix else f'"{term.token}"'


def _tsquery(term: Term) -> str:
    return f"'{term.token}':*" if term.is_prefix else f"'{term.token}'"
