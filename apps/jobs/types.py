from __future__ import annotations

import enum


class State(enum.StrEnum):
    """queued → running → succeeded | failed | cancelled; running → queued again when its worker died."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})
