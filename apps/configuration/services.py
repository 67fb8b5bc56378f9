from __future__ import annotations

from typing import Any

from django.db.models import F

from apps.configuration.models import Revision, RevisionChange
from apps.configuration.selectors import MAX_CHANGES
from apps.configuration.types import Topic
from apps.core import notices

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
