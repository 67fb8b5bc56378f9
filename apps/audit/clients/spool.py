"""Entries that wait on disk while the database is away.

A spool is a directory of segments. Each process that records appends to a segment of its own, and holds its lock while it
may still write there; a segment whose lock is free, because it was closed or because its writer was killed, is taken out by
whoever drains. A line is written whole and fsynced before anybody is told that the entry is kept.

    {"entry":{…},"mac":"…"}

The mac covers the segment's name, the line's number and the entry: a line that was changed, moved, repeated or taken out is
found. Only the last line can be torn, by a kill in the middle of writing it: nobody was told that it is kept.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.audit.clients import files
from apps.audit.errors import SpoolFull
from apps.audit.rules import chain
from apps.core import signing

SEGMENT_SECONDS = 0.5
"""How long a segment is written to: until then nobody drains it."""

MAX_SEGMENT_BYTES = 4 * 1024 * 1024
_SUFFIX = ".ndjson"
_PURPOSE = "audit/spool"


@dataclass(frozen=True, slots=True)
class Length:
    """How much waits. Args: entries: the lines that are whole."""

    entries: int
    size_bytes: int


class SpoolWriter:
    """Appends entries, as one process. Not for several threads at once."""

    def __init__(self, directory: Path, limit_bytes: int) -> None:
        self._directory = directory
        self._limit_bytes = limit_bytes
        self._segment: _OpenSegment | None = None

    @property
    def is_pending(self) -> bool:
        """Whether something waits in the spool, whoever wrote it: what comes now has to wait behind it."""
        return bool(segments(self._directory))

    def append(self, entries: Sequence[dict[str, Any]]) -> None:
        """Returns when the entries are on the disk, all of them.

        Raises:
            SpoolFull: they are not, none of them: the limit is reached, or the disk refuses.
        """
        if _size_bytes(self._directory) >= self._limit_bytes:
            raise SpoolFull(f"{self._limit_bytes} bytes of entries wait on disk already")
        try:
            if self._segment is None or self._segment.is_full:
                self.close()
                self._segment = _OpenSegment.create(self._directory)
            self._segment.append(entries)
        except OSError as error:
            raise SpoolFull(f"the disk does not take entries: {error.strerror}") from error

    def close_old_segment(self) -> None:
        """Lets go of a segment that was written to for long enough, so that it is drained."""
        if self._segment is not None and self._segment.is_full:
            self.close()

    def close(self) -> None:
        if self._segment is not None:
            os.close(self._segment.descriptor)
            self._segment = None


@dataclass(slots=True)
class _OpenSegment:
    path: Path
    descriptor: int
    started_at: float = field(default_factory=time.monotonic)
    lines: int = 0
    size_bytes: int = 0

    @classmethod
    def create(cls, directory: Path) -> _OpenSegment:
        files.make_directory(directory)
        while True:
            path = directory / f"{time.time_ns():020d}-{os.getpid()}{_SUFFIX}"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:  # not drained, empty, between the two calls above
                files.sync_directory(directory)
                return cls(path, descriptor)
            os.close(descriptor)

    @property
    def is_full(self) -> bool:
        return self.size_bytes >= MAX_SEGMENT_BYTES or time.monotonic() - self.started_at >= SEGMENT_SECONDS

    def append(self, entries: Sequence[dict[str, Any]]) -> None:
        numbered = enumerate(entries, start=self.lines + 1)
        data = b"".join(_line(self.path.name, number, entry) for number, entry in numbered)
        try:
            if os.write(self.descriptor, data) < len(data):
                raise OSError(28, "No space left on device")
            os.fsync(self.descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self.descriptor, self.size_bytes)
            raise
        self.lines += len(entries)
        self.size_bytes += len(data)


def _line(segment: str, number: int, entry: dict[str, Any]) -> bytes:
    return chain.canonical({"entry": entry, "mac": _mac(segment, number, entry)}).encode() + b"\n"


def _mac(segment: str, number: int, entry: dict[str, Any]) -> str:
    return signing.mac(_PURPOSE, _covered(segment, number, entry))


def _covered(segment: str, number: int, entry: dict[str, Any]) -> bytes:
    return f"{segment}\n{number}\n{chain.canonical(entry)}".encode()


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment that nobody writes to any more.

    Args:
        entries: those whose mac is right, in their order.
        bad: the lines that are not as we wrote them.
    """

    path: Path
    entries: list[dict[str, Any]]
    bad: list[bytes]

    def reject(self, lines: Sequence[bytes]) -> Path:
        """Keeps lines that cannot become entries, for somebody to look at. Safe to repeat."""
        kept = self.path.parent / "rejected" / self.path.name
        files.replace(kept, b"".join(lines))
        return kept

    def remove(self) -> None:
        self.path.unlink()
        files.sync_directory(self.path.parent)


@contextlib.contextmanager
def taken(path: Path) -> Iterator[Segment | None]:
    """The segment, for us alone; None where its writer lives, or somebody else drains it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield _read(path, descriptor) if os.fstat(descriptor).st_nlink else None
    except BlockingIOError:
        yield None
    finally:
        os.close(descriptor)


def _read(path: Path, descriptor: int) -> Segment:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        lines = file.read().splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()  # torn: nobody was told that it is kept
    segment = Segment(path, [], [])
    for number, line in enumerate(lines, start=1):
        entry = _entry_of(path.name, number, line)
        if entry is None:
            segment.bad.append(line)
        else:
            segment.entries.append(entry)
    return segment


def _entry_of(segment: str, number: int, line: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
        entry, claimed = document["entry"], document["mac"]
    except (ValueError, KeyError, TypeError):
        return None
    if not (isinstance(entry, dict) and isinstance(claimed, str)):
        return None
    return entry if signing.is_mac(_PURPOSE, _covered(segment, number, entry), claimed) else None


def segments(directory: Path) -> list[Path]:
    """Oldest first. Names begin with the time, in one width."""
    return sorted(directory.glob(f"*{_SUFFIX}"))


def length(directory: Path) -> Length:
    """Counts lines: for who looks at it now and then."""
    entries = 0
    for path in segments(directory):
        with contextlib.suppress(FileNotFoundError):
            entries += path.read_bytes().count(b"\n")
    return Length(entries, _size_bytes(directory))


def _size_bytes(directory: Path) -> int:
    size = 0
    for path in segments(directory):
        with contextlib.suppress(FileNotFoundError):
            size += path.stat().st_size
    return size
