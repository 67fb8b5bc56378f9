"""Entries are found by tokens: one for each word in them, and one for each field that can be filtered by.

A filter and a search become the same kind of question, so that any combination of them is answered by one index, without
reading the entries that do not fit. A field's token is a mark and the hash of its value, a target's word another mark and
the word; no word in a text has such a mark.

    §1f0c…      the field of this value
    ¶payments   a word of the target's name
    payments    a word of anything in the entry
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from apps.audit.types import Filters

MAX_WORDS = 100
INDEXED_LENGTH = 8
"""Of a word's letters that are in the index: what a longer one fits is looked at once more, word by word."""

MIN_PREFIX_LENGTH = 2
"""A single letter is looked for as a whole word: too many words begin with it."""

_WORD = re.compile(r"[^\W_]+")
_FIELD, _TARGET_WORD = "§", "¶"
_EXACT = ("operation", "outcome", "target_kind", "target_id", "target_name", "cluster", "address", "request_id")
_TEXTS = (
    "actor_name",
    "operation",
    "target_kind",
    "target_id",
    "target_name",
    "collection",
    "cluster",
    "address",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Term:
    """One token. Args: is_prefix: every token that begins with it will do."""

    token: str
    is_prefix: bool = False

    @property
    def in_index(self) -> Term:
        """What stands in the index for it."""
        token = indexed(self.token)
        return Term(token, self.is_prefix and token == self.token and len(token.lstrip(_TARGET_WORD)) < INDEXED_LENGTH)

    def fits(self, tokens: frozenset[str]) -> bool:
        return any(token.startswith(self.token) for token in tokens) if self.is_prefix else self.token in tokens


Clause = tuple[tuple[Term, ...], ...]
"""Alternatives, one of which must fit: each is a number of terms that must all fit."""


def words(text: str) -> list[str]:
    """The words of a text, in one case, in their order."""
    return _WORD.findall(text.casefold())


def tokens(fields: dict[str, Any]) -> list[str]:
    """The tokens of an entry, each once, in no order that means anything.

    Args:
        fields: see `models.content_of`.
    """
    found = dict.fromkeys(_fields_of(fields))
    found.update(dict.fromkeys(_TARGET_WORD + word for word in words(fields["target_name"])))
    texts = (*(str(fields[name]) for name in _TEXTS if name in fields), *_texts_in(fields["detail"]))
    spoken = dict.fromkeys(word for text in texts for word in words(text))
    return [*found, *list(spoken)[:MAX_WORDS]]


def indexed(token: str) -> str:
    """The token as the index has it: beginnings of long words, which are few, are found without any searching for them."""
    if token.startswith(_FIELD):
        return token
    return token[: INDEXED_LENGTH + token.startswith(_TARGET_WORD)]


def is_exact(wanted: Iterable[Clause]) -> bool:
    """Whether the index finds what fits, and nothing else."""
    return all(indexed(term.token) == term.token for clause in wanted for terms in clause for term in terms)


def clauses(filters: Filters) -> list[Clause]:
    """What an entry's tokens must fit, all of it; times are not among them."""
    wanted: list[Clause] = [
        ((Term(_field(name, value)),),) for name in (*_EXACT, "actor", "collection") if (value := _spelling(filters, name))
    ]
    if filters.target:
        named = tuple(_terms(filters.target, _TARGET_WORD))
        alternatives = ((Term(_field("target_id", filters.target)),), *([named] if named else []))
        wanted.append(alternatives)
    wanted += [((term,),) for term in _terms(filters.search, "")]
    return wanted


def fits(found: Iterable[str], wanted: Iterable[Clause]) -> bool:
    """Whether an entry with these tokens is wanted."""
    have = frozenset(found)
    return all(any(all(term.fits(have) for term in terms) for terms in clause) for clause in wanted)


def _spelling(filters: Filters, name: str) -> str:
    value: str = getattr(filters, name)
    return value.lower() if name == "actor" else value


def _fields_of(fields: dict[str, Any]) -> Iterator[str]:
    for name in _EXACT:
        if fields.get(name):
            yield _field(name, fields[name])
    yield _field("actor", fields["actor_name"].lower())
    if fields["actor_id"]:
        yield _field("actor", fields["actor_id"])
    path = fields["collection"]
    while path:
        yield _field("collection", path)
        path = "" if path == "/" else path.rpartition("/")[0] or "/"


def _field(name: str, value: str) -> str:
    return _FIELD + hashlib.blake2b(f"{name}\0{value}".encode(), digest_size=8).hexdigest()


def _terms(text: str, mark: str) -> list[Term]:
    asked = words(text)
    return [
        Term(mark + word, is_prefix=number == len(asked) and len(word) >= MIN_PREFIX_LENGTH)
        for number, word in enumerate(asked, start=1)
    ]


def _texts_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _texts_in(item)
        case list():
            for item in value:
                yield from _texts_in(item)
