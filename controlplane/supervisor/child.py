"""One process that is kept running: started, watched, started again when it ends, and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from controlplane.supervisor import family, output
from controlplane.supervisor.installation import SOURCE_DIR, Installation
from controlplane.supervisor.output import say

_FIRST_DELAY_SECONDS = 0.2
_LONGEST_DELAY_SECONDS = 10.0
_HEALTHY_SECONDS = 10.0  # who lived so long starts with the first delay again


@dataclass(frozen=True)
class Program:
    """What to run.

    Args:
        leftovers: sockets and directories of a predecessor that would be in the way; removed before each start.
        stop_seconds: how long it may take to end after SIGTERM before its whole session is killed.
        is_namespace: `command` is unshare(1), which ignores signals: its one child, the first process of the
            namespace, gets them, and the kernel ends everything in the namespace with that.
        is_quiet: its output goes to its log file only, not to the terminal; the file outlives us, so that it can
            still write while it ends after us.
    """

    name: str
    command: tuple[str, ...]
    leftovers: tuple[Path, ...] = ()
    stop_seconds: float = 5
    is_namespace: bool = False
    is_quiet: bool = False


class Child:
    """A program that is kept running by whoever awaits `run`, until that is cancelled and `stop` is called."""

    def __init__(self, program: Program, installation: Installation) -> None:
        self.program = program
        self._installation = installation
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int | None:
        """Of the process that has not been waited for; None before the first start and after the end."""
        return self._process.pid if self._process else None

    async def run(self) -> NoReturn:
        """Starts it, and again whenever it ends: at once the first time, then with growing pauses."""
        loop = asyncio.get_running_loop()
        delay = _FIRST_DELAY_SECONDS
        while True:
            started = loop.time()
            how = await self._run_once()
            if loop.time() - started >= _HEALTHY_SECONDS:
                delay = _FIRST_DELAY_SECONDS
            say.warning("%s %s; starting it again in %.1f s", self.program.name, how, delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY_SECONDS)

    async def run_to_end(self) -> int:
        """Runs it once. The exit status, negative for a signal. Raises OSError where it cannot be started."""
        await self._start()
        return await self._ended()

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL to what is left of its session."""
        if self._process is None:
            return
        self.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(self.program.stop_seconds):
                await self._ended()
        except TimeoutError:
            say.warning("%s did not stop within %.0f s: killing it", self.program.name, self.program.stop_seconds)
            self.kill()
            await self._ended()

    def kill(self) -> None:
        """SIGKILL to it and to its whole session, now."""
        if self._process is not None:
            self.send(signal.SIGKILL)
            family.kill_session(self._process.pid)

    def send(self, number: signal.Signals) -> None:
        """The signal to the process, or to the first process of its namespace."""
        if self._process is None:
            return
        targets = family.children_of(self._process.pid) if self.program.is_namespace else []
        for target in targets or [self._process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(target, number)

    async def _run_once(self) -> str:
        try:
            status = await self.run_to_end()
        except OSError as error:
            return f"cannot be started ({error})"
        return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"

    async def _start(self) -> None:
        for path in self.program.leftovers:
            _remove(path)
        if self.program.is_quiet:
            with self._log_file().open("ab") as file:
                self._spawn(file.fileno())
            return
        reading, writing = os.pipe()
        try:
            self._spawn(writing)
        finally:
            os.close(writing)
            logger = output.logger_for(self.program.name, self._installation.log_dir)
            await asyncio.get_running_loop().connect_read_pipe(lambda: output.Lines(logger), os.fdopen(reading, "rb"))

    def _spawn(self, target: int) -> None:
        # Told when we die: unshare by SIGKILL, which it hands on as SIGTERM (--kill-child), the others by SIGTERM.
        death_signal = "KILL" if self.program.is_namespace else "TERM"
        self._process = subprocess.Popen(
            ("setpriv", f"--pdeathsig={death_signal}", "--", *self.program.command),
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=target,
            cwd=SOURCE_DIR,
            env={**self._installation.environment, "QUARTERDECK_PROCESS": self.program.name},
            start_new_session=True,
        )

    async def _ended(self) -> int:
        """Waits for the end, then kills what the process left of its session."""
        process = self._process
        if process is None:
            return 0
        loop = asyncio.get_running_loop()
        handle = os.pidfd_open(process.pid)
        ended = asyncio.Event()
        loop.add_reader(handle, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)
        family.kill_session(process.pid)
        self._process = None
        return process.wait()

    def _log_file(self) -> Path:
        file = self._installation.log_dir / f"{self.program.name}.log"
        if file.exists() and file.stat().st_size > output.FILE_SIZE_BYTES:
            file.replace(file.with_suffix(".log.1"))
        return file


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
