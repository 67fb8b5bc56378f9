"""Why a stream ends, in the stream's own protocol: where words can stand, and what they look like."""

from __future__ import annotations

import json
import struct

import pytest

from apps.gateway.docker.last_words import Ending, has_terminal, words_for
from apps.gateway.edge.exchange import LastWords

REASON = "bob may not do this: Container Logs is missing on /Shared/payments"


def frame(stream: int, text: bytes) -> bytes:
    return struct.pack(">BxxxI", stream, len(text)) + text


def words(ending: Ending, *, terminal: bool = False) -> LastWords:
    made = words_for(ending, has_terminal=terminal)
    assert made is not None
    return made


def test_framed_output_ends_with_a_frame_of_the_systems_errors() -> None:
    said = words(Ending.OUTPUT)
    said.passed(frame(1, b"one\n") + frame(2, b"") + frame(1, b"two\n"))
    assert said.of(REASON) == frame(3, REASON.encode() + b"\n")


@pytest.mark.parametrize("cut", range(1, len(frame(1, b"one\n"))))
def test_nothing_is_said_in_the_middle_of_a_frame(cut: int) -> None:
    said = words(Ending.OUTPUT)
    said.passed(frame(1, b"zero\n"))
    said.passed(frame(1, b"one\n")[:cut])
    assert said.of(REASON) == b""
    said.passed(frame(1, b"one\n")[cut:])
    assert said.of(REASON)


def test_a_frame_that_comes_byte_by_byte_is_followed() -> None:
    said = words(Ending.OUTPUT)
    for byte in frame(1, b"one\n") + frame(1, b"two\n"):
        said.passed(bytes([byte]))
    assert said.of(REASON)


def test_a_terminal_gets_a_line_of_its_own() -> None:
    said = words(Ending.OUTPUT, terminal=True)
    said.passed(b"half a li")
    assert said.of(REASON) == f"\r\n{REASON}\r\n".encode()


@pytest.mark.parametrize(
    ("ending", "message"),
    [
        (Ending.MESSAGES, {"errorDetail": {"message": REASON}, "error": REASON}),
        (Ending.RESULT, {"StatusCode": 125, "Error": {"Message": REASON}}),
    ],
)
def test_lines_of_json_end_with_a_message(ending: Ending, message: dict[str, object]) -> None:
    said = words(ending)
    assert json.loads(said.of(REASON)) == message
    said.passed(b'{"status":"Pulling"}\r\n')
    assert json.loads(said.of(REASON)) == message
    said.passed(b'{"status":')
    assert said.of(REASON) == b"", "in the middle of a line nothing can be said"


def test_events_end_with_an_event_of_the_daemons() -> None:
    event = json.loads(words(Ending.EVENTS).of(REASON))
    assert (event["Type"], event["Action"], event["Actor"]["Attributes"]["reason"]) == ("daemon", "disconnect", REASON)
    assert event["time"] == event["timeNano"] // 1_000_000_000


def test_archives_and_foreign_protocols_say_nothing() -> None:
    assert words_for(Ending.SILENT) is None


@pytest.mark.parametrize(
    ("inspected", "expected"),
    [
        ({"Config": {"Tty": True}}, True),
        ({"Config": {"Tty": False}}, False),
        ({"Spec": {"TaskTemplate": {"ContainerSpec": {"TTY": True}}}}, True),
        ({"Spec": {"TaskTemplate": {"ContainerSpec": {}}}}, False),
        ({"Spec": {"ContainerSpec": {"TTY": True}}}, True),
        ({"Spec": {"TaskTemplate": {}}}, False),
        ({}, False),
        ([], False),
    ],
)
def test_containers_services_and_tasks_say_whether_they_have_a_terminal(inspected: object, expected: bool) -> None:
    assert has_terminal(json.dumps(inspected).encode()) == expected
