"""Lists of users as files: the columns, how a cell is written and read, and what is wrong with a line.

    username,full_name,email,is_active,is_admin,organizations,teams
    bob,Bob Builder,bob@example.com,true,false,acme:admin;beta,acme/payments

In JSON the same are objects, with lists where CSV has semicolons. A column that is there says what is to be; one that is not
there leaves everything as it is. A user who is not there is made.

A spreadsheet takes a cell that starts with one of =+-@ for a formula. So such a cell is written with an apostrophe before
it, which reading takes away again (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.core import names
from apps.core.errors import InvalidInput
from apps.core.spreadsheets import text_of_cell

COLUMNS = ("username", "full_name", "email", "is_active", "is_admin", "organizations", "teams")
PASSWORD = "password"  # noqa: S105 - the column's name; read, and never written
FULL_NAME_MAX_CHARS = 200
EMAIL_MAX_CHARS = 254

_ADMIN_MARK = ":admin"
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class NotAList(InvalidInput):
    """The file cannot be read as a list of users at all."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Args: name: "acme", or "acme/payments" of a team."""

    name: str
    is_admin: bool

    def __str__(self) -> str:
        return self.name + (_ADMIN_MARK if self.is_admin else "")


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with one line.

    Args:
        line: of a CSV file, where it starts; of JSON, the number of the object. Both count from 1.
        field: the column.
        reason: in words.
    """

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class WantedUser:
    """One good line. None where the file does not say."""

    line: int
    username: str
    full_name: str | None = None
    email: str | None = None
    is_active: bool | None = None
    is_admin: bool | None = None
    organizations: tuple[Membership, ...] | None = None
    teams: tuple[Membership, ...] | None = None
    password: str | None = field(default=None, repr=False)


def lines_of_csv(text: str) -> Iterator[tuple[int, dict[str, str] | LineProblem]]:
    """Number and columns of each line after the header; empty lines are left out.

    Raises:
        NotAList: there is no header, or it has a column twice, one we do not have, or no `username`.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns = _header(reader)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, LineProblem(number, "", f"is not CSV: {error}")
            continue
        if not cells:
            continue
        if len(cells) != len(columns):
            yield number, LineProblem(number, "", f"has {len(cells)} cells instead of {len(columns)}")
        else:
            # Of a password every character counts.
            yield (
                number,
                {
                    column: text if column == PASSWORD else text_of_cell(text)
                    for column, text in zip(columns, cells, strict=True)
                },
            )


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        columns = [name.strip().lower() for name in next(reader)]
    except StopIteration:
        raise NotAList("the file is empty") from None
    except csv.Error as error:
        raise NotAList(f"the file is not CSV: {error}") from error
    if "username" not in columns:
        raise NotAList("the first line must name the columns, of which one is username")
    unknown = [name for name in columns if name not in (*COLUMNS, PASSWORD)]
    if unknown:
        raise NotAList(f"there is no column {unknown[0][:80]!r}; there are {', '.join((*COLUMNS, PASSWORD))}")
    if len(set(columns)) != len(columns):
        raise NotAList("a column stands twice in the first line")
    return columns


def lines_of_json(document: Any) -> Iterator[tuple[int, dict[str, Any] | LineProblem]]:
    """Number and members of each object. Raises NotAList where the document is no list."""
    if not isinstance(document, list):
        raise NotAList("the document must be a list of users")
    for number, item in enumerate(document, start=1):
        if not isinstance(item, dict):
            yield number, LineProblem(number, "", "is no object")
        elif unknown := sorted(set(item) - {*COLUMNS, PASSWORD}):
            yield number, LineProblem(number, unknown[0][:80], "there is no such field")
        else:
            yield number, item


def read_line(number: int, columns: Mapping[str, Any]) -> WantedUser | list[LineProblem]:
    """The user a line wants, or everything that is wrong with it."""
    values: dict[str, Any] = {}
    problems: list[LineProblem] = []
    for name, value in columns.items():
        try:
            values[name] = None if value is None else _READERS[name](value)
        except _Bad as bad:
            problems.append(LineProblem(number, name, str(bad)))
        except InvalidInput as error:
            problems.append(LineProblem(number, name, " ".join(error.errors[name])))
    if values.get("username") is None and not any(problem.field == "username" for problem in problems):
        problems.append(LineProblem(number, "username", "is missing"))
    if problems:
        return problems
    teams = values.get("teams") or ()
    strangers = [team.name for team in teams if not team.name.partition("/")[2]]
    if strangers:
        return [LineProblem(number, "teams", f"{strangers[0]!r} must be ORGANIZATION/TEAM")]
    return WantedUser(number, **values)


class _Bad(Exception):
    """Its text says what is wrong with a value."""


def _username(value: Any) -> str:
    return names.account_name(_text(value).strip(), field="username")


def _text(value: Any, max_chars: int = 10_000) -> str:
    if not isinstance(value, str):
        raise _Bad("must be a text")
    if len(value) > max_chars:
        raise _Bad(f"is longer than {max_chars} characters")
    return value


def _full_name(value: Any) -> str:
    text = _text(value, FULL_NAME_MAX_CHARS).strip()
    if not text.isprintable():
        raise _Bad("has a character that cannot be printed")
    return text


def _email(value: Any) -> str:
    text = _text(value, EMAIL_MAX_CHARS).strip()
    if text:
        try:
            validate_email(text)
        except ValidationError:
            raise _Bad("is no e-mail address") from None
    return text


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    text = _text(value).strip().lower()
    if text and text not in _BOOLEANS:
        raise _Bad("must be true or false")
    return _BOOLEANS.get(text)


def _memberships(value: Any) -> tuple[Membership, ...]:
    items = value.split(";") if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise _Bad("must be a list of names")
    found = [_membership(item.strip().lower()) for item in items if item.strip()]
    if len({membership.name for membership in found}) != len(found):
        raise _Bad("has a name twice")
    return tuple(found)


def _membership(text: str) -> Membership:
    return Membership(text.removesuffix(_ADMIN_MARK), text.endswith(_ADMIN_MARK))


def _password(value: Any) -> str | None:
    return _text(value) or None


_READERS = {
    "username": _username,
    "full_name": _full_name,
    "email": _email,
    "is_active": _boolean,
    "is_admin": _boolean,
    "organizations": _memberships,
    "teams": _memberships,
    PASSWORD: _password,
}


def joined(memberships: Iterable[Membership]) -> str:
    return ";".join(str(membership) for membership in memberships)
