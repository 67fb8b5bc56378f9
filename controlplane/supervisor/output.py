"""What our processes print: to the terminal with the process's name before it, and to var/log."""

from __future__ import annotations

import asyncio
import logging
import logging.handlers
import sys
from pathlib import Path

FILE_SIZE_BYTES = 10 * 1024 * 1024
_OLD_FILES = 3
_LONGEST_LINE_BYTES = 64 * 1024

say = logging.getLogger("quarterdeck")


class _Forgiving(logging.handlers.RotatingFileHandler):
    """A full disk costs the log file its lines; the terminal still has them, and nobody is disturbed."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the base class's name
        pass


def set_up_terminal() -> None:
    """Everything goes to stderr as `name | line`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(name)-11s | %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.raiseExceptions = False  # a terminal that went away must not stop the product


def logger_for(name: str, directory: Path) -> logging.Logger:
    """The lines of one process, which go to the terminal and to `<directory>/<name>.log`."""
    logger = logging.getLogger(name)
    if not logger.handlers:
        handler = _Forgiving(directory / f"{name}.log", maxBytes=FILE_SIZE_BYTES, backupCount=_OLD_FILES, delay=True)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
    return logger


class Lines(asyncio.Protocol):
    """Reads a pipe and logs it line by line; a line without an end is cut, so that memory stays bounded."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE_BYTES:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._logger.info("%s", line.decode(errors="replace").rstrip())

    def connection_lost(self, exc: Exception | None) -> None:
        if self._rest:
            self._logger.info("%s", self._rest.decode(errors="replace"))
