"""Reading jobs: everybody sees the own ones, administrators and holders of Job View all."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet

from apps.core import authorization
from apps.core.actor import Actor
from apps.core.errors import NotFound
from apps.jobs.models import Job, LogLine


def jobs_visible_to(actor: Actor, *, kind: str = "", state: str = "", search: str = "") -> QuerySet[Job]:
    jobs = Job.objects.all()
    if not (actor.is_administrator or authorization.decide(actor, "Job View").allowed):
        jobs = jobs.filter(actor_id=actor.id) if actor.id else jobs.none()
    if kind:
        jobs = jobs.filter(kind=kind)
    if state:
        jobs = jobs.filter(state=state)
    if search:
        jobs = jobs.filter(Q(kind__icontains=search) | Q(target__icontains=search) | Q(actor_name__icontains=search))
    return jobs


def job_visible_to(actor: Actor, job_id: uuid.UUID) -> Job:
    """Raises NotFound where there is none of that id, or the actor may not see it."""
    job = jobs_visible_to(actor).filter(id=job_id).first()
    if job is None:
        raise NotFound("there is no such job, or you may not see it")
    return job


def log_of(job: Job) -> QuerySet[LogLine]:
    return LogLine.objects.filter(job=job)


def actor_of(job: Job) -> Actor:
    """For whom the job works, as it was when the job was made."""
    return Actor.from_payload(job.actor)


def may_cancel(actor: Actor, job: Job) -> bool:
    return actor.is_administrator or (actor.id is not None and actor.id == job.actor_id)
