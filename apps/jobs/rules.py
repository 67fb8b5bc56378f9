"""When a job counts as abandoned, and how often one is tried."""

from __future__ import annotations

import datetime

HEARTBEAT_SECONDS = 5
DEAD_AFTER = datetime.timedelta(seconds=30)
"""A running job without heartbeat for so long lost its worker."""

WAKE_AFTER = datetime.timedelta(seconds=60)
"""A queued job that nobody started for so long lost its message; it is woken again as often."""

MAX_ATTEMPTS = 5
"""A job whose workers died so often is what kills them."""
