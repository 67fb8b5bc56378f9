from __future__ import annotations

import base64
import dataclasses
from typing import Any

from django.db import transaction
from django.db.models import F

from apps.audit import services as audit
from apps.configuration import selectors
from apps.configuration.models import Revision, RevisionChange, Setting
from apps.configuration.rules import AUDIT, AuditSettings, problems
from apps.configuration.selectors import MAX_CHANGES
from apps.configuration.types import Topic
from apps.core import authorization, crypto, notices, versions
from apps.core.actor import Actor
from apps.core.errors import InvalidInput

_KEPT_CHANGES = 10_000
_REMOVED_EVERY = 1_000


def bump(topic: Topic, *changed: str, **payload: Any) -> None:
    """Raises the topic's revision in the caller's transaction, and on commit tells every process over Redis.

    The row of the revision stays locked until the transaction ends: revisions are committed in the order of their numbers,
    without a gap. Every other lock therefore comes before it.

    Args:
        changed: what did, as "kind:id"; nothing where it may be anything. What a topic's kinds mean is for those to say
            who keep it in memory.
        payload: hints for those who listen (ids); never needed for correctness.
    """
    if not Revision.objects.filter(topic=topic).update(number=F("number") + 1):
        Revision.objects.get_or_create(topic=topic)
        Revision.objects.filter(topic=topic).update(number=F("number") + 1)
    if topic in _LOGGED:
        _log(topic, changed)
    notices.publish_on_commit(topic.value, **payload)


_LOGGED = frozenset({Topic.POLICY})  # of the others everybody reads all there is


def _log(topic: Topic, changed: tuple[str, ...]) -> None:
    number = Revision.objects.values_list("number", flat=True).get(topic=topic)
    told = sorted(set(changed)) if len(changed) <= MAX_CHANGES else []
    RevisionChange.objects.create(topic=topic, number=number, changed=told)
    if number % _REMOVED_EVERY == 0:
        RevisionChange.objects.filter(topic=topic, number__lte=number - _KEPT_CHANGES).delete()


@transaction.atomic
def update_audit_settings(
    *, actor: Actor, changes: dict[str, Any], expected: versions.Expected = versions.ANY_VERSION
) -> Setting:
    """Changes how long the audit log is kept, and where it is forwarded to.

    Args:
        changes: fields of `AuditSettings`, those of `syslog` in a dict of their own; what is absent stays.

    Raises:
        Refused: the actor is no administrator.
        PreconditionFailed: somebody else changed it.
        InvalidInput: what would be stored could not be used; nothing is stored.
    """
    authorization.require_administrator(actor, "change settings", operation="Settings Update")
    Setting.objects.get_or_create(section=AUDIT)
    row = Setting.objects.select_for_update().get(section=AUDIT)
    expected.check(row if row.value else selectors.unset(AUDIT))
    before = AuditSettings.from_document(selectors.opened(row.value))
    syslog = dataclasses.replace(before.syslog, **changes.get("syslog", {}))
    after = AuditSettings(changes.get("retention_days", before.retention_days), syslog)
    if found := problems(after):
        raise InvalidInput(errors=found)
    if after != before or not row.value:
        row.value = _sealed(after)
        row.save()
        audit.record(
            actor=actor,
            operation="Settings Update",
            target_kind="settings",
            target_name=AUDIT,
            detail=_differences(before.to_document(), after.to_document()),
        )
    return row


def _sealed(settings: AuditSettings) -> dict[str, Any]:
    document = settings.to_document()
    if key := settings.syslog.client_key:
        sealed = crypto.seal(key.encode(), context=selectors.KEY_CONTEXT)
        document["syslog"]["client_key"] = base64.b64encode(sealed).decode()
    return document


_LONG = frozenset({"ca", "client_certificate", "client_key"})
"""Of these the log says only that they changed."""


def _differences(before: dict[str, Any], after: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Field to what it was and what it is."""
    found: dict[str, Any] = {}
    for name, value in after.items():
        if isinstance(value, dict):
            found |= _differences(before[name], value, f"{prefix}{name}.")
        elif value != before[name]:
            found[prefix + name] = "changed" if name in _LONG else [before[name], value]
    return found
