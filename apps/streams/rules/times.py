"""Times of log lines, to the nanosecond, which `datetime` does not hold."""

from __future__ import annotations

import datetime
import re

from apps.core.errors import InvalidInput

_SECONDS = re.compile(r"\d{1,12}(\.\d{1,9})?", re.ASCII)
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_NANOSECONDS = 1_000_000_000


def engine_since(text: str) -> str:
    """`since` as the engine takes it, "seconds.nanoseconds".

    Args:
        text: POSIX seconds, taken as they are; or the RFC 3339 time of a line that is known, and then what is later is
            wanted: the next nanosecond.

    Raises:
        InvalidInput: it is neither.
    """
    if _SECONDS.fullmatch(text):
        return text
    match = _RFC3339.fullmatch(text)
    try:
        whole = datetime.datetime.fromisoformat(match[1] + match[3]) if match else None
    except ValueError:
        whole = None
    if match is None or whole is None:
        raise InvalidInput.field("since", "must be POSIX seconds or an RFC 3339 time")
    nanoseconds = int(whole.timestamp()) * _NANOSECONDS + int((match[2] or "0").ljust(9, "0")) + 1
    return f"{nanoseconds // _NANOSECONDS}.{nanoseconds % _NANOSECONDS:09d}"
