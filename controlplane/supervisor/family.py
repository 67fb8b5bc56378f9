"""Processes as the kernel relates them: who leads a session, who has become ours, and how to end them all."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
_libc = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """From now on, descendants whose parent dies become our children instead of init's (prctl(2))."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def children_of(process_id: int) -> list[int]:
    """Its children now; none where it is gone."""
    try:
        return [int(child) for child in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]
    except OSError:
        return []


def reap_adopted(own: set[int]) -> None:
    """Collects ended processes that came to us as orphans, and leaves `own`, whose owners wait for them."""
    for process_id in children_of(os.getpid()):
        if process_id not in own:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process_id, os.WNOHANG)


def kill_session(leader: int) -> None:
    """SIGKILL to every process of the session that `leader` started, whether or not the leader still lives."""
    for process_id in _members(leader):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process_id, signal.SIGKILL)


def _members(leader: int) -> Iterator[int]:
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and _session_of(int(entry.name)) == leader:
            yield int(entry.name)


def _session_of(process_id: int) -> int | None:
    try:
        return os.getsid(process_id)
    except OSError:
        return None
