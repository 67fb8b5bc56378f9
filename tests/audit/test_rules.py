from __future__ import annotations

import hashlib

from apps.audit.rules import chain


def test_the_hash_is_over_the_previous_one_and_canonical_json() -> None:
    expected = hashlib.sha256(b"p\n" + '{"a":"ü","b":[1,null]}'.encode()).hexdigest()
    assert chain.chain_hash("p", {"b": [1, None], "a": "ü"}) == expected


def test_storable_keeps_everything_but_nul_and_half_characters() -> None:
    assert chain.storable({"a\x00": ["\ud800", "😀", 1, None, True]}) == {"a\ufffd": ["\ufffd", "😀", 1, None, True]}
