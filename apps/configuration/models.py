from __future__ import annotations

from django.db import models


class Setting(models.Model):
    """One section of the settings document; the typed shape of each section is in `rules`."""

    section = models.CharField(primary_key=True, max_length=64)
    value = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)


class Revision(models.Model):
    """A counter raised in the transaction of every change of its topic, so that any process can see that it is behind."""

    topic = models.CharField(primary_key=True, max_length=64)
    number = models.BigIntegerField(default=0)


class RevisionChange(models.Model):
    """What changed with one revision of a topic, so that who is behind a little need not read everything anew."""

    topic = models.CharField(max_length=64)
    number = models.BigIntegerField()
    changed = models.JSONField(default=list)  # "kind:id"; empty for "anything"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "number"], name="one_change_of_a_revision")]
