"""What a change would give and take: it is made, the policy it leads to is compared with the present one, and it is taken back.

So a preview knows everything that the change itself knows, and refuses what it would refuse (ADR 11).
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from apps.access.rules.difference import difference
from apps.access.selectors.collections import may_read_everything
from apps.access.selectors.grants import subjects_seen_by
from apps.access.selectors.policy import store
from apps.core.actor import Actor
from apps.core.rehearsal import Effect


def rehearse(actor: Actor, change: Callable[[], object]) -> Effect:
    """For `core.rehearsal`.

    Who does not read all grants is told what the change does as if there were only the grants that they see: what people
    hold otherwise, or that somebody is an administrator, would show in what they do not gain.
    """
    store.refresh()
    before = store.current
    with transaction.atomic():
        change()
        after = store.in_transaction()
        known = None if may_read_everything(actor, before) else subjects_seen_by(actor, before)
        transaction.set_rollback(True)
    if known is not None:
        before, after = before.as_known_by(known), after.as_known_by(known)
    return difference(before, after)
