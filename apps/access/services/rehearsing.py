"""What a change would give and take: it is made, the policy it leads to is compared with the present one, and it is taken back.

So a preview knows everything that the change itself knows, and refuses what it would refuse (ADR 11).
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from apps.access.rules.difference import difference
from apps.access.selectors.policy import store
from apps.core.rehearsal import Effect


def rehearse(change: Callable[[], object]) -> Effect:
    """For `core.rehearsal`."""
    store.refresh()
    before = store.current
    with transaction.atomic():
        change()
        after = store.in_transaction()
        transaction.set_rollback(True)
    return difference(before, after)
