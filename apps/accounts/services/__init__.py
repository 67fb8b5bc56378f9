"""Changing accounts. Each function authorises, locks, validates, writes, records the audit entry, and tells higher apps
through `core.lifecycle`, all in one transaction.

Handlers of a deletion run while the rows are still there.
"""

from apps.accounts.services.exporting import export_users
from apps.accounts.services.importing import import_users, purge_imports, run_import
from apps.accounts.services.initial import ensure_builtin_organization, ensure_initial_admin, generate_password
from apps.accounts.services.organizations import (
    create_organization,
    delete_organization,
    remove_member,
    set_member,
    update_organization,
)
from apps.accounts.services.passwords import set_password
from apps.accounts.services.service_accounts import (
    create_service_account,
    delete_service_account,
    update_service_account,
)
from apps.accounts.services.sessions import actor_of_user, credential_of, purge, sign_in, sign_out
from apps.accounts.services.teams import create_team, delete_team, remove_team_member, set_team_member, update_team
from apps.accounts.services.users import create_user, delete_user, update_user

__all__ = [
    "actor_of_user",
    "create_organization",
    "create_service_account",
    "create_team",
    "create_user",
    "credential_of",
    "delete_organization",
    "delete_service_account",
    "delete_team",
    "delete_user",
    "ensure_builtin_organization",
    "ensure_initial_admin",
    "export_users",
    "generate_password",
    "import_users",
    "purge",
    "purge_imports",
    "remove_member",
    "remove_team_member",
    "run_import",
    "set_member",
    "set_password",
    "set_team_member",
    "sign_in",
    "sign_out",
    "update_organization",
    "update_service_account",
    "update_team",
    "update_user",
]
