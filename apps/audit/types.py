from __future__ import annotations

import enum


class Outcome(enum.StrEnum):
    ALLOWED = "allowed"  # permitted, and done (or sent to the engine)
    REFUSED = "refused"  # not permitted; nothing happened
    FAILED = "failed"  # permitted, but it did not work; a second entry of the same request id
