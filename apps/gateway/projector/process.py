"""The child process of `rungateway`: a follower for each attached cluster, and the server of their projections."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
import uuid
from pathlib import Path

from django.conf import settings

from apps.access.selectors.policy import store
from apps.configuration.selectors import revisions
from apps.configuration.types import Topic
from apps.core import notices
from apps.core.errors import QuarterdeckError
from apps.gateway.docker import database
from apps.gateway.projector import storage
from apps.gateway.projector.follower import Follower
from apps.gateway.projector.projection import Projection
from apps.gateway.projector.server import ProjectorServer
from apps.gateway.projector.storage import FollowedCluster

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
STOP_SECONDS = 4.0


def run() -> None:
    """Blocks until SIGTERM or SIGINT, and then ends within 5 s."""
    asyncio.run(_run())


async def _run() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    projector = Projector()
    serving = asyncio.create_task(projector.run())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
    serving.cancel()
    await asyncio.wait({serving}, timeout=STOP_SECONDS)


class Projector:
    """Follows what is attached, as the database says it."""

    def __init__(self) -> None:
        self._holder = _Holder(settings.PROJECTOR_SOCKET.with_suffix(".lock"))
        self._followers: dict[FollowedCluster, tuple[Follower, asyncio.Task[None]]] = {}
        self._seen: dict[str, int] | None = None
        self._server = ProjectorServer(settings.PROJECTOR_SOCKET, self.projections)

    def projections(self) -> dict[uuid.UUID, tuple[str, Projection]]:
        return {cluster.id: (cluster.name, follower.projection) for cluster, (follower, _) in self._followers.items()}

    async def run(self) -> None:
        """Until cancelled."""
        changed = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(store.follow(self._on_policy))
                group.create_task(notices.wake(changed, Topic.CLUSTERS.value, Topic.PLACEMENTS.value))
                group.create_task(self._follow(changed))
        finally:
            await self._server.stop()
            await self._end(list(self._followers))
            self._holder.close()

    async def _follow(self, changed: asyncio.Event) -> None:
        while True:
            changed.clear()
            try:
                await self._catch_up()
            except QuarterdeckError as error:
                logger.warning("the attached clusters cannot be read: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await changed.wait()

    async def _catch_up(self) -> None:
        now = await database.run(revisions)
        if self._seen is None or now.get(Topic.CLUSTERS) != self._seen.get(Topic.CLUSTERS):
            await self._take_over(await database.run(storage.clusters))
        if self._seen is not None and now.get(Topic.PLACEMENTS) != self._seen.get(Topic.PLACEMENTS):
            for follower, _ in self._followers.values():
                follower.place_anew()
        if self._seen is None:
            await self._server.start()  # not before: who asks for a cluster then would hear that it is not followed
        self._seen = now

    async def _take_over(self, clusters: list[FollowedCluster]) -> None:
        """A cluster whose address changed is followed anew; one that is gone loses our labels."""
        for cluster in clusters:
            if cluster not in self._followers:
                follower = Follower(cluster, self._holder.name)
                task = asyncio.create_task(follower.run(), name=f"cluster {cluster.name}")
                self._followers[cluster] = (follower, task)
        gone = [cluster for cluster in self._followers if cluster not in clusters]
        attached = {cluster.id for cluster in clusters}
        detached = [self._followers[cluster][0] for cluster in gone if cluster.id not in attached]
        await self._end(gone)
        for follower in detached:
            await follower.remove_labels()

    async def _end(self, clusters: list[FollowedCluster]) -> None:
        tasks = [self._followers.pop(cluster)[1] for cluster in clusters]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _on_policy(self) -> None:
        for follower, _ in self._followers.values():
            follower.label_anew()


class _Holder:
    """The name under which a projector takes leases.

    The one that has the lock of its directory takes over the leases of its predecessor there, which must be dead: so one
    that was killed is replaced at once, and only another machine's lease is waited for.
    """

    def __init__(self, lock: Path) -> None:
        lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        identity = uuid.uuid5(uuid.NAMESPACE_URL, lock.absolute().as_uri())
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            identity = uuid.uuid4()
        self.name = f"{socket.gethostname()[:60]}:{identity}"

    def close(self) -> None:
        os.close(self._descriptor)
