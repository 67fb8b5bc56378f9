"""A real Celery worker on a real Redis, which dies in the middle of a job."""

from __future__ import annotations

import contextlib
import datetime
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.jobs import rules, selectors, services
from apps.jobs.models import Job
from tests.support.accounts import SYSTEM


def database_url() -> str:
    """Of the suite's own database, for another process."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    port = f":{values['PORT']}" if values["PORT"] else ""
    query = f"?host={values['HOST']}" if values["HOST"].startswith("/") else ""
    host = "" if query else values["HOST"]
    return f"postgresql://{values['USER']}:{values['PASSWORD']}@{host}{port}/{values['NAME']}{query}"


@contextlib.contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "celery", "-A", "controlplane", "worker", "--pool=solo", "--include=tests.jobs.kinds"]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "QUARTERDECK_DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "controlplane.settings",
    }
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
def test_a_job_outlives_its_worker(redis_server: str) -> None:
    job = services.enqueue("tests.slow", "", SYSTEM)
    with worker() as first:
        wait_for(lambda: selectors.log_of(job).exists())
        first.kill()
    long_ago = timezone.now() - rules.DEAD_AFTER - datetime.timedelta(seconds=1)
    Job.objects.filter(id=job.id).update(heartbeat_at=long_ago)
    services.sweep()
    assert Job.objects.get(id=job.id).state == "queued"
    with worker():
        wait_for(lambda: Job.objects.get(id=job.id).state == "succeeded")
    assert Job.objects.get(id=job.id).result == {"attempts": 2}
    assert [line.text for line in selectors.log_of(job)] == ["attempt 1", "attempt 2"]
