"""Whose page it is, where a log goes on, and changes that wait."""

from __future__ import annotations

import pytest

from apps.core.errors import InvalidInput
from apps.streams.rules.changes import MAX_WAITING, WaitingChanges, is_told
from apps.streams.rules.origin import is_ours
from apps.streams.rules.times import engine_since


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        ("https://qd.example:8443", "qd.example:8443", True),
        ("https://QD.example", "qd.example", True),
        ("https://qd.example", "qd.example:8443", False),
        ("http://qd.example:8443", "qd.example:8443", False),
        ("https://qd.example.evil:8443", "qd.example:8443", False),
        ("https://evil@qd.example:8443", "qd.example:8443", False),
        ("null", "qd.example:8443", False),
        ("https://", "", False),
    ],
)
def test_only_the_very_host_that_was_asked_is_our_page(origin: str, host: str, expected: bool) -> None:
    assert is_ours(origin, host) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1700000000", "1700000000"),
        ("1700000000.5", "1700000000.5"),
        ("2026-01-02T03:04:05.123456789Z", "1767323045.123456790"),
        ("2026-01-02T03:04:05.999999999Z", "1767323046.000000000"),
        ("2026-01-02T04:04:05+01:00", "1767323045.000000001"),
    ],
)
def test_a_log_goes_on_after_the_last_line(text: str, expected: str) -> None:
    assert engine_since(text) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-02", "2026-13-02T03:04:05Z", "-1", "1e9", "٣"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        engine_since(text)


def test_many_changes_of_one_object_become_one() -> None:
    waiting = WaitingChanges()
    for _ in range(10):
        waiting.add("task", "t1", "update")
    waiting.add("task", "t2", "create")

    assert waiting.take() == [
        {"kind": "task", "id": "t1", "action": "update"},
        {"kind": "task", "id": "t2", "action": "create"},
    ]
    assert not waiting


def test_a_flood_becomes_one_change_a_kind() -> None:
    waiting = WaitingChanges()
    for number in range(MAX_WAITING + 10):
        waiting.add("task", f"t{number}", "update")
    waiting.add("node", "n1", "update")

    assert waiting.take() == [
        {"kind": "task", "id": "", "action": "update"},
        {"kind": "node", "id": "n1", "action": "update"},
    ]


@pytest.mark.parametrize(
    ("kind", "held", "expected"),
    [
        ("service", {"Service View"}, True),
        ("service", {"Service View Tasks"}, False),
        ("task", {"Service View Tasks"}, True),
        ("node", {"Node Schedule"}, True),
        ("node", set(), False),
        ("cluster", set(), True),
        ("plugin", {"Service View", "Node View"}, False),
    ],
)
def test_changes_are_told_to_who_may_see_the_object(kind: str, held: set[str], expected: bool) -> None:
    assert is_told(kind, held.__contains__) is expected
