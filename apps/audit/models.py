"""The audit log's rows. Nothing updates an entry but the sealer, once, and nothing deletes one."""

from __future__ import annotations

import uuid

from django.db import models

from apps.audit.types import Outcome


class Entry(models.Model):
    """One thing that was done, refused, or failed.

    `sequence`, `previous_hash` and `hash` are set by the sealer within a second after commit: sequence has no gaps, and
    hash = SHA-256(previous_hash + canonical JSON of the row), so that a changed or removed row is detected.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    time = models.DateTimeField(db_index=True)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200, db_index=True)
    address = models.CharField(max_length=64, blank=True)
    credential = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=64, blank=True, db_index=True)
    operation = models.CharField(max_length=100, db_index=True)
    target_kind = models.CharField(max_length=40)
    target_id = models.CharField(max_length=200, blank=True)
    target_name = models.CharField(max_length=600, blank=True)
    collection = models.CharField(max_length=600, blank=True)
    outcome = models.CharField(max_length=10, choices=[(o.value, o.value) for o in Outcome])
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    sequence = models.BigIntegerField(null=True, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-time", "-sequence"]
        indexes = [models.Index(fields=["target_kind", "target_id"]), models.Index(fields=["outcome", "time"])]


class ChainHead(models.Model):
    """The end of the chain: one row, locked by the sealer, so that there is one sealer at a time and a cut tail shows."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = [models.CheckConstraint(name="one_chain_head", condition=models.Q(id=1))]
