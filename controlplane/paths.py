"""Where the files of an installation are. Pure: settings and the supervisor, which runs without Django, must agree."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

# A Unix socket's path may have 107 bytes. The private engine's own sockets lie up to 47 deeper than our directory.
_LONGEST_RUN_DIR_BYTES = 60


def run_dir(data_dir: Path) -> Path:
    """The directory of the Unix sockets: `run` in the data directory, or a short one where that path is too long."""
    inside = data_dir / "run"
    if len(os.fsencode(inside)) <= _LONGEST_RUN_DIR_BYTES:
        return inside
    return Path("/tmp") / f"quarterdeck-{os.getuid()}-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"  # noqa: S108
