from __future__ import annotations

import uuid

from django.db import models

from apps.jobs.types import State


class Job(models.Model):
    """One piece of background work. The row is the truth; the broker's message only wakes a worker.

    Every transition is an UPDATE that names the state it comes from (and the run that owns it) and looks at the row
    count, so two workers with the same message cannot both win.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=100, db_index=True)  # the Celery task's name
    target = models.CharField(max_length=300, blank=True)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in State], default=State.QUEUED, db_index=True)
    run_id = models.UUIDField(null=True)  # of the worker that has it
    attempts = models.PositiveIntegerField(default=0)
    actor = models.JSONField()  # Actor.to_payload()
    actor_id = models.UUIDField(null=True, db_index=True)
    actor_name = models.CharField(max_length=200)
    progress = models.PositiveSmallIntegerField(default=0)  # percent
    message = models.CharField(max_length=500, blank=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)  # while queued: when a worker was last woken for it

    class Meta:
        ordering = ["-created_at"]


class LogLine(models.Model):
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="log")
    time = models.DateTimeField()
    text = models.TextField()

    class Meta:
        ordering = ["id"]
