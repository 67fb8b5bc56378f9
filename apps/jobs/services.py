"""The transitions of a job, each one UPDATE that names the state and the run it comes from.

A kind of job is a Celery task of that name. It takes the job's id and does its work inside `running`:

    @shared_task(name="orchestration.sync_node_labels")
    def sync_node_labels(job_id: str) -> None:
        with services.running(job_id) as job:
            if job is not None:
                job.result = labels.sync(job.arguments["cluster"])
"""

from __future__ import annotations

import contextlib
import logging
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q

from apps.audit import services as audit
from apps.core import clock
from apps.core.actor import Actor
from apps.core.decision import Decision
from apps.core.errors import Conflict, QuarterdeckError, Refused
from apps.jobs import rules, selectors
from apps.jobs.models import Job, LogLine
from apps.jobs.types import CancelledByCaller, RunLost, State

logger = logging.getLogger(__name__)


def enqueue(kind: str, target: str, actor: Actor, **arguments: Any) -> Job:
    """Writes the job in the caller's transaction, and wakes a worker when that is committed.

    Args:
        kind: the Celery task's name.
        target: what it works on, in words a person knows.
        arguments: JSON values for the task.
    """
    job = Job.objects.create(
        kind=kind, target=target[:300], actor=actor.to_payload(), actor_id=actor.id, actor_name=actor.name, arguments=arguments
    )
    transaction.on_commit(lambda: _wake(job.id, kind))
    return job


def _wake(job_id: uuid.UUID, kind: str) -> None:
    """Sends the message. A broker that is away is forgiven: the row is there, and the sweep wakes again."""
    from apps.jobs import clients

    try:
        clients.send(kind, str(job_id))
    except clients.BrokerAway as error:
        logger.warning("job %s (%s) waits for the sweep, its message was not sent: %s", job_id, kind, error)


def start(job_id: str | uuid.UUID) -> Job | None:
    """queued → running, for one worker: None where another has it, or it ended."""
    now = clock.now()
    started = Job.objects.filter(id=job_id, state=State.QUEUED).update(
        state=State.RUNNING, run_id=uuid.uuid4(), attempts=F("attempts") + 1, started_at=now, heartbeat_at=now, error=""
    )
    return Job.objects.get(id=job_id) if started else None


def progress(job: Job, percent: int, message: str = "") -> None:
    """Says how far the work is.

    Raises:
        CancelledByCaller: somebody asked for the job's end.
        RunLost: another worker has it.
    """
    _update_run(job, progress=max(0, min(percent, 100)), message=message[:500], heartbeat_at=clock.now())
    if Job.objects.filter(id=job.id, cancel_requested=True).exists():
        raise CancelledByCaller


def log(job: Job, text: str) -> None:
    LogLine.objects.create(job=job, time=clock.now(), text=text)


def succeed(job: Job, result: dict[str, Any] | None = None) -> None:
    """running → succeeded. Raises RunLost where the job is not this run's any more."""
    _update_run(job, state=State.SUCCEEDED, progress=100, result=result or {}, ended_at=clock.now())


def fail(job: Job, error: str) -> None:
    """running → failed, with a sentence and what the work found. Raises RunLost where the job is not this run's any more."""
    _update_run(job, state=State.FAILED, error=error, result=job.result, ended_at=clock.now())


def _update_run(job: Job, **values: Any) -> None:
    if not Job.objects.filter(id=job.id, run_id=job.run_id, state=State.RUNNING).update(**values):
        raise RunLost(f"job {job.id} is not run {job.run_id}'s any more")


@contextlib.contextmanager
def running(job_id: str) -> Iterator[Job | None]:
    """Takes the job, keeps its heart beating while the block works, and records how it ended.

    Yields the job, whose `result` the block may set, or None where there is nothing to do: the message came twice, or
    the job was cancelled meanwhile. An error with a sentence of ours becomes the job's error; any other is also raised on,
    for the worker's log.
    """
    job = start(job_id)
    if job is None:
        yield None
        return
    try:
        with _heartbeat(job), _outcome_recorded(job):
            yield job
    except RunLost:
        logger.warning("job %s was given to another worker", job.id)


@contextlib.contextmanager
def _outcome_recorded(job: Job) -> Iterator[None]:
    """Raises RunLost where the outcome is not this run's to record any more."""
    try:
        yield
    except CancelledByCaller:
        _update_run(job, state=State.CANCELLED, ended_at=clock.now())
    except RunLost:
        raise
    except QuarterdeckError as error:
        fail(job, error.detail)
    except Exception:
        logger.exception("job %s (%s) failed", job.id, job.kind)
        fail(job, "something went wrong on our side; the worker's log has it under the job's id")
        raise
    else:
        succeed(job, job.result)


@contextlib.contextmanager
def _heartbeat(job: Job) -> Iterator[None]:
    """A thread of its own, because work waits: for engines, for files, for locks."""
    is_over = threading.Event()
    thread = threading.Thread(target=_beat, args=(job, is_over), name=f"heartbeat of job {job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _beat(job: Job, is_over: threading.Event) -> None:
    try:
        while not is_over.wait(rules.HEARTBEAT_SECONDS):
            try:
                _update_run(job, heartbeat_at=clock.now())
            except RunLost:
                return
            except DatabaseError as error:
                logger.warning("heartbeat of job %s was not written: %s", job.id, error)
    finally:
        connection.close()


def request_cancel(*, actor: Actor, job: Job) -> Job:
    """Ends a queued job at once, and asks a running one to end.

    Args:
        job: one the actor may see.

    Raises:
        Refused: the job is somebody else's.
        Conflict: it ended already.
    """
    if not selectors.may_cancel(actor, job):
        decision = Decision(False, "Job Cancel", "/", ("Administrator",), subject=actor.name)
        raise Refused(f"{actor.name} may not cancel this job: it is {job.actor_name}'s", decision=decision)
    with transaction.atomic():
        now = clock.now()
        was_queued = Job.objects.filter(id=job.id, state=State.QUEUED).update(
            state=State.CANCELLED, cancel_requested=True, ended_at=now
        )
        if not was_queued and not Job.objects.filter(id=job.id, state=State.RUNNING).update(cancel_requested=True):
            raise Conflict("the job ended already")
        audit.record(actor=actor, operation="Job Cancel", target_kind="job", target_id=str(job.id), target_name=job.kind)
    return Job.objects.get(id=job.id)


def sweep() -> None:
    """Queues what a dead worker left running, and wakes workers for what is queued and was forgotten."""
    now = clock.now()
    abandoned = Job.objects.filter(state=State.RUNNING, heartbeat_at__lt=now - rules.DEAD_AFTER)
    for job in abandoned:
        _give_up_run(job)
    is_forgotten = Q(heartbeat_at__lt=now - rules.WAKE_AFTER) | Q(
        heartbeat_at__isnull=True, created_at__lt=now - rules.WAKE_AFTER
    )
    for job in Job.objects.filter(is_forgotten, state=State.QUEUED).order_by("created_at")[:1000]:
        # Named by its old heartbeat, so that of two sweeps one sends the message.
        if Job.objects.filter(id=job.id, state=State.QUEUED, heartbeat_at=job.heartbeat_at).update(heartbeat_at=now):
            _wake(job.id, job.kind)


def _give_up_run(job: Job) -> None:
    """running → queued, or → cancelled or failed where another attempt makes no sense."""
    run = Job.objects.filter(id=job.id, run_id=job.run_id, state=State.RUNNING, heartbeat_at=job.heartbeat_at)
    if job.cancel_requested:
        run.update(state=State.CANCELLED, ended_at=clock.now())
    elif job.attempts >= rules.MAX_ATTEMPTS:
        run.update(state=State.FAILED, ended_at=clock.now(), error=f"its worker died {job.attempts} times")
    elif run.update(state=State.QUEUED, run_id=None, heartbeat_at=clock.now(), message="its worker died; queued again"):
        _wake(job.id, job.kind)
