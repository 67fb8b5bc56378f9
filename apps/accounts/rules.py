"""Throttling of sign-in and what callers may do to accounts: pure functions of what selectors found."""

from __future__ import annotations

import datetime

FAILURES_PER_NAME = 5
FAILURES_PER_ADDRESS = 20
MAX_DELAY = datetime.timedelta(minutes=5)
FORGET_AFTER = datetime.timedelta(hours=1)
"""A counter that nobody raised for so long starts anew."""


def sign_in_delay(failures: int, threshold: int) -> datetime.timedelta:
    """How long after the last of so many failures the next attempt is refused: 1 s at the threshold, doubled by each more."""
    if failures < threshold:
        return datetime.timedelta(0)
    return min(datetime.timedelta(seconds=2 ** min(failures - threshold, 20)), MAX_DELAY)


def user_capabilities(*, is_administrator: bool, is_self: bool) -> dict[str, bool]:
    """What a caller may do to a user's account. A person keeps the own name and address; the rest is an administrator's."""
    return {
        "update": is_administrator or is_self,
        "update_flags": is_administrator,
        "set_password": is_administrator or is_self,
        "delete": is_administrator,
    }


def organization_capabilities(*, is_administrator: bool, manages: bool, is_builtin: bool) -> dict[str, bool]:
    return {
        "update": is_administrator,
        "delete": is_administrator and not is_builtin,
        "manage_members": manages and not is_builtin,
        "manage_teams": manages and not is_builtin,
    }


def team_capabilities(*, manages_organization: bool, manages_team: bool) -> dict[str, bool]:
    return {"delete": manages_organization, "manage_members": manages_organization or manages_team}
