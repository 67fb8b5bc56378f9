from __future__ import annotations

import base64
import datetime
from typing import Any

from apps.configuration.models import Revision, RevisionChange, Setting
from apps.configuration.rules import AUDIT, AuditSettings
from apps.configuration.types import Topic
from apps.core import authorization, crypto
from apps.core.actor import Actor

MAX_CHANGES = 2000
"""Things that changed. Who is behind by more is faster with reading everything."""

KEY_CONTEXT = "configuration.setting:audit:client_key"
_NEVER = datetime.datetime.fromtimestamp(0, datetime.UTC)


def revisions() -> dict[str, int]:
    """Every topic's revision, in one small query. Polled; the notices only make it faster."""
    return dict(Revision.objects.values_list("topic", "number"))


def changes_between(topic: Topic, seen: int, current: int) -> frozenset[str] | None:
    """What changed after the revision `seen`, up to the revision `current` and with it.

    Returns:
        "kind:id" of each thing; None where it cannot be told, or where it is too much to be of use: then anything may have
        changed.
    """
    behind = current - seen
    if not 0 < behind <= MAX_CHANGES:
        return None
    rows = RevisionChange.objects.filter(topic=topic, number__gt=seen, number__lte=current).values_list("changed", flat=True)
    changes = list(rows)
    if len(changes) < behind or not all(changes):
        return None
    changed = frozenset(each for row in changes for each in row)
    return changed if len(changed) <= MAX_CHANGES else None


def section_visible_to(actor: Actor, name: str) -> Setting:
    """A section's row as it is stored, secrets sealed; one with defaults where nobody has set anything.

    Raises:
        Refused: the actor lacks Settings View.
    """
    if not actor.is_administrator:
        authorization.authorize(actor, "Settings View")
    return Setting.objects.filter(section=name).first() or unset(name)


def unset(name: str) -> Setting:
    return Setting(section=name, value={}, updated_at=_NEVER)


def audit_settings() -> AuditSettings:
    """How the audit log is kept and forwarded, secrets open: for the process that does it."""
    row = Setting.objects.filter(section=AUDIT).first()
    return AuditSettings.from_document(opened(row.value)) if row else AuditSettings()


def opened(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its secret as it was given."""
    sealed = document.get("syslog", {}).get("client_key", "")
    if not sealed:
        return document
    key = crypto.unseal(base64.b64decode(sealed), context=KEY_CONTEXT).decode()
    return {**document, "syslog": {**document["syslog"], "client_key": key}}
