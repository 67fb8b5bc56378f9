"""The order of starting and stopping, and what the person at the terminal is told."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Mapping

from controlplane.supervisor import engine, family, polling, processes, readiness
from controlplane.supervisor.child import Child, Program
from controlplane.supervisor.errors import CannotStart
from controlplane.supervisor.installation import Installation
from controlplane.supervisor.output import say

_REDIS_SECONDS = 10
_SLOW_SECONDS = 30
# The engine may need all the time there is, so it is told at once; the others follow the way of a request.
_STOPPED_IN_ORDER = (("prepare", "gateway", "beat"), ("web", "streams", "worker"), ("redis",))


class Supervisor:
    """Runs one installation until a signal says stop."""

    def __init__(self, installation: Installation, environment: Mapping[str, str]) -> None:
        self._installation = installation
        self._environment = environment
        self._children: dict[str, Child] = {}
        self._watchers: list[asyncio.Task[None]] = []
        self._stop_asked = asyncio.Event()
        self._started_at = time.monotonic()

    async def run(self) -> None:
        """Starts everything, waits for SIGINT, SIGTERM or SIGHUP, and stops everything. A second signal kills.

        Raises:
            CannotStart: after whatever had started is stopped again.
        """
        family.adopt_orphans()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores it
                loop.add_signal_handler(number, self._ask_to_stop)
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(self._stop_asked.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not stopping.done():
                starting.result()
                await stopping
        finally:
            stopping.cancel()
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError, CannotStart):
                await starting
            await self._stop()

    async def _start(self) -> None:
        if self._installation.has_own_redis:
            self._keep(processes.redis(self._installation))
            await self._wait_for_redis()
        choice = await self._start_engine()
        is_first_start = not self._installation.password_file.exists()
        await self._prepare(choice)
        for program in (
            processes.gateway(self._installation),
            processes.web(self._installation),
            processes.streams(self._installation),
            processes.worker(),
            processes.beat(self._installation),
        ):
            self._keep(program)
        await self._wait_until_ready()
        self._tell(choice, is_first_start=is_first_start)

    def _keep(self, program: Program) -> None:
        child = self._children[program.name] = Child(program, self._installation)
        self._watchers.append(asyncio.create_task(child.run(), name=program.name))

    async def _wait_for_redis(self) -> None:
        socket = self._installation.run_dir / "redis.sock"
        try:
            await polling.until(lambda: asyncio.to_thread(engine.is_listening, socket), seconds=_REDIS_SECONDS)
        except TimeoutError as error:
            raise CannotStart(f"redis-server does not start; see {self._installation.log_dir / 'redis.log'}") from error

    async def _start_engine(self) -> engine.Choice:
        """A private engine that does not start costs its user that engine, not the product."""
        choice = engine.choose(self._installation, self._environment)
        if not choice.is_private:
            return choice
        is_new = not engine.data_dir(self._installation).exists()
        say.info("starting a private Docker engine under %s", engine.data_dir(self._installation))
        self._keep(engine.program(self._installation))
        try:
            await engine.make_ready(self._installation)
        except CannotStart as error:
            if not is_new:
                return engine.Choice(choice.url, is_private=True, advice=str(error))
            await self._give_up_engine()
            return engine.Choice("", advice=f"no Docker engine can be had here: {error}")
        return choice

    async def _give_up_engine(self) -> None:
        watcher = next(watcher for watcher in self._watchers if watcher.get_name() == "engine")
        watcher.cancel()
        await self._children.pop("engine").stop()
        engine.forget(self._installation)

    async def _prepare(self, choice: engine.Choice) -> None:
        child = self._children["prepare"] = Child(
            processes.prepare(choice.url, is_private=choice.is_private), self._installation
        )
        if await child.run_to_end() != 0:
            raise CannotStart("the database could not be prepared; the lines above say why")

    async def _wait_until_ready(self) -> None:
        warn_at = time.monotonic() + _SLOW_SECONDS
        while (missing := await readiness.parts(self._installation.port)) != {}:
            if time.monotonic() > warn_at:
                warn_at += _SLOW_SECONDS
                say.warning("not ready yet: %s", missing or "the gateway does not answer")
            await asyncio.sleep(0.1)

    def _tell(self, choice: engine.Choice, *, is_first_start: bool) -> None:
        lines = [f"ready after {time.monotonic() - self._started_at:.1f} s: https://localhost:{self._installation.port}/"]
        file = self._installation.password_file
        if file.exists():
            shown = file.read_text().strip() if is_first_start else f"in {file}, until it is changed"
            lines.append(f"sign in as admin, password: {shown}")
        if choice.url:
            lines.append(f"Docker engine: {choice.url}" + (" (private, stops with us)" if choice.is_private else ""))
        if choice.advice:
            lines.append(choice.advice)
        print("\n" + "".join(f"  {line}\n" for line in lines), flush=True)  # noqa: T201  for the person at the terminal

    def _ask_to_stop(self) -> None:
        if not self._stop_asked.is_set():
            say.info("stopping; once more to kill")
            self._stop_asked.set()
            return
        for child in self._children.values():
            child.kill()

    async def _stop(self) -> None:
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        engine_stops = asyncio.create_task(self._stop_child("engine"))
        for names in _STOPPED_IN_ORDER:
            await asyncio.gather(*(self._stop_child(name) for name in names))
        await engine_stops
        self._reap()
        say.info("stopped")

    async def _stop_child(self, name: str) -> None:
        child = self._children.get(name)
        if child is not None and child.process_id is not None:
            say.info("stopping %s", name)
            await child.stop()

    def _reap(self) -> None:
        family.reap_adopted({child.process_id for child in self._children.values() if child.process_id is not None})
