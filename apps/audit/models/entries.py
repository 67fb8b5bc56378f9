"""Nothing updates an entry but the sealer, once, and nothing deletes one but retention.

The one exception is an entry of a create, which learns the id of what was made before it is sealed.
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.db import models

from apps.audit.rules import chain
from apps.audit.types import Link, Outcome
from apps.core import clock, signing

SETTLE_SECONDS = 10
"""How long an entry of a create waits, at most, for the id of what was made."""

_SEALED_FIELDS = (
    "actor_kind",
    "actor_name",
    "address",
    "credential",
    "request_id",
    "operation",
    "target_kind",
    "target_id",
    "target_name",
    "collection",
    "outcome",
    "reason",
    "detail",
)


class Entry(models.Model):
    """One thing that was done, refused, or failed.

    `sequence`, `previous_hash` and `hash` are set by the sealer within a second after commit: sequence has no gaps, and
    hash = SHA-256(previous_hash + canonical JSON of the row), so that a changed or removed row is detected.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    time = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    address = models.CharField(max_length=64, blank=True)
    credential = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    operation = models.CharField(max_length=100)
    target_kind = models.CharField(max_length=40)
    target_id = models.CharField(max_length=200, blank=True)
    target_name = models.CharField(max_length=600, blank=True)
    collection = models.CharField(max_length=600, blank=True)
    cluster = models.CharField(max_length=64, blank=True, default="")
    outcome = models.CharField(max_length=10, choices=[(o.value, o.value) for o in Outcome])
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    settles_at = models.DateTimeField(null=True)
    sequence = models.BigIntegerField(null=True, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-time", "-sequence"]
        indexes = [
            models.Index(fields=["time", "sequence"], name="audit_entry_time_sequence"),
            models.Index(fields=["time", "id"], name="audit_entry_unsealed", condition=models.Q(sequence__isnull=True)),
        ]


def content_of(entry: Entry, sequence: int | None) -> dict[str, Any]:
    """What of the entry goes into its hash: everything but the hashes themselves, as JSON values."""
    fields = {name: getattr(entry, name) for name in _SEALED_FIELDS}
    if entry.cluster:  # entries of before there was this column have none
        fields["cluster"] = entry.cluster
    return fields | {
        "id": str(entry.id),
        "time": clock.isoformat(entry.time),
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "sequence": sequence,
    }


def entry_of(content: dict[str, Any]) -> Entry:
    """The entry that `content_of` wrote down, to be written to the database as it is.

    Raises:
        KeyError, TypeError, ValueError: it did not write that.
    """
    fields = {name: content[name] for name in _SEALED_FIELDS}
    return Entry(
        id=uuid.UUID(content["id"]),
        time=datetime.datetime.fromisoformat(content["time"]),
        actor_id=uuid.UUID(content["actor_id"]) if content["actor_id"] else None,
        cluster=content.get("cluster", ""),
        **fields,
    )


class _ChainEnd(models.Model):
    """One row that says where the chain ends, or begins, signed with a key that is not in the database."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=chain.FIRST_HASH)
    signature = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        abstract = True

    @property
    def link(self) -> Link:
        return Link(self.sequence, self.hash)

    def sign(self) -> None:
        self.signature = signing.mac(self._purpose, self._signed())

    @property
    def is_genuine(self) -> bool:
        """Whether it is as this installation left it. A chain that holds nothing yet needs no signature."""
        return self._content() == type(self)()._content() or self.is_signed

    @property
    def is_signed(self) -> bool:
        try:
            return signing.is_mac(self._purpose, self._signed(), str(self.signature))
        except TypeError:  # SQLite takes bytes into any column
            return False

    @property
    def _purpose(self) -> str:
        return f"audit/{type(self).__name__}"

    def _signed(self) -> bytes:
        return chain.canonical(self._content()).encode()

    def _content(self) -> dict[str, Any]:
        return {"sequence": self.sequence, "hash": self.hash}


class ChainHead(_ChainEnd):
    """The end of the chain: locked by the sealer, so that there is one sealer at a time and a cut tail shows.

    Args:
        lateness_seconds: how much later than it had been its turn an entry was ever sealed: times are looked for no
            further than this beside their place in the chain.
    """

    lateness_seconds = models.FloatField(default=0.0)

    class Meta:
        constraints = [models.CheckConstraint(name="one_chain_head", condition=models.Q(id=1))]

    def _content(self) -> dict[str, Any]:
        return super()._content() | {"lateness_seconds": self.lateness_seconds}


class ChainStart(_ChainEnd):
    """Where retention has cut the chain: `sequence` and `hash` are those of the last entry that was removed.

    Args:
        removed: how many entries were removed since ever.
        unproved: how many entries stand before the start: kept when a broken chain was begun anew.
        first_time, last_time: of the removed entries.
    """

    removed = models.BigIntegerField(default=0)
    unproved = models.BigIntegerField(default=0)
    first_time = models.DateTimeField(null=True)
    last_time = models.DateTimeField(null=True)
    cut_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="one_chain_start", condition=models.Q(id=1))]

    def _content(self) -> dict[str, Any]:
        times = {name: moment and clock.isoformat(moment) for name, moment in self._times().items()}
        return super()._content() | {"removed": self.removed, "unproved": self.unproved} | times

    def _times(self) -> dict[str, Any]:
        return {"first_time": self.first_time, "last_time": self.last_time, "cut_at": self.cut_at}


class Check(models.Model):
    """How far the running check of the chain has come: for the console. `verifyaudit` trusts nothing of it.

    Args:
        sequence, hash: the last entry that was right in this round.
        verified_sequence, verified_at: up to where the chain was right, and when that was last known.
        problem: what is wrong; "" where nothing is.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    round_started_at = models.DateTimeField(null=True)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=chain.FIRST_HASH)
    verified_sequence = models.BigIntegerField(default=0)
    verified_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(name="one_chain_check", condition=models.Q(id=1))]


class Forwarding(models.Model):
    """Who forwards the log to the syslog receiver, how far it has come, and how it goes.

    Args:
        destination: what the cursor is of; another receiver starts where the log is then.
        sequence: the last entry that the receiver surely has.
        lease_holder, lease_expires_at: the one process that forwards.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    destination = models.CharField(max_length=300, blank=True, default="")
    sequence = models.BigIntegerField(default=0)
    lease_holder = models.CharField(max_length=120, blank=True, default="")
    lease_expires_at = models.DateTimeField(null=True)
    is_connected = models.BooleanField(default=False)
    error = models.CharField(max_length=500, blank=True, default="")
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="one_forwarding", condition=models.Q(id=1))]
