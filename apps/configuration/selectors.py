from __future__ import annotations

from apps.configuration.models import Revision, RevisionChange
from apps.configuration.types import Topic

MAX_CHANGES = 2000
"""Things that changed. Who is behind by more is faster with reading everything."""


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
