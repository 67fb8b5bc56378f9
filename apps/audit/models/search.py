"""The index of tokens over sealed entries, in each database's own way: FTS5 in SQLite, a GIN index in PostgreSQL.

Its rows are keyed by the entries' sequence, and written by the sealer: what has no place in the chain yet is not in it.
They are derived from the entries: what they say is compared with them as the chain is verified, and can be made anew.
Both answer newest first without sorting what fits (SQLite) or by whichever of two indexes is cheaper (PostgreSQL).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DatabaseError, connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from django.db.models.expressions import RawSQL

from apps.audit.rules.search import Clause, Term, indexed

TABLE = "audit_search"
_FTS5 = "USING fts5(tokens, detail='none', columnsize=0, prefix='2 3 4 5 6 7 8', tokenize='ascii')"
_COPY = "audit_search_copy"


def create(editor: BaseDatabaseSchemaEditor) -> None:
    """For the migration. The tokens are kept beside their index, so that they can be taken out without the entry."""
    for statement in _definition(editor.connection.vendor):
        editor.execute(statement)


def drop(editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute(f"DROP TABLE {TABLE}")


def empty() -> None:
    """Makes it anew, without rows, whatever has become of it."""
    with connection.cursor() as cursor:
        for statement in (f"DROP TABLE IF EXISTS {TABLE}", *_definition(connection.vendor)):
            cursor.execute(statement)


def _definition(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"CREATE VIRTUAL TABLE {TABLE} {_FTS5}"]
    return [
        f"CREATE TABLE {TABLE} (sequence bigint PRIMARY KEY, tokens tsvector NOT NULL)",
        f"CREATE INDEX {TABLE}_tokens ON {TABLE} USING gin (tokens)",
    ]


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


def row_of_entry() -> RawSQL:
    """To annotate entries with: the tokens of the entry's row with spaces between them, null where there is no row."""
    tokens = "s.tokens" if connection.vendor == "sqlite" else "array_to_string(tsvector_to_array(s.tokens), ' ')"
    row = f"SELECT {tokens} FROM {TABLE} s WHERE s.{_key()} = audit_entry.sequence"  # noqa: S608 - constants
    return RawSQL(row, [], output_field=models.TextField(null=True))  # noqa: S611 - constants, too


def is_row_of(row: str | None, tokens: Iterable[str]) -> bool:
    """Whether a row, as `row_of_entry` reads it, says that the entry has these tokens."""
    return row is not None and set(str(row).split(" ")) == set(map(indexed, tokens))


def is_readable() -> bool:
    """Whether it is there, and no table that only bears its name."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {_key()}, tokens FROM {TABLE} WHERE {_key()} = 0")  # noqa: S608 - constants
    except DatabaseError:
        return False
    return True


def stray(*, up_to: int, above: int) -> int | None:
    """A row of no entry, with a key up to the one number or above the other."""
    key = _key()
    statement = (
        f"SELECT s.{key} FROM {TABLE} s LEFT JOIN audit_entry e ON e.sequence = s.{key} "  # noqa: S608 - constants
        f"WHERE s.{key} {{}} %s AND e.sequence IS NULL LIMIT 1"
    )
    with connection.cursor() as cursor:
        for comparison, number in (("<=", up_to), (">", above)):
            cursor.execute(statement.format(comparison), [number])
            if row := cursor.fetchone():
                return int(row[0])
    return None


def contradicts_its_rows() -> bool:
    """Whether what is searched is not what the rows say. Takes four seconds for 100,000 entries in SQLite.

    There the inverted index is in tables of its own, which can be written to; PostgreSQL lets nobody do that to an index. The
    examination counts as writing, and would keep others from that: so a copy is examined, of one moment.
    """
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT examination")  # reads one state of the database, and unlike BEGIN of ours locks nothing
        try:
            _examine_copy(cursor)
        except DatabaseError:
            return True
        finally:
            cursor.execute("ROLLBACK TO examination")
            cursor.execute("RELEASE examination")
    return False


def _examine_copy(cursor: CursorWrapper) -> None:
    """Raises DatabaseError where the parts of the index do not fit each other."""
    cursor.execute(f"CREATE VIRTUAL TABLE temp.{_COPY} {_FTS5}")
    for part in ("data", "idx", "content"):
        cursor.execute(f"DELETE FROM temp.{_COPY}_{part}")  # noqa: S608 - constants
        cursor.execute(f"INSERT INTO temp.{_COPY}_{part} SELECT * FROM main.{TABLE}_{part}")  # noqa: S608
    cursor.execute(f"INSERT INTO temp.{_COPY}({_COPY}) VALUES ('integrity-check')")  # noqa: S608


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
