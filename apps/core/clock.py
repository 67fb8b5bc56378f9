"""Time, in one place, so that tests can move it."""

from __future__ import annotations

import datetime

from django.utils import timezone


def now() -> datetime.datetime:
    """The current time, aware, UTC."""
    return timezone.now()


def isoformat(moment: datetime.datetime) -> str:
    """RFC 3339 in UTC with a Z, microseconds kept."""
    return moment.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
