"""Celery's side of accounts."""

from __future__ import annotations

from celery import shared_task

from apps.accounts import services
from apps.jobs import services as jobs


@shared_task(name="accounts.purge")
def purge() -> None:
    services.purge()
    services.purge_imports()


@shared_task(name="accounts.import_users")
def import_users(job_id: str) -> None:
    with jobs.running(job_id) as job:
        if job is not None:
            services.run_import(job)
