"""How sign-in is slowed down for whoever guesses."""

from __future__ import annotations

import datetime

FAILURES_PER_NAME = 5
FAILURES_PER_ADDRESS = 20
MAX_DELAY = datetime.timedelta(minutes=5)
FORGET_AFTER = datetime.timedelta(hours=1)
"""A counter that nobody raised for so long starts anew."""


def sign_in_delay(failures: int, threshold: int) -> datetime.timedelta:
    """How long after the last of so many failures the next attempt is refused: 1 s at the threshold, doubled by each more."""
    if failures < threshold:
        return datetime.timedelta(0)
    return min(datetime.timedelta(seconds=2 ** min(failures - threshold, 20)), MAX_DELAY)
