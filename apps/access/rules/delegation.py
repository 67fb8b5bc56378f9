"""What somebody may hand on: no more than the own grants give there, and no longer than they last."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from apps.access.rules.operations import SYSTEM_MASK, Operations, mask_of
from apps.access.types import ROOT_PATH


@dataclass(frozen=True, slots=True)
class Holding:
    """One grant that applies to somebody. Args: path: of the collection it is on; mask: the bits of its role."""

    path: str
    mask: int
    expires_at: datetime.datetime | None

    def covers(self, path: str) -> bool:
        return self.path in (ROOT_PATH, path) or path.startswith(f"{self.path}/")

    def lasts(self, until: datetime.datetime | None) -> bool:
        """Whether it does not end before a grant that ends then; None is for ever."""
        return self.expires_at is None or (until is not None and self.expires_at >= until)


def missing_to_grant(holdings: Iterable[Holding], operations: Operations, path: str, until: datetime.datetime | None) -> int:
    """The bits of the role that the holdings do not give on the collection until then.

    System operations count on `/` only, so they are neither needed nor held elsewhere.
    """
    held = 0
    for holding in holdings:
        if holding.covers(path) and holding.lasts(until):
            held |= holding.mask
    missing = mask_of(operations) & ~held
    return missing if path == ROOT_PATH else missing & ~SYSTEM_MASK
