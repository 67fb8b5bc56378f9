"""Kinds of jobs that only the suite's workers know."""

from __future__ import annotations

import time

from celery import shared_task

from apps.jobs import services


@shared_task(name="tests.slow")
def slow(job_id: str) -> None:
    """Says that it works, and works longer than anybody waits, but only the first time."""
    with services.running(job_id) as job:
        if job is not None:
            services.log(job, f"attempt {job.attempts}")
            time.sleep(120 if job.attempts == 1 else 0)
            job.result = {"attempts": job.attempts}
