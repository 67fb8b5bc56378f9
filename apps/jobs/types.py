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


class CancelledByCaller(Exception):
    """Somebody asked for the job's end. Work lets it pass; `services.running` records the job as cancelled."""


class RunLost(Exception):
    """The job was given to another worker meanwhile, because this one showed no sign of life. Work stops at once."""
