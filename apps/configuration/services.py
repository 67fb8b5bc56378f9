from __future__ import annotations

from typing import Any

from django.db.models import F

from apps.configuration.models import Revision
from apps.configuration.types import Topic
from apps.core import notices


def bump(topic: Topic, **payload: Any) -> None:
    """Raises the topic's revision in the caller's transaction, and on commit tells every process over Redis.

    Args:
        payload: hints for those who listen (ids); never needed for correctness.
    """
    if not Revision.objects.filter(topic=topic).update(number=F("number") + 1):
        Revision.objects.get_or_create(topic=topic)
        Revision.objects.filter(topic=topic).update(number=F("number") + 1)
    notices.publish_on_commit(topic.value, **payload)
