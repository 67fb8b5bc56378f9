"""What callers may do to accounts, of what selectors found."""

from __future__ import annotations


def user_capabilities(*, is_administrator: bool, is_self: bool) -> dict[str, bool]:
    """What a caller may do to a user's account. A person keeps the own name and address; the rest is an administrator's."""
    return {
        "update": is_administrator or is_self,
        "update_flags": is_administrator,
        "rename": is_administrator,
        "set_password": is_administrator or is_self,
        "delete": is_administrator,
    }


def organization_capabilities(*, is_administrator: bool, manages: bool, is_builtin: bool) -> dict[str, bool]:
    return {
        "update": is_administrator,
        "delete": is_administrator and not is_builtin,
        "manage_members": manages and not is_builtin,
        "manage_teams": manages and not is_builtin,
        "manage_service_accounts": manages and not is_builtin,
    }


def team_capabilities(*, manages_organization: bool, manages_team: bool) -> dict[str, bool]:
    return {
        "update": manages_organization,
        "delete": manages_organization,
        "manage_members": manages_organization or manages_team,
    }


def service_account_capabilities(*, manages: bool) -> dict[str, bool]:
    return {"update": manages, "delete": manages, "create_bundle": manages}
