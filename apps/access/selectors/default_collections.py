from __future__ import annotations

from apps.accounts.models import User
from apps.accounts.selectors import manages_service_account
from apps.core.actor import Actor


def may_choose_default_collection(actor: Actor, user: User) -> bool:
    """Users choose their own, administrators anybody's, and those of an organisation its service accounts'."""
    return actor.id == user.id or actor.is_administrator or manages_service_account(actor, user)
