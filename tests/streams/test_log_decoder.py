"""The engine's log streams, whatever the pieces they come in."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import EngineUnavailable
from apps.streams.rules.logs import MAX_LINE_BYTES, LogDecoder
from apps.streams.types import LogLine

TIME = "2026-01-02T03:04:05.123456789Z"


def _frame(stream: int, text: str) -> bytes:
    message = text.encode()
    return struct.pack(">BxxxI", stream, len(message)) + message


def _lines(decoder: LogDecoder, *pieces: bytes) -> list[LogLine]:
    return [line for piece in pieces for line in decoder.feed(piece)]


def test_frames_become_lines_with_time_and_stream() -> None:
    data = _frame(1, f"{TIME} hello\n") + _frame(2, f"{TIME} oh  no\r\n")

    assert _lines(LogDecoder(has_terminal=False), data) == [
        LogLine(TIME, "stdout", "hello", {}),
        LogLine(TIME, "stderr", "oh  no", {}),
    ]


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]))), st.data())
def test_lines_do_not_depend_on_how_the_bytes_are_cut(texts: list[str], data: st.DataObject) -> None:
    stream = b"".join(_frame(1, f"{TIME} {text}\n") for text in texts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert [line.text for line in _lines(LogDecoder(has_terminal=False), *pieces)] == texts


def test_details_of_a_service_log_are_decoded_and_taken_from_the_text() -> None:
    details = "com.docker.swarm.node.id=n1,com.docker.swarm.task.id=t1,a%2Cb=c+d"
    (line,) = _lines(LogDecoder(has_terminal=False, has_details=True), _frame(1, f"{TIME} {details} x=1,y=2 z\n"))

    assert line.text == "x=1,y=2 z"
    assert line.details == {"com.docker.swarm.node.id": "n1", "com.docker.swarm.task.id": "t1", "a,b": "c d"}


def test_the_raw_log_of_a_terminal_is_split_at_newlines() -> None:
    decoder = LogDecoder(has_terminal=True)

    assert _lines(decoder, f"{TIME} on".encode()) == []
    assert [line.text for line in _lines(decoder, f"e\r\n{TIME} two\n{TIME} th".encode())] == ["one", "two"]


def test_a_raw_line_without_end_does_not_fill_the_memory() -> None:
    decoder = LogDecoder(has_terminal=True)

    lines = _lines(decoder, *[b"x" * 64 * 1024] * 20)

    assert lines
    assert all(len(line.time) <= MAX_LINE_BYTES + 64 * 1024 for line in lines)


def test_text_that_is_not_utf8_is_shown_as_far_as_it_is() -> None:
    message = TIME.encode() + b" a\xffb\n"
    (line,) = _lines(LogDecoder(has_terminal=False), struct.pack(">BxxxI", 1, len(message)) + message)

    assert line.text == "a\ufffdb"


def test_an_error_of_the_engine_within_the_log_ends_it_with_its_words() -> None:
    with pytest.raises(EngineUnavailable, match="log driver"):
        _lines(LogDecoder(has_terminal=False), _frame(3, "the log driver does not support reading\n"))


@pytest.mark.parametrize("header", [b"\x09\0\0\0\0\0\0\1x", b"\x01\0\0\0\xff\xff\xff\xff"])
def test_bytes_that_are_no_frames_are_refused(header: bytes) -> None:
    with pytest.raises(EngineUnavailable):
        _lines(LogDecoder(has_terminal=False), header)
