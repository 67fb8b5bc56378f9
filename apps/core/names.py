"""Names of users, organisations, teams and collections: what is allowed, and one spelling of each."""

from __future__ import annotations

import re
import unicodedata

from apps.core.errors import InvalidInput

ACCOUNT_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
ACCOUNT_NAME_MAX_CHARS = 64
RESERVED_ACCOUNT_NAMES = frozenset(
    {"anonymous", "certificates", "createadmin", "evictions", "resetpassword", "set-up", "system", "verifyaudit"}
)
"""By these the audit log calls who is no account: what we do by ourselves (`Actor.system`), and who is not signed in."""
RESERVED = "is reserved: the audit log calls by it what no account does"
SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._ -]*[A-Za-z0-9])?")
SEGMENT_MAX_CHARS = 64
PATH_MAX_CHARS = 512


def account_name(text: str, *, field: str = "name") -> str:
    """The stored spelling of a user's, organisation's or team's name: lower case.

    Raises:
        InvalidInput: not `[a-z0-9]+([._-][a-z0-9]+)*` after lower-casing ASCII, or over 64 characters; says which.
    """
    if len(text) > ACCOUNT_NAME_MAX_CHARS:
        raise InvalidInput.field(field, f"is longer than {ACCOUNT_NAME_MAX_CHARS} characters")
    foreign = next((character for character in text if not _ACCOUNT_CHARACTER.fullmatch(character)), None)
    if foreign is not None:
        raise InvalidInput.field(field, f"may not contain {_described(foreign)}: {_ACCOUNT_NAME_RULE}")
    name = text.lower()
    if not ACCOUNT_NAME.fullmatch(name):
        raise InvalidInput.field(field, _ACCOUNT_NAME_RULE)
    return name


_ACCOUNT_CHARACTER = re.compile(r"[A-Za-z0-9._-]")
_ACCOUNT_NAME_RULE = "must be lower-case letters and digits of ASCII, with single '.', '_' or '-' between them"


def _described(character: str) -> str:
    """A character that a person could take for another, or not see at all, by its number and its name."""
    if character.isascii() and character.isprintable():
        return repr(character)
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'a control character')})"


def collection_path(text: str, *, field: str = "path") -> str:
    """The stored spelling of a collection's path: absolute, no empty, '.' or '..' segment, ASCII.

    Raises:
        InvalidInput: the path has another form.
    """
    if text == "/":
        return text
    if not text.startswith("/"):
        raise InvalidInput.field(field, "must start with '/'")
    if len(text) > PATH_MAX_CHARS:
        raise InvalidInput.field(field, f"is longer than {PATH_MAX_CHARS} characters")
    for segment in text[1:].split("/"):
        if problem := segment_problem(segment):
            raise InvalidInput.field(field, problem)
    return text


def segment_problem(text: str) -> str | None:
    """Why this cannot be the name of a collection or a role, as a sentence; None where it can.

    ASCII only and without what is not seen, so that no two names look alike.
    """
    if not text:
        return "has an empty segment ('//' or a '/' at the end)"
    if text in (".", ".."):
        return f"has the segment {text!r}, which would mean another place"
    if len(text) > SEGMENT_MAX_CHARS:
        return f"has a segment of {len(text)} characters, more than {SEGMENT_MAX_CHARS}: {text[:20]!a}…"
    foreign = next((character for character in text if not _SEGMENT_CHARACTER.fullmatch(character)), None)
    if foreign is not None:
        return f"may not contain {_described(foreign)}: {_SEGMENT_RULE}"
    if not SEGMENT.fullmatch(text) or "  " in text:
        return f"segment {text!r}: {_SEGMENT_RULE}"
    return None


_SEGMENT_CHARACTER = re.compile(r"[A-Za-z0-9._ -]")
_SEGMENT_RULE = (
    "must be letters and digits of ASCII with '.', '_', '-' and single spaces between them, "
    "and start and end with a letter or digit"
)
