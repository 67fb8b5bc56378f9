"""Why a stream ends before its time, said in the stream's own protocol, so that a stock client shows it.

    JSON messages (pull, push, build, load)   a message with `errorDetail`, which the docker CLI prints and fails with
    logs, attach, exec without a terminal     a frame of the system's own error stream; the CLI fails with it
    logs, attach, exec with a terminal        a line on the terminal
    waiting for a container                   a result with an error
    events                                    an event of the daemon's

Words can only stand where a message has ended. In the middle of one nothing is said, and the connection closes.
"""

from __future__ import annotations

import enum
import json
import struct
import time
from collections.abc import Callable

import msgspec

from apps.gateway.edge.exchange import LastWords

_FRAME = struct.Struct(">BxxxI")
_size_of = _FRAME.unpack_from
_SYSTEM_ERROR = 3
"""Engine API, "ContainerAttach", stream format; the fourth stream is in moby's `pkg/stdcopy` alone."""


class Ending(enum.Enum):
    """The protocol in which a row's answer can say why it ends."""

    SILENT = enum.auto()  # archives and tunnels of other protocols: they break off
    EVENTS = enum.auto()
    MESSAGES = enum.auto()
    OUTPUT = enum.auto()  # of a container: framed, or a terminal's
    RESULT = enum.auto()


class LineWords:
    """A last line of JSON.

    Args:
        message: the reason as a message of the protocol.
    """

    def __init__(self, message: Callable[[str], dict[str, object]]) -> None:
        self._message = message
        self._is_between_lines = True

    def passed(self, data: bytes) -> None:
        self._is_between_lines = data.endswith(b"\n")

    def of(self, reason: str) -> bytes:
        return json.dumps(self._message(reason)).encode() + b"\n" if self._is_between_lines else b""


def _as_message(reason: str) -> dict[str, object]:
    return {"errorDetail": {"message": reason}, "error": reason}


def _as_result(reason: str) -> dict[str, object]:
    """The CLI takes 125 for an error of the daemon's."""
    return {"StatusCode": 125, "Error": {"Message": reason}}


def _as_event(reason: str) -> dict[str, object]:
    now = time.time_ns()
    actor = {"ID": "quarterdeck", "Attributes": {"name": "quarterdeck", "reason": reason}}
    times = {"time": now // 1_000_000_000, "timeNano": now}
    return {"Type": "daemon", "Action": "disconnect", "Actor": actor, "scope": "local", **times}


class FramedWords:
    """Follows the frames to know where one ends. A log has one a line, so this looks at nothing but their sizes."""

    def __init__(self) -> None:
        self._partial_header = b""
        self._left = 0  # of the frame that is passing

    def passed(self, data: bytes) -> None:
        if self._partial_header:
            data = self._partial_header + data
        position, end = self._left, len(data)
        while position + _FRAME.size <= end:
            position += _FRAME.size + _size_of(data, position)[1]
        self._left = max(0, position - end)
        self._partial_header = data[position:]

    def of(self, reason: str) -> bytes:
        if self._partial_header or self._left:
            return b""
        text = reason.encode() + b"\n"
        return _FRAME.pack(_SYSTEM_ERROR, len(text)) + text


class TerminalWords:
    def passed(self, data: bytes) -> None:
        """A terminal has no messages: words can stand anywhere."""

    def of(self, reason: str) -> bytes:
        return f"\r\n{reason}\r\n".encode()


def words_for(ending: Ending, *, has_terminal: bool = False) -> LastWords | None:
    """Args: has_terminal: whether the output is a terminal's, which has no frames."""
    match ending:
        case Ending.MESSAGES:
            return LineWords(_as_message)
        case Ending.EVENTS:
            return LineWords(_as_event)
        case Ending.OUTPUT:
            return TerminalWords() if has_terminal else FramedWords()
        case Ending.RESULT:
            return LineWords(_as_result)
    return None


class _ContainerConfig(msgspec.Struct):
    Tty: bool = False


class _ContainerSpec(msgspec.Struct):
    TTY: bool = False


class _TaskTemplate(msgspec.Struct):
    ContainerSpec: _ContainerSpec | None = None


class _Spec(msgspec.Struct):
    TaskTemplate: _TaskTemplate | None = None
    ContainerSpec: _ContainerSpec | None = None


class _Inspected(msgspec.Struct):
    """A container, a service or a task, each of which says it elsewhere."""

    Config: _ContainerConfig | None = None
    Spec: _Spec | None = None


_decode = msgspec.json.Decoder(_Inspected).decode


def has_terminal(inspected: bytes) -> bool:
    """Whether the container, service or task writes to a terminal. False also where it cannot be read."""
    try:
        found = _decode(inspected)
    except msgspec.MsgspecError:
        return False
    if found.Config is not None:
        return found.Config.Tty
    spec = found.Spec or _Spec()
    template = spec.TaskTemplate or spec
    return template.ContainerSpec is not None and template.ContainerSpec.TTY
