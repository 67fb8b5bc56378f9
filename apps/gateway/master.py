"""The master process of the gateway: it listens, forks workers, projector and keeper, and has each back when it dies.

It serves nothing itself. Keys and the TLS context are loaded before the fork, so that workers share their memory and the
keys of session tickets; no database connection is open across it. Each worker has a listening socket of its own on the one
port (SO_REUSEPORT), which the master keeps: connections that wait for a worker that died are served by its successor.

    SIGTERM, SIGINT   passed on as SIGTERM; what is left after 6 s is killed
    SIGHUP            passed on: workers read the server certificate again
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

STOP_SECONDS = 6.0
QUICK_DEATH_SECONDS = 5.0
MAX_BACKOFF_SECONDS = 5.0
BIND_PATIENCE_SECONDS = 1.0
BACKLOG = 1024
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
_PR_SET_PDEATHSIG = 1


class CannotListen(Exception):
    """The port or the socket is taken; the message says by what name."""


@dataclass(slots=True)
class Child:
    """A process that is kept running.

    Args:
        name: for the log.
        main: what it runs; returns when it is told to stop.
    """

    name: str
    main: Callable[[], None]
    pid: int = 0
    started_at: float = 0.0
    start_after: float = 0.0
    backoff_seconds: float = 0.0


class Master:
    """Args: children: what to fork; chores: called between signals, about once a second."""

    def __init__(self, children: Sequence[Child], chores: Callable[[Master], None]) -> None:
        self._children = list(children)
        self._chores = chores

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then every child is gone."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        gc.collect()
        gc.freeze()  # what is shared stays shared
        while True:
            self._start_due()
            received = signal.sigtimedwait(_SIGNALS, 1.0)
            if received is not None and received.si_signo in (signal.SIGTERM, signal.SIGINT):
                break
            if received is not None and received.si_signo == signal.SIGHUP:
                self.signal_all(signal.SIGHUP)
            self._reap()
            self._chores(self)
        self._stop()

    def signal_all(self, number: signal.Signals) -> None:
        for child in self._children:
            if child.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, number)

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if not child.pid and now >= child.start_after:
                child.started_at = now
                child.pid = _fork(child)

    def _reap(self) -> None:
        for child in self._children:
            if child.pid and (status := _exit_status(child.pid)) is not None:
                child.pid = 0
                lived = time.monotonic() - child.started_at
                quick = lived < QUICK_DEATH_SECONDS
                child.backoff_seconds = min(MAX_BACKOFF_SECONDS, child.backoff_seconds * 2 or 0.1) if quick else 0.0
                child.start_after = time.monotonic() + child.backoff_seconds
                logger.error("%s ended (%s) and is started again", child.name, status)

    def _stop(self) -> None:
        self.signal_all(signal.SIGTERM)
        give_up_at = time.monotonic() + STOP_SECONDS
        while any(child.pid for child in self._children) and time.monotonic() < give_up_at:
            signal.sigtimedwait({signal.SIGCHLD}, 0.1)
            for child in self._children:
                if child.pid and _exit_status(child.pid) is not None:
                    child.pid = 0
        self.signal_all(signal.SIGKILL)
        for child in self._children:
            if child.pid:
                os.waitpid(child.pid, 0)


def _exit_status(pid: int) -> str | None:
    """How the process ended; None while it lives."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        return None
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _fork(child: Child) -> int:
    """Starts a child; in the child it does not return."""
    master = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _die_with(master)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the group; the master tells us
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # for who has something to read again, and says so
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        child.main()
        code = 0
    except BaseException:
        logger.exception("%s failed", child.name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _die_with(master: int) -> None:
    """A master that is killed takes its children along: they hold the port, and nobody would restart them."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != master:
        os._exit(1)


def listen_public(port: int, count: int) -> list[socket.socket]:
    """One listening socket a worker on the one port, IPv6 and IPv4 where the machine has both.

    Raises:
        CannotListen: the port is in use, or may not be used.
    """
    give_up_at = time.monotonic() + BIND_PATIENCE_SECONDS
    while True:
        try:
            _bind_public(port, is_shared=False).close()  # SO_REUSEPORT alone would join another instance's listeners
            return [_bind_public(port, is_shared=True) for _ in range(count)]
        except OSError as error:
            if time.monotonic() >= give_up_at:
                reason = "is in use by another program" if error.errno == 98 else f"cannot be used ({error.strerror})"
                raise CannotListen(f"port {port} {reason}; choose another with --port or QUARTERDECK_PORT") from error
        time.sleep(0.1)  # a predecessor may be ending


def _bind_public(port: int, *, is_shared: bool) -> socket.socket:
    family, address = (socket.AF_INET6, "::") if _has_ipv6() else (socket.AF_INET, "0.0.0.0")  # noqa: S104 - the one port
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True


def listen_internal(path: Path) -> socket.socket:
    """The internal socket, only for our own user; a file that nobody listens on any more is replaced.

    Raises:
        CannotListen: another gateway listens there.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise CannotListen(f"another gateway listens on {path}")
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    previous = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise CannotListen(f"{path} cannot be used ({error.strerror})") from error
    finally:
        os.umask(previous)
    listener.listen(BACKLOG)
    return listener
