"""Reading accounts. Whoever is signed in sees the own account and organisations; administrators and auditors see all."""

from apps.accounts.selectors.departures import (
    heir_named,
    heir_of_service_account,
    preview_organization_departure,
    preview_service_account_departure,
    preview_team_departure,
    preview_user_departure,
)
from apps.accounts.selectors.exporting import exported_users
from apps.accounts.selectors.organizations import (
    candidate,
    manages_organization,
    manages_team,
    members_of_organization,
    members_of_team,
    organization_visible_to,
    organizations_of,
    organizations_visible_to,
    team_named,
    teams_of,
    teams_of_user,
)
from apps.accounts.selectors.service_accounts import (
    manages_service_account,
    service_account_named,
    service_accounts_managed_by,
    service_accounts_of,
)
from apps.accounts.selectors.subjects import subjects
from apps.accounts.selectors.users import (
    account_of,
    active_user,
    may_list_accounts,
    memberships_of,
    session_by_token,
    user_named,
    user_visible_to,
    users_visible_to,
)

__all__ = [
    "account_of",
    "active_user",
    "candidate",
    "exported_users",
    "heir_named",
    "heir_of_service_account",
    "manages_organization",
    "manages_service_account",
    "manages_team",
    "may_list_accounts",
    "members_of_organization",
    "members_of_team",
    "memberships_of",
    "organization_visible_to",
    "organizations_of",
    "organizations_visible_to",
    "preview_organization_departure",
    "preview_service_account_departure",
    "preview_team_departure",
    "preview_user_departure",
    "service_account_named",
    "service_accounts_managed_by",
    "service_accounts_of",
    "session_by_token",
    "subjects",
    "team_named",
    "teams_of",
    "teams_of_user",
    "user_named",
    "user_visible_to",
    "users_visible_to",
]
