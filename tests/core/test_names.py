from __future__ import annotations

import pytest

from apps.core import names
from apps.core.errors import InvalidInput


@pytest.mark.parametrize(("given", "stored"), [("bob", "bob"), ("Bob.Builder", "bob.builder"), ("A-1_2.b", "a-1_2.b")])
def test_a_name_has_one_spelling(given: str, stored: str) -> None:
    assert names.account_name(given) == stored


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("b\u043eb", "U+043E (CYRILLIC SMALL LETTER O)"),
        ("\uff42ob", "U+FF42 (FULLWIDTH LATIN SMALL LETTER B)"),
        ("bob\u200b", "U+200B (ZERO WIDTH SPACE)"),
        ("\u212aate", "U+212A (KELVIN SIGN)"),  # which lower() makes a k
        ("b\u0130b", "U+0130"),
        ("bob\u202e", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("bob\n", "U+000A (a control character)"),
        ("bob\x00", "U+0000 (a control character)"),
        ("acme/ci", "'/'"),
        ("bob builder", "' '"),
        ("..", "single '.', '_' or '-' between them"),
        ("bob--builder", "single '.', '_' or '-' between them"),
        ("", "must be lower-case letters and digits"),
        ("a" * 65, "is longer than 64 characters"),
    ],
)
def test_a_name_that_could_be_taken_for_another_is_refused_with_the_reason(given: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        names.account_name(given, field="username")
    assert reason in refused.value.errors["username"][0]
