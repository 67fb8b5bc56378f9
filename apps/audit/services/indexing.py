"""The search index made anew from the entries, of which it is derived."""

from __future__ import annotations

from django.db import transaction

from apps.audit.models import ChainStart, Entry, content_of, search
from apps.audit.rules.search import tokens
from apps.audit.services.recording import record
from apps.core.actor import Actor

BATCH = 1000


def rebuild_index(*, actor: Actor, problem: str) -> int:
    """Makes the index anew, and returns of how many entries. Until it is back, filters find less than there is.

    In short transactions, so that others can write in between. Killed meanwhile it is begun again: `verify_chain` finds what
    is missing.

    Args:
        problem: what was found wrong, for the entry that is recorded.
    """
    with transaction.atomic():
        ChainStart.objects.get_or_create(id=1)
        search.empty()
        record(actor=actor, operation="Audit Index Rebuild", target_kind="audit", target_name="search index", reason=problem)
    total, last = 0, None
    while batch := _index_after(last):
        total, last = total + len(batch), batch[-1].sequence
    return total


@transaction.atomic
def _index_after(last: int | None) -> list[Entry]:
    ChainStart.objects.select_for_update().get()  # so that retention removes none of them meanwhile
    entries = Entry.objects.filter(sequence__isnull=False).order_by("sequence")
    batch = list((entries if last is None else entries.filter(sequence__gt=last))[:BATCH])
    search.add((entry.sequence or 0, tokens(content_of(entry, entry.sequence))) for entry in batch)
    return batch
