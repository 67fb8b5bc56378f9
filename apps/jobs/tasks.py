"""Celery's side of jobs: the sweep. Each kind of job is a task of the app that does the work."""

from __future__ import annotations

from celery import shared_task

from apps.jobs import services


@shared_task(name="jobs.sweep")
def sweep() -> None:
    services.sweep()
