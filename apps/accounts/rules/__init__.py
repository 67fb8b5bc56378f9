"""Pure functions of accounts: throttling of sign-in, capabilities, and the lists of users that are imported and exported."""

from apps.accounts.rules.capabilities import (
    organization_capabilities,
    service_account_capabilities,
    team_capabilities,
    user_capabilities,
)
from apps.accounts.rules.throttling import FAILURES_PER_ADDRESS, FAILURES_PER_NAME, FORGET_AFTER, MAX_DELAY, sign_in_delay

__all__ = [
    "FAILURES_PER_ADDRESS",
    "FAILURES_PER_NAME",
    "FORGET_AFTER",
    "MAX_DELAY",
    "organization_capabilities",
    "service_account_capabilities",
    "sign_in_delay",
    "team_capabilities",
    "user_capabilities",
]
