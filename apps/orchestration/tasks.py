"""Celery's side of orchestration. Each task takes its job, calls one service, and records the result."""

from __future__ import annotations

import uuid

from celery import shared_task

from apps.jobs import services as jobs
from apps.orchestration import services


@shared_task(name="orchestration.sync_node_labels")
def sync_node_labels(job_id: str) -> None:
    with jobs.running(job_id) as job:
        if job is not None:
            job.result = services.sync_node_labels(uuid.UUID(job.arguments["cluster"]))
