"""Names of users, organisations, teams and collections: what is allowed, and one spelling of each."""

from __future__ import annotations

import re

from apps.core.errors import InvalidInput

ACCOUNT_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
ACCOUNT_NAME_MAX_CHARS = 64
SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._ -]*[A-Za-z0-9])?")
SEGMENT_MAX_CHARS = 64
PATH_MAX_CHARS = 512


def account_name(text: str, *, field: str = "name") -> str:
    """The stored spelling of a user's, organisation's or team's name: lower case.

    Raises:
        InvalidInput: not `[a-z0-9]+([._-][a-z0-9]+)*` after lower-casing ASCII, or over 64 characters.
    """
    name = text.lower() if text.isascii() else text
    if len(name) > ACCOUNT_NAME_MAX_CHARS:
        raise InvalidInput.field(field, f"is longer than {ACCOUNT_NAME_MAX_CHARS} characters")
    if not ACCOUNT_NAME.fullmatch(name):
        raise InvalidInput.field(field, "must be lower-case letters and digits, with single '.', '_' or '-' between them")
    return name


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
        if not segment:
            raise InvalidInput.field(field, "has an empty segment ('//' or a '/' at the end)")
        if len(segment) > SEGMENT_MAX_CHARS or not SEGMENT.fullmatch(segment):
            raise InvalidInput.field(
                field,
                f"segment {segment[:80]!r} must be 1 to {SEGMENT_MAX_CHARS} of letters, digits, '.', '_', '-' and space, "
                "and start and end with a letter or digit",
            )
    return text
