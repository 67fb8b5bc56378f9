from __future__ import annotations

import datetime
import threading
import time

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.errors import Conflict, NotFound, QuarterdeckError, Refused
from apps.jobs import rules, selectors, services, tasks
from apps.jobs.models import Job
from apps.jobs.types import CancelledByCaller, RunLost, State
from tests.support.accounts import SYSTEM, actor_of


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs for which a message was sent."""
    sent: list[str] = []
    monkeypatch.setattr(services, "_wake", lambda job_id, kind: sent.append(str(job_id)))
    return sent


def enqueue(**changes: object) -> Job:
    job = services.enqueue("test.kind", "a thing", SYSTEM, number=1)
    Job.objects.filter(id=job.id).update(**changes)
    return Job.objects.get(id=job.id)


def state_of(job: Job) -> str:
    return Job.objects.get(id=job.id).state


def test_the_message_is_sent_on_commit(
    woken: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue()
        assert woken == []
    assert woken == [str(job.id)]
    assert (job.state, job.arguments, job.actor_name) == ("queued", {"number": 1}, "tests")
    assert selectors.actor_of(job) == SYSTEM


def test_a_broker_that_is_away_loses_no_job(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue()
    assert state_of(job) == "queued"


def test_one_worker_gets_the_job() -> None:
    job = enqueue()
    first, second = services.start(job.id), services.start(job.id)
    assert first is not None
    assert (first.state, first.attempts) == ("running", 1)
    assert second is None


def test_work_that_ends_well_has_a_result() -> None:
    job = enqueue()
    with services.running(str(job.id)) as running:
        assert running is not None
        services.progress(running, 50, "half")
        services.log(running, "working")
        assert Job.objects.get(id=job.id).progress == 50
        running.result = {"done": 3}
    ended = Job.objects.get(id=job.id)
    assert (ended.state, ended.progress, ended.result) == ("succeeded", 100, {"done": 3})
    assert ended.ended_at is not None
    assert [line.text for line in selectors.log_of(job)] == ["working"]


def test_work_whose_job_was_given_away_records_nothing() -> None:
    job = enqueue()
    with services.running(str(job.id)) as running:
        assert running is not None
        Job.objects.filter(id=job.id).update(state=State.QUEUED, run_id=None)
    assert state_of(job) == "queued"


def test_a_message_that_comes_twice_does_nothing() -> None:
    job = enqueue()
    with services.running(str(job.id)):
        pass
    with services.running(str(job.id)) as again:
        assert again is None


def _raise_not_found() -> None:
    raise NotFound("the cluster is gone")


def test_an_error_of_ours_is_the_jobs_error() -> None:
    job = enqueue()
    with services.running(str(job.id)):
        _raise_not_found()
    assert (state_of(job), Job.objects.get(id=job.id).error) == ("failed", "the cluster is gone")


def test_any_other_error_goes_to_the_workers_log_and_not_to_the_caller() -> None:
    job = enqueue()
    with pytest.raises(ZeroDivisionError), services.running(str(job.id)):
        _ = 1 / 0
    failed = Job.objects.get(id=job.id)
    assert failed.state == "failed"
    assert "division" not in failed.error


def test_a_queued_job_is_cancelled_at_once(bob: User) -> None:
    job = services.enqueue("test.kind", "", actor_of(bob))
    assert services.request_cancel(actor=actor_of(bob), job=job).state == "cancelled"
    assert services.start(job.id) is None
    with pytest.raises(Conflict):
        services.request_cancel(actor=actor_of(bob), job=job)


def test_a_running_job_is_cancelled_when_it_looks() -> None:
    job = enqueue()
    reached = []
    with services.running(str(job.id)) as running:
        assert running is not None
        assert services.request_cancel(actor=SYSTEM, job=job).state == "running"
        services.progress(running, 10)
        reached.append(True)
    assert reached == []
    assert state_of(job) == "cancelled"


def test_others_jobs_are_neither_seen_nor_cancelled(bob: User, alice: User) -> None:
    job = services.enqueue("test.kind", "", actor_of(bob))
    assert list(selectors.jobs_visible_to(actor_of(bob))) == [job]
    assert not selectors.jobs_visible_to(actor_of(alice)).exists()
    assert not selectors.jobs_visible_to(Actor.anonymous()).exists()
    assert selectors.jobs_visible_to(SYSTEM).count() == 1
    with pytest.raises(Refused):
        services.request_cancel(actor=actor_of(alice), job=job)
    assert state_of(job) == "queued"


def test_the_sweep_queues_what_a_dead_worker_left(woken: list[str]) -> None:
    long_ago = timezone.now() - rules.DEAD_AFTER - datetime.timedelta(seconds=1)
    dead, alive = enqueue(), enqueue()
    lost = services.start(dead.id)
    services.start(alive.id)
    assert lost is not None
    Job.objects.filter(id=dead.id).update(heartbeat_at=long_ago)
    tasks.sweep()
    assert (state_of(dead), state_of(alive)) == ("queued", "running")
    assert woken == [str(dead.id)]
    with pytest.raises(RunLost):
        services.progress(lost, 50)
    with pytest.raises(RunLost):
        services.succeed(lost)
    again = services.start(dead.id)
    assert again is not None
    assert again.attempts == 2


def test_a_job_that_kills_its_workers_fails_in_the_end(woken: list[str]) -> None:
    long_ago = timezone.now() - rules.DEAD_AFTER - datetime.timedelta(seconds=1)
    job = enqueue(state=State.RUNNING, attempts=rules.MAX_ATTEMPTS, heartbeat_at=long_ago)
    services.sweep()
    assert (state_of(job), woken) == ("failed", [])


def test_a_cancelled_job_of_a_dead_worker_is_not_tried_again(woken: list[str]) -> None:
    long_ago = timezone.now() - rules.DEAD_AFTER - datetime.timedelta(seconds=1)
    job = enqueue(state=State.RUNNING, attempts=1, cancel_requested=True, heartbeat_at=long_ago)
    services.sweep()
    assert (state_of(job), woken) == ("cancelled", [])


def test_the_sweep_wakes_whom_a_lost_message_left_queued(woken: list[str]) -> None:
    long_ago = timezone.now() - rules.WAKE_AFTER - datetime.timedelta(seconds=1)
    forgotten, fresh = enqueue(created_at=long_ago), enqueue()
    services.sweep()
    services.sweep()
    assert woken == [str(forgotten.id)]
    Job.objects.filter(id=forgotten.id).update(heartbeat_at=long_ago)
    services.sweep()
    assert woken == [str(forgotten.id)] * 2
    assert state_of(fresh) == "queued"


@pytest.mark.django_db(transaction=True)
def test_the_heart_beats_while_work_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "HEARTBEAT_SECONDS", 0.05)
    job = enqueue()
    with services.running(str(job.id)) as running:
        assert running is not None
        deadline = time.monotonic() + 10
        while Job.objects.get(id=job.id).heartbeat_at == running.heartbeat_at:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("heartbeat")]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_the_job() -> None:
    job = enqueue()
    barrier = threading.Barrier(4)
    winners: list[Job] = []

    def start() -> None:
        barrier.wait()
        started = services.start(job.id)
        if started is not None:
            winners.append(started)
        connection.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 1


def test_the_errors_of_jobs_are_no_answers() -> None:
    assert not issubclass(CancelledByCaller, QuarterdeckError)
    assert not issubclass(RunLost, QuarterdeckError)
