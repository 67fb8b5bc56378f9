from __future__ import annotations

import uuid

from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.jobs import services
from apps.jobs.models import Job
from tests.support.accounts import SYSTEM, actor_of, client_of

JOBS = "/api/v1/jobs/"


def test_people_see_their_own_jobs_and_administrators_all(as_root: APIClient, as_bob: APIClient, bob: User) -> None:
    own = services.enqueue("test.kind", "web", actor_of(bob))
    other = services.enqueue("other.kind", "nodes", SYSTEM)
    (listed,) = as_bob.get(JOBS).json()["results"]
    assert (listed["id"], listed["state"], listed["actor"]) == (str(own.id), "queued", "bob")
    assert listed["capabilities"] == {"cancel": True}
    assert as_root.get(JOBS).json()["count"] == 2
    assert as_root.get(f"{JOBS}?kind=other.kind").json()["count"] == 1
    assert as_root.get(f"{JOBS}?state=running").json()["count"] == 0
    assert as_root.get(f"{JOBS}?search=WEB").json()["count"] == 1
    assert as_bob.get(f"{JOBS}{own.id}/").status_code == 200
    for invisible in (other.id, uuid.uuid4()):
        for path in (f"{JOBS}{invisible}/", f"{JOBS}{invisible}/log"):
            assert as_bob.get(path).status_code == 404
        assert as_bob.post(f"{JOBS}{invisible}/cancel").status_code == 404
    assert as_bob.get(f"{JOBS}no-id/").status_code == 404


def test_holders_of_job_view_see_all_and_cancel_none(as_root: APIClient, bob: User) -> None:
    job = services.enqueue("test.kind", "", SYSTEM)
    as_root.post("/api/v1/grants/", {"subject": "user:bob", "role": "Auditor", "resource": "collection:/"})
    client = client_of(bob)
    assert client.get(f"{JOBS}{job.id}/").json()["capabilities"] == {"cancel": False}
    assert client.post(f"{JOBS}{job.id}/cancel").status_code == 403
    assert Job.objects.get(id=job.id).state == "queued"
    assert Entry.objects.get(outcome="refused").operation == "Job Cancel"


def test_a_job_is_cancelled(as_bob: APIClient, bob: User) -> None:
    job = services.enqueue("test.kind", "", actor_of(bob))
    answer = as_bob.post(f"{JOBS}{job.id}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    assert answer.json()["capabilities"] == {"cancel": False}
    assert as_bob.post(f"{JOBS}{job.id}/cancel").status_code == 409
    assert Entry.objects.get(operation="Job Cancel").target_id == str(job.id)


def test_the_log_is_paged_oldest_line_first(as_bob: APIClient, bob: User) -> None:
    job = services.enqueue("test.kind", "", actor_of(bob))
    for number in range(3):
        services.log(job, f"line {number}")
    body = as_bob.get(f"{JOBS}{job.id}/log?limit=2").json()
    assert (body["count"], [line["text"] for line in body["results"]]) == (3, ["line 0", "line 1"])
