"""Reading the audit log, and checking its chain."""

from apps.audit.selectors.listing import Cursor, EntryPage, authorize, entries_visible_to, every_entry, sealed_after
from apps.audit.selectors.state import State, problem, spool_length, state_visible_to
from apps.audit.selectors.verification import (
    IndexWatch,
    Verification,
    check_links,
    problem_with_ends,
    problem_with_rows,
    verify_chain,
    with_index,
)

__all__ = [
    "Cursor",
    "EntryPage",
    "IndexWatch",
    "State",
    "Verification",
    "authorize",
    "check_links",
    "entries_visible_to",
    "every_entry",
    "problem",
    "problem_with_ends",
    "problem_with_rows",
    "sealed_after",
    "spool_length",
    "state_visible_to",
    "verify_chain",
    "with_index",
]
