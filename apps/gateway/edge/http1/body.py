"""Framing of message bodies (RFC 9112, sections 6 and 7): what belongs to the body, and where it ends.

    Body           state it keeps                   ends
    NoBody         -                                at once
    LengthBody     bytes left                       when none are left
    ChunkedBody    SIZE → DATA → DATA_END → SIZE    after the chunk of size 0 and an empty line
                                 └ LAST_END → done
    EofBody        -                                with the connection

`feed` takes the bytes that arrived and returns the payload and how many bytes it took; what is left over belongs to the
next message.
"""

from __future__ import annotations

import enum
import re
from typing import Protocol

from apps.gateway.edge.http1.errors import BadFraming

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n")
_SIZE_LINE_BEGIN = re.compile(rb"[0-9A-Fa-f]{0,15}\r?")
_MAX_SIZE_LINE = 17


class Body(Protocol):
    is_done: bool

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        """The pieces of payload in `data`, and how many of its bytes belong to this body.

        Raises:
            BadFraming: see there.
        """


class NoBody:
    __slots__ = ()
    is_done = True

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        return [], 0


class LengthBody:
    __slots__ = ("is_done", "left")

    def __init__(self, length: int) -> None:
        self.left = length
        self.is_done = length == 0

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        taken = min(self.left, len(data))
        self.left -= taken
        self.is_done = self.left == 0
        return [data if taken == len(data) else data[:taken]], taken


class EofBody:
    """Only in answers: everything until the upstream closes. Whoever sees the end sets `is_done`."""

    __slots__ = ("is_done",)

    def __init__(self) -> None:
        self.is_done = False

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        return [data], len(data)


class _State(enum.Enum):
    SIZE = 1
    DATA = 2
    DATA_END = 3
    LAST_END = 4
    DONE = 5


class ChunkedBody:
    """Strict: no chunk extensions, no trailers, sizes of at most 15 hexadecimal digits, CRLF and nothing else.

    Args:
        keep_payload: False only follows the framing, for bytes that are passed on as they are; `feed` then returns no
            pieces.
    """

    __slots__ = ("_keep", "_left", "_partial", "_state", "is_done")

    def __init__(self, *, keep_payload: bool = True) -> None:
        self.is_done = False
        self._keep = keep_payload
        self._state = _State.SIZE
        self._left = 0
        self._partial = b""  # the beginning of a line that is not complete yet, at most a few bytes

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        pieces: list[bytes] = []
        position, end = 0, len(data)
        while position < end:
            if self._state is _State.DATA:
                position = self._take_data(data, position, pieces)
            elif self._state is _State.SIZE and not self._partial:
                position = self._take_size(data, position)
            elif self._state is _State.DONE:
                break
            else:
                position = self._take_line(data, position)
        return pieces, position

    def _take_data(self, data: bytes, position: int, pieces: list[bytes]) -> int:
        stop = min(position + self._left, len(data))
        if self._keep:
            pieces.append(data[position:stop])
        self._left -= stop - position
        if self._left:
            return stop
        if data.startswith(b"\r\n", stop):  # the usual case, without another turn
            self._state = _State.SIZE
            return stop + 2
        self._state = _State.DATA_END
        return stop

    def _take_size(self, data: bytes, position: int) -> int:
        line = _SIZE_LINE.match(data, position)
        if line is None:
            return self._take_line(data, position)
        self._begin_chunk(int(line[1], 16))
        return line.end()

    def _begin_chunk(self, size: int) -> None:
        self._left = size
        self._state = _State.DATA if size else _State.LAST_END

    def _take_line(self, data: bytes, position: int) -> int:
        """Lines split over packets: collects until CRLF, refusing early what cannot become right."""
        stop = data.find(b"\n", position, position + _MAX_SIZE_LINE + 1)
        taken = stop + 1 if stop >= 0 else min(len(data), position + _MAX_SIZE_LINE + 1)
        line = self._partial + data[position:taken]
        if self._state is _State.SIZE:
            self._size_line(line)
        else:
            self._empty_line(line)
        return taken

    def _size_line(self, line: bytes) -> None:
        if match := _SIZE_LINE.fullmatch(line):
            self._partial = b""
            self._begin_chunk(int(match[1], 16))
        elif _SIZE_LINE_BEGIN.fullmatch(line) and line != b"\r":
            self._partial = line
        else:
            raise BadFraming("a chunk size is malformed; chunk extensions are not accepted")

    def _empty_line(self, line: bytes) -> None:
        if line == b"\r\n":
            self._partial = b""
            self.is_done = self._state is _State.LAST_END
            self._state = _State.DONE if self.is_done else _State.SIZE
        elif line == b"\r":
            self._partial = line
        elif self._state is _State.LAST_END:
            raise BadFraming("trailers are not accepted")
        else:
            raise BadFraming("a chunk is longer than its size says")


def chunk(payload: bytes) -> bytes:
    """The payload, not empty, as one chunk."""
    return b"%x\r\n%b\r\n" % (len(payload), payload)


LAST_CHUNK = b"0\r\n\r\n"
