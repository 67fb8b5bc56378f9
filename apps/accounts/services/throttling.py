"""Slows down who guesses passwords: counts failures by account name and by address, in the database all replicas share."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import F

from apps.accounts import rules
from apps.accounts.models import SignInFailure
from apps.core import clock
from apps.core.errors import Throttled


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a password.

    Args:
        name: of the account; "" where no account can have the name given.
        address: the caller's.
    """

    name: str
    address: str

    @property
    def counters(self) -> dict[str, int]:
        """Key of each counter of failures, and from how many on it slows down."""
        counters = {f"address:{self.address}": rules.FAILURES_PER_ADDRESS}
        if self.name:
            counters[f"name:{self.name}"] = rules.FAILURES_PER_NAME
        return counters

    def refuse_if_too_many(self) -> None:
        """Raises Throttled while the last failures are too fresh."""
        now = clock.now()
        wait = datetime.timedelta(0)
        for failure in SignInFailure.objects.filter(key__in=self.counters):
            delay = rules.sign_in_delay(failure.count, self.counters[failure.key])
            wait = max(wait, failure.last_at + delay - now)
        if wait > datetime.timedelta(0):
            seconds = int(wait.total_seconds()) + 1
            raise Throttled(f"too many failed attempts; try again in {seconds} s", retry_after_seconds=seconds)

    def count_failure(self) -> None:
        """In the caller's transaction. Keys in order, so that two attempts never wait for each other's second row."""
        now = clock.now()
        for key in sorted(self.counters):
            SignInFailure.objects.get_or_create(key=key, defaults={"last_at": now})
            SignInFailure.objects.filter(key=key, last_at__lt=now - rules.FORGET_AFTER).update(count=0)
            SignInFailure.objects.filter(key=key).update(count=F("count") + 1, last_at=now)

    def forget_name(self) -> None:
        """After the right password. The address stays counted: one own account must not open the way to others."""
        SignInFailure.objects.filter(key=f"name:{self.name}").delete()
