"""Bodies that two readers could read differently are refused with the field's path."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import InvalidInput
from apps.orchestration.rules import engine_json


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b'{"HostConfig":{"Privileged":true},"HostConfig":{"Memory":1}}', "HostConfig: stands twice in one object"),
        (b'{"a":{"b":[{"c":1,"c":2}]}}', "a.b[0].c: stands twice in one object"),
        (b'{"a":1} {"b":2}', "the body is not one JSON value"),
        (b'{"a":1}x', "the body is not one JSON value"),
        (b"", "the body is not one JSON value"),
        (b"\xef\xbb\xbf{}", "the body is not one JSON value"),
        (b'{"a":NaN}', "NaN is not a number in JSON"),
        (b'{"a":-Infinity}', "-Infinity is not a number in JSON"),
        (b'{"a":1e999}', "is too large a number"),
        (b'{"a":"\xff"}', "the body is not UTF-8"),
        (b'{"a":"\\ud800"}', "a: holds half of a surrogate pair"),
        (b"[]", "the body must be a JSON object"),
        (b"null", "the body must be a JSON object"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "is nested deeper than 64"),
        (b"[" * 500_000, "is nested deeper than 64"),
        (b'{"a":' + b"9" * 5000 + b"}", "the body is not JSON"),
    ],
)
def test_an_ambiguous_body_is_refused(raw: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        engine_json.parse(raw)

    assert sentence in refusal.value.detail


def test_the_field_of_a_problem_is_named_in_the_errors() -> None:
    with pytest.raises(InvalidInput) as refusal:
        engine_json.parse(b'{"HostConfig":{"Binds":[],"Binds":[]}}')

    assert refusal.value.errors == {"HostConfig.Binds": ["stands twice in one object"]}


def test_integers_of_64_bits_survive() -> None:
    raw = b'{"Memory":9223372036854775807,"Replicas":18446744073709551615,"MemorySwappiness":-1,"MaxFailureRatio":0.5}'

    assert engine_json.dump(engine_json.parse(raw)) == raw


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**30])
def test_a_number_that_no_field_of_the_engine_holds_is_refused(number: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        engine_json.parse(f'{{"HostConfig":{{"Memory":{number}}}}}'.encode())

    assert refusal.value.errors == {"HostConfig.Memory": ["is too large a number"]}


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), _values))
def test_what_is_parsed_and_written_again_is_the_same(body: dict[str, object]) -> None:
    assert json.loads(engine_json.dump(engine_json.parse(json.dumps(body).encode()))) == body


def test_a_long_name_of_a_field_does_not_flood_the_sentence() -> None:
    problems = engine_json.problems({"x" * 100_000: 1}, engine_json.shape("EXEC"))

    assert len(problems[0]) < 200


def test_at_most_ten_problems_are_told() -> None:
    assert len(engine_json.problems({f"x{number}": 1 for number in range(100)}, engine_json.shape("EXEC"))) == 10
