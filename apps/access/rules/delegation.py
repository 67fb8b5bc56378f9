"""What somebody may hand on: no more than the own grants give there, and no longer than they last."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from apps.access.rules.operations import Operations, counted_mask, mask_of
from apps.access.rules.repositories import ALL
from apps.access.types import REGISTRY_PREFIX, ROOT_PATH


@dataclass(frozen=True, slots=True)
class Holding:
    """One grant that applies to somebody. Args: path: of the place it is on; mask: the bits of its role."""

    path: str
    mask: int
    expires_at: datetime.datetime | None

    def covers(self, path: str) -> bool:
        above = self.path.removesuffix(f"/{ALL}") if self.path.startswith(REGISTRY_PREFIX) else self.path
        return self.path in (ROOT_PATH, path) or path.startswith(f"{above}/")

    def lasts(self, until: datetime.datetime | None) -> bool:
        """Whether it does not end before a grant that ends then; None is for ever."""
        return self.expires_at is None or (until is not None and self.expires_at >= until)


def missing_to_grant(holdings: Iterable[Holding], operations: Operations, path: str, until: datetime.datetime | None) -> int:
    """The bits of the role that the holdings do not give at the place until then; of those that count there."""
    held = 0
    for holding in holdings:
        if holding.covers(path) and holding.lasts(until):
            held |= holding.mask
    missing = mask_of(operations) & ~held
    return missing & counted_mask(path)
