from __future__ import annotations

import uuid

from django.db import models

from apps.orchestration.types import ClusterKind, ClusterState


class Cluster(models.Model):
    """An attached orchestrator: a swarm, or a lone engine. `url` is where its manager's engine listens."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in ClusterKind])
    url = models.CharField(max_length=300, unique=True)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in ClusterState], default=ClusterState.UNKNOWN)
    error = models.CharField(max_length=500, blank=True)
    version = models.CharField(max_length=64, blank=True)  # of the engine
    api_version = models.CharField(max_length=10, blank=True)  # newest the engine speaks
    swarm_id = models.CharField(max_length=64, blank=True)
    engine_id = models.CharField(max_length=128, blank=True)
    is_private = models.BooleanField(default=False)  # started by us under our data directory
    lease_holder = models.CharField(max_length=100, blank=True)  # of its projector
    lease_expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]


class FormerCluster(models.Model):
    """A detached cluster. Attached again it gets its id back, and with it the placements of what is on it: labels on its
    objects may by then name collections that are somebody else's."""

    id = models.UUIDField(primary_key=True)
    swarm_id = models.CharField(max_length=64, blank=True, db_index=True)
    engine_id = models.CharField(max_length=128, blank=True, db_index=True)  # what a lone engine is known by
    detached_at = models.DateTimeField(auto_now_add=True)
