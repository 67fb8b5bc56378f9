"""One cluster, followed.

    WAITING ──lease──▶ CONNECTING ──described, listed──▶ FOLLOWING ──stream broke──▶ CONNECTING (at most 2 s later)
                            └──engine away: state "unreachable"──▶ CONNECTING

Events say which ids changed; only those are listed again, at most every 50 ms. Tasks have no events: they are listed
again when their service or one of its containers has one, while any of them is on its way, and every 5 s for the nodes
whose containers we do not hear. Every 30 s everything is compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections.abc import Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Any

from apps.access.selectors.policy import store
from apps.core import notices
from apps.core.errors import EngineUnavailable, QuarterdeckError
from apps.gateway.docker import database
from apps.gateway.docker.objects import EngineObject, Kind
from apps.gateway.edge.upstream import StreamedAnswer, Upstream
from apps.gateway.projector import node_labels, storage
from apps.gateway.projector.engine import LOCAL_KINDS, SWARM_KINDS, Dirty, Engine, Seen, read_event
from apps.gateway.projector.projection import Change, Projected, Projection
from apps.gateway.projector.storage import FollowedCluster

logger = logging.getLogger(__name__)

COMPARE_SECONDS = 30.0
RENEW_SECONDS = 3.0
DEBOUNCE_SECONDS = 0.05
TASKS_QUICK_SECONDS, TASKS_SLOW_SECONDS = 0.5, 5.0
TASKS_QUICK_FOR_SECONDS = 3.0
BACKOFF_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0)
MAX_SINGLE_IDS = 50  # more are cheaper to list as a whole

_ON_THE_WAY = frozenset({"new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting"})


class LeaseLost(Exception):
    """Another projector follows this cluster now."""


class Follower:
    """Args: holder: who we are, in the lease."""

    def __init__(self, cluster: FollowedCluster, holder: str) -> None:
        self.cluster = cluster
        self.projection = Projection()
        self._holder = holder
        self._engine = Engine(Upstream(cluster.url, name=f"cluster {cluster.name}"))
        self._seen: Seen | None = None
        self._dirty = Dirty()
        self._wake = asyncio.Event()
        self._must_place_anew = False
        self._must_label = False
        self._quick_until = 0.0

    # What the process calls

    async def run(self) -> None:
        """Follows until cancelled; gives the lease back."""
        try:
            while True:
                if await self._has_lease():
                    try:
                        await self._follow_under_lease()
                    except LeaseLost:
                        logger.info("cluster %s is followed by another projector", self.cluster.name)
                    except Exception:  # the edge of this cluster: the others go on, and this one is tried again
                        logger.exception("cluster %s: following it failed; again in a moment", self.cluster.name)
                await asyncio.sleep(1)
        finally:
            self._engine.upstream.close()
            with contextlib.suppress(QuarterdeckError):
                await asyncio.shield(database.run(storage.release_lease, self.cluster.id, self._holder))

    def place_anew(self) -> None:
        """Objects were moved between collections."""
        self._must_place_anew = True
        self._wake.set()

    def label_anew(self) -> None:
        """The tree of collections changed."""
        self._must_label = True
        self._wake.set()

    async def remove_labels(self) -> None:
        """The cluster was detached: what we wrote on its nodes goes."""
        known = frozenset(store.current.collection_ids())
        with contextlib.suppress(EngineUnavailable):
            for node in list(self.projection.of_kind(Kind.NODE)):
                await node_labels.write(self._engine, node.object.id, {}, known)

    # Lease and connection

    async def _has_lease(self) -> bool:
        try:
            return await database.run(storage.take_lease, self.cluster.id, self._holder)
        except QuarterdeckError:
            return False

    async def _follow_under_lease(self) -> None:
        following = asyncio.create_task(self._follow(), name=f"follow {self.cluster.name}")
        held_until = time.monotonic() + storage.LEASE_SECONDS
        try:
            while time.monotonic() < held_until:
                await asyncio.wait({following}, timeout=RENEW_SECONDS)
                if following.done():
                    following.result()
                if await self._has_lease():
                    held_until = time.monotonic() + storage.LEASE_SECONDS
            raise LeaseLost
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following

    async def _follow(self) -> None:
        attempt = 0
        while True:
            began = time.monotonic()
            try:
                await _in_a_task_of_its_own(self._follow_connected())
            except* EngineUnavailable as away:
                await self._report_unreachable(_first(away))
            except* QuarterdeckError as trouble:
                logger.warning("cluster %s: %s; again in a moment", self.cluster.name, _first(trouble))
            attempt = 0 if time.monotonic() - began > BACKOFF_SECONDS[-1] else attempt + 1
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])

    async def _report_unreachable(self, error: BaseException) -> None:
        self.projection.end_look(is_complete=False)
        logger.warning("%s", error)
        with contextlib.suppress(QuarterdeckError):
            await database.run(storage.report_unreachable, self.cluster.id, str(error))
        await self._publish_state("unreachable")

    async def _follow_connected(self) -> None:
        """Until the connection breaks.

        Raises:
            EngineUnavailable: it broke, or the engine does not answer.
        """
        await self._describe()
        query = [("since", since)] if (since := _seconds(self._system_time)) else []
        # The stream is opened before the lists are read: what changes in between is heard.
        async with self._engine.upstream.stream("GET", self._engine.target("/events", query)) as events:
            if events.status != 200:
                raise EngineUnavailable(f"cluster {self.cluster.name}: /events was answered with {events.status}")
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hear(events))
                await self._list_everything()
                await self._report_ready()
                group.create_task(self._keep_up())

    async def _describe(self) -> bool:
        """Asks the engine what it is, because it may join or leave a swarm at any time. Returns whether that changed."""
        former, self._seen = self._seen, await self._engine.describe()
        await database.run(storage.rebind_node, self.cluster.id, self._node_id)
        return former is None or former.description != self._seen.description

    async def _report_ready(self) -> None:
        if self._seen is not None:
            await database.run(storage.report_ready, self.cluster.id, self._seen.description)
        await self._publish_state("ready")

    async def _hear(self, events: StreamedAnswer) -> None:
        rest = b""
        async for piece in events:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                read_event(line, self._dirty)
            if self._dirty:
                self._wake.set()
        raise EngineUnavailable(f"cluster {self.cluster.name}: the engine closed the stream of events")

    # Keeping up

    async def _keep_up(self) -> None:
        compared = tasks_listed = time.monotonic()
        while True:
            await self._pause(tasks_listed)
            now = time.monotonic()
            if now - compared >= COMPARE_SECONDS:
                await self._compare()
                await database.run(storage.report_seen, self.cluster.id)
                compared = tasks_listed = now
                continue
            await self._take_dirty()
            if self._must_place_anew:
                await self._place_everything()
            if self._must_label:
                await self._label_nodes()
            if now - tasks_listed >= self._tasks_interval():
                await self._list_whole([Kind.TASK] if self._is_manager else [])
                tasks_listed = now

    async def _pause(self, tasks_listed: float) -> None:
        """Until something happened, or tasks are due."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, tasks_listed + self._tasks_interval() - time.monotonic())):
                await self._wake.wait()
                await asyncio.sleep(DEBOUNCE_SECONDS)
        self._wake.clear()

    def _tasks_interval(self) -> float:
        if not self._is_manager:
            return COMPARE_SECONDS
        return TASKS_QUICK_SECONDS if time.monotonic() < self._quick_until else TASKS_SLOW_SECONDS

    @property
    def _is_manager(self) -> bool:
        return self._seen is not None and self._seen.is_manager

    async def _take_dirty(self) -> None:
        dirty, self._dirty = self._dirty, Dirty()
        if not self._is_manager and not dirty.ids.keys().isdisjoint(SWARM_KINDS):
            await self._compare()  # it has become a manager
            return
        if dirty.services:
            self._quick_until = time.monotonic() + TASKS_QUICK_FOR_SECONDS
        many = [kind for kind, ids in dirty.ids.items() if len(ids) > MAX_SINGLE_IDS]
        if len(dirty.services) > MAX_SINGLE_IDS:
            many.append(Kind.TASK)
        await self._list_whole(many)
        for kind, ids in dirty.ids.items():
            if kind not in many:
                await self._list_ids(kind, ids)
        if Kind.TASK not in many:
            for service_id in dirty.services:
                await self._list_tasks_of(service_id)

    # Listing

    async def _compare(self) -> None:
        """Asks the engine what it is and what it has, as at the beginning."""
        is_another = await self._describe()
        await self._list_everything()
        if is_another:
            await self._report_ready()

    async def _list_everything(self) -> None:
        """Lists everything, and removes the placements of what is gone."""
        await self._list_whole([*(SWARM_KINDS if self._is_manager else ()), *LOCAL_KINDS])
        if not self._is_manager:
            for kind in SWARM_KINDS:
                await self._publish(self.projection.remove(kind, [each.object.id for each in self.projection.of_kind(kind)]))
        self.projection.end_look(is_complete=True)
        await self._place_volumes([each.object for each in self.projection.of_kind(Kind.SERVICE)])
        await self._label_nodes()

    async def _list_whole(self, kinds: Iterable[Kind]) -> None:
        for kind in kinds:
            # Read before the engine is asked: what has a placement then and is not listed is really gone.
            placed = (
                set() if kind is Kind.TASK else await database.run(storage.placed_ids, self.cluster.id, kind, self._node_id)
            )
            objects = await self._engine.list_all(kind)
            changes = self.projection.replace(kind, await self._placed(objects))
            gone = placed - {each.id for each in objects}
            if gone:
                await database.run(storage.remove_placements, self.cluster.id, kind, gone, self._node_id)
            if kind is Kind.SERVICE:
                await database.run(storage.remove_stacks_without, self.cluster.id, objects)
            self._note_tasks(kind, changes)
            await self._publish(changes)

    async def _list_ids(self, kind: Kind, ids: set[str]) -> None:
        listed = [each for each in await self._engine.list_some(kind, ids) if each.id in ids]
        gone = ids - {each.id for each in listed}
        changes = self.projection.put(await self._placed(listed)) + self.projection.remove(kind, gone)
        if gone:
            await database.run(storage.remove_placements, self.cluster.id, kind, gone, self._node_id)
        if kind is Kind.NODE:
            self._must_label = True
        if kind is Kind.SERVICE:
            await self._place_volumes(listed)
        await self._publish(changes)

    async def _list_tasks_of(self, service_id: str) -> None:
        listed = await self._engine.list_tasks_of(service_id)
        known = {each.object.id for each in self.projection.of_kind(Kind.TASK) if each.object.service_id == service_id}
        changes = self.projection.put(await self._placed(listed))
        changes += self.projection.remove(Kind.TASK, known - {each.id for each in listed})
        self._note_tasks(Kind.TASK, changes)
        await self._publish(changes)

    def _note_tasks(self, kind: Kind, changes: Sequence[Change]) -> None:
        """While tasks change, more changes are coming."""
        if kind is Kind.TASK and any(self._is_on_the_way(change) for change in changes):
            self._quick_until = time.monotonic() + TASKS_QUICK_FOR_SECONDS

    def _is_on_the_way(self, change: Change) -> bool:
        task = self.projection.get(Kind.TASK, change.id)
        if task is None:
            return False
        return (json.loads(task.object.raw).get("Status") or {}).get("State") in _ON_THE_WAY

    @property
    def _system_time(self) -> str:
        return self._seen.system_time if self._seen else ""

    @property
    def _node_id(self) -> str:
        return self._seen.node_id if self._seen else ""

    # Placing, labelling, telling

    async def _placed(self, objects: Sequence[EngineObject]) -> list[Projected]:
        found = await database.run(
            storage.place, self.cluster.id, objects, self._node_id, has_workers=self._has_workers(objects)
        )
        result = []
        for each in objects:
            info = found.get((each.kind, each.id))
            result.append(Projected(each, info.collection_id, info.owner_name) if info else Projected(each))
        return result

    async def _place_volumes(self, services: Sequence[EngineObject]) -> None:
        """What is on other nodes than this engine's we do not see. Of a lone engine, everything."""
        if len(list(self.projection.of_kind(Kind.NODE))) > 1:
            await database.run(storage.place_volumes, self.cluster.id, services)

    def _has_workers(self, objects: Iterable[EngineObject]) -> bool:
        known = (each.object for each in self.projection.of_kind(Kind.NODE))
        return any(each.role == "worker" for each in (*known, *objects) if each.kind is Kind.NODE)

    async def _place_everything(self) -> None:
        self._must_place_anew = False
        for kind in Kind:
            objects = [each.object for each in self.projection.of_kind(kind)]
            if objects:
                await self._publish(self.projection.put(await self._placed(objects)))
        self._must_label = True

    async def _label_nodes(self) -> None:
        """Only by a policy that was loaded: without one, every label would seem to be one too many."""
        self._must_label = False
        if not store.is_loaded:
            return
        known = frozenset(store.current.collection_ids())
        changes = []
        for node in self.projection.of_kind(Kind.NODE):
            collection_id = node.collection_id or store.current.root_id
            wanted = node_labels.wanted(store.current.ancestors(collection_id)) if collection_id else {}
            present = node_labels.ours(_labels_of(node.object), known)
            if wanted and wanted != present:
                changes.append((node.object.id, wanted, present))
        # What is taken from one node may only run on another: the new labels first, everywhere.
        for node_id, wanted, present in changes:
            if wanted.keys() - present.keys():
                await node_labels.write(self._engine, node_id, present | wanted, known)
        for node_id, wanted, present in changes:
            if present.keys() - wanted.keys():
                await node_labels.write(self._engine, node_id, wanted, known)

    async def _publish(self, changes: Sequence[Change]) -> None:
        if changes and self.projection.is_complete:
            await asyncio.to_thread(_publish_all, self.cluster.id, changes)

    async def _publish_state(self, state: str) -> None:
        change = {"kind": "cluster", "id": str(self.cluster.id), "action": "update", "state": state}
        payload = {**change, "cluster": str(self.cluster.id), "collection_id": None, "version": self.projection.version}
        await asyncio.to_thread(notices.publish, "objects", **payload)


async def _in_a_task_of_its_own(work: Coroutine[Any, Any, None]) -> None:
    """Awaits it, and takes it along when we are cancelled.

    A task that has left a TaskGroup through a failed child counts as cancelled for ever, and no `asyncio.timeout` in it
    works any more (CPython before 3.11.3; Debian 12 has 3.11.2): so each attempt gets a new one.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()
    await task


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first real exception in a group of groups."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _publish_all(cluster_id: uuid.UUID, changes: Sequence[Change]) -> None:
    for change in changes:
        notices.publish(
            "objects",
            cluster=str(cluster_id),
            kind=change.kind.value,
            id=change.id,
            action=change.action,
            collection_id=str(change.collection_id) if change.collection_id else None,
            version=change.version,
        )


def _labels_of(node: EngineObject) -> dict[str, str]:
    return (json.loads(node.raw).get("Spec") or {}).get("Labels") or {}


def _seconds(system_time: str) -> str:
    """The engine's clock as `since` takes it, a second earlier; "" where it is not readable."""
    try:
        moment = datetime.fromisoformat(system_time[:19] + "+00:00")
    except ValueError:
        return ""
    return str(int(moment.timestamp()) - 1)
