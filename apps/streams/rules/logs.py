"""The engine's log streams, sans I/O: bytes in, lines out.

Without a terminal a log is multiplexed: frames of `stream (1 byte) 0 0 0 size (4 bytes, big endian)` and `size` bytes, one
message each (Engine API, "ContainerAttach", stream format). With a terminal it is the raw bytes of stdout. Each message
starts with a timestamp, then (asked with `details`) `key=value` pairs, comma-separated and URL-encoded, then its text.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from urllib.parse import unquote_plus

from apps.core.errors import EngineUnavailable
from apps.streams.types import LogLine

MAX_FRAME_BYTES = 4 * 1024 * 1024
MAX_LINE_BYTES = 256 * 1024
_HEADER = struct.Struct(">BxxxI")
_STREAMS = {0: "stdout", 1: "stdout", 2: "stderr"}
_SYSTEM_ERROR = 3


class LogDecoder:
    """Args: has_terminal: of the container or service; has_details: the log was asked for with `details`."""

    def __init__(self, *, has_terminal: bool, has_details: bool = False) -> None:
        self._has_terminal = has_terminal
        self._has_details = has_details
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[LogLine]:
        """The lines that are complete now.

        Raises:
            EngineUnavailable: the engine ends the log with an error, or does not keep to the framing.
        """
        self._buffer += data
        if self._has_terminal:
            yield from self._raw_lines()
        else:
            yield from self._frames()

    def _raw_lines(self) -> Iterator[LogLine]:
        *lines, rest = self._buffer.split(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            lines, rest = [*lines, rest], bytearray()
        self._buffer = bytearray(rest)
        for line in lines:
            yield self._line("stdout", bytes(line))

    def _frames(self) -> Iterator[LogLine]:
        start = 0
        while len(self._buffer) - start >= _HEADER.size:
            stream, size = _HEADER.unpack_from(self._buffer, start)
            if (stream not in _STREAMS and stream != _SYSTEM_ERROR) or size > MAX_FRAME_BYTES:
                raise EngineUnavailable("the engine's log is not framed as it should be")
            end = start + _HEADER.size + size
            if len(self._buffer) < end:
                break
            message = bytes(self._buffer[start + _HEADER.size : end])
            start = end
            if stream == _SYSTEM_ERROR:
                raise EngineUnavailable(message.decode(errors="replace").strip())
            yield self._line(_STREAMS[stream], message)
        del self._buffer[:start]

    def _line(self, stream: str, message: bytes) -> LogLine:
        time, _, rest = message.decode(errors="replace").partition(" ")
        details: dict[str, str] = {}
        if self._has_details:
            pairs, _, rest = rest.partition(" ")
            details = dict(_pairs(pairs))
        return LogLine(time, stream, rest.rstrip("\r\n"), details)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split(","):
        key, equals, value = pair.partition("=")
        if equals:
            yield unquote_plus(key), unquote_plus(value)
