"""Long lists of users, imported by a background job."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts import services, tasks
from apps.accounts.models import User, UserImport
from apps.accounts.services import importing
from apps.audit.models import Entry
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.jobs import services as jobs
from apps.jobs.models import Job
from tests.support.accounts import PASSWORD, actor_of, make_organization

IMPORT = "/api/v1/users/import"
HEADER = "username,full_name,email,is_active,is_admin,organizations,teams"
LONG = importing.AT_ONCE_LINES + 1


def lines(count: int) -> Iterator[str]:
    yield HEADER
    for number in range(count):
        yield f"user{number},User Number {number},user{number}@example.com,true,false,acme,"


def document(count: int, **bad: str) -> bytes:
    """With `bad` lines in the place of good ones: {"line7": "…"}."""
    rows = list(lines(count))
    for name, row in bad.items():
        rows[int(name.removeprefix("line")) - 1] = row
    return "\n".join(rows).encode()


@pytest.fixture(autouse=True)
def acme(redis_server: str) -> None:
    make_organization("acme")


def enqueued(actor: Actor, text: bytes, *, is_dry_run: bool = False) -> Job:
    job = services.import_users(actor=actor, document=text, is_csv=True, is_dry_run=is_dry_run)
    assert isinstance(job, Job)
    return job


def ran(job: Job) -> Job:
    tasks.import_users(str(job.id))
    job.refresh_from_db()
    return job


def test_a_long_list_becomes_a_job_whose_result_is_the_report(as_root: APIClient) -> None:
    answer = as_root.post(IMPORT, document(LONG), content_type="text/csv")
    assert answer.status_code == 202
    body: dict[str, Any] = answer.json()
    assert (body["kind"], body["state"]) == ("accounts.import_users", "queued")
    assert answer["Location"] == f"/api/v1/jobs/{body['id']}/"
    job = ran(Job.objects.get(id=body["id"]))
    assert (job.state, job.result["created"], job.result["problems"]) == ("succeeded", LONG, [])
    assert User.objects.filter(organization_memberships__organization__name="acme").count() == LONG
    assert as_root.get(answer["Location"]).json()["result"]["lines"] == LONG
    assert not UserImport.objects.exists()
    assert Entry.objects.get(operation="User Import").actor_name == "root"


def test_a_hundred_thousand_lines_with_three_bad_ones_answer_exactly_these(root: User) -> None:
    bad = {"line2": "-,,,,,,", "line50000": "user49998,,nonsense,,,,", "line100001": "b\u043eb,,,,,,"}
    job = enqueued(actor_of(root), document(100_000, **bad))
    started = time.monotonic()
    ran(job)
    seconds = time.monotonic() - started
    assert job.state == "failed"
    assert job.error == "nothing was imported: 3 problems in 100000 lines"
    assert [(each["line"], each["field"]) for each in job.result["problems"]] == [
        (2, "username"),
        (50_000, "email"),
        (100_001, "username"),
    ]
    assert not User.objects.filter(username__startswith="user").exists()
    assert not Entry.objects.filter(operation="User Import").exists()
    assert not UserImport.objects.exists()
    assert seconds < 60


def test_a_line_takes_little_memory(root: User) -> None:
    job = enqueued(actor_of(root), document(10_000), is_dry_run=True)
    tracemalloc.start()
    ran(job)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert job.result["created"] == 10_000
    assert peak_bytes / 10_000 < 2500


def test_a_long_dry_run_succeeds_with_its_problems(root: User) -> None:
    job = ran(enqueued(actor_of(root), document(LONG, line3="-,,,,,,"), is_dry_run=True))
    assert (job.state, job.result["is_dry_run"], job.result["problems_count"]) == ("succeeded", True, 1)
    assert not User.objects.filter(username__startswith="user").exists()


def test_what_waits_for_a_worker_is_sealed_and_no_password_is_in_the_job(root: User) -> None:
    text = "\n".join(["username,password", *(f"user{number},{PASSWORD}" for number in range(21))]).encode()
    job = enqueued(actor_of(root), text)
    assert PASSWORD.encode() not in bytes(UserImport.objects.get().sealed_document)
    assert PASSWORD not in str(job.arguments)
    ran(job)
    assert User.objects.get(username="user7").check_password(PASSWORD)
    assert PASSWORD not in str(job.result) + job.message + job.error


def test_a_cancelled_import_stops_between_transactions(root: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written stays, and the same list imported again goes on."""
    job = enqueued(actor_of(root), document(LONG))
    progress = jobs.progress

    def cancel_after_the_first(job: Job, percent: int, message: str = "") -> None:
        if message.startswith("wrote 200"):
            jobs.request_cancel(actor=actor_of(root), job=job)
        progress(job, percent, message)

    monkeypatch.setattr(jobs, "progress", cancel_after_the_first)
    ran(job)
    assert job.state == "cancelled"
    assert User.objects.filter(username__startswith="user").count() == 200
    assert not UserImport.objects.exists()
    monkeypatch.undo()
    again = ran(enqueued(actor_of(root), document(LONG)))
    assert (again.result["created"], again.result["updated"]) == (LONG - 200, 200)


def test_an_import_ends_with_the_rights_of_who_asked_for_it(root: User, bob: User) -> None:
    services.update_user(actor=actor_of(root), user=bob, is_admin=True)
    bob.refresh_from_db()
    job = enqueued(actor_of(bob), document(LONG))
    services.update_user(actor=actor_of(root), user=bob, is_admin=False)
    ran(job)
    assert (job.state, job.error) == ("failed", "bob may not import users any more: only administrators may")
    assert not User.objects.filter(username__startswith="user").exists()


def test_a_list_whose_job_never_came_is_not_kept_for_ever(root: User) -> None:
    job = enqueued(actor_of(root), document(LONG))
    services.purge_imports()
    assert UserImport.objects.exists()
    UserImport.objects.update(created_at=job.created_at - importing.IMPORT_KEPT_FOR)
    tasks.purge()
    assert not UserImport.objects.exists()
    assert ran(job).error == "the list of users is gone; import it again"


def test_a_long_file_that_is_no_list_is_refused_at_once(root: User) -> None:
    with pytest.raises(InvalidInput, match="of which one is username"):
        enqueued(actor_of(root), b"name\n" + b"x\n" * LONG)
    assert not Job.objects.exists()
