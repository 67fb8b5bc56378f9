"""What an installation has from the start: the organisation of everybody, and the first administrator."""

from __future__ import annotations

import secrets

from django.db import transaction

from apps.accounts.models import AccountName, Organization, User
from apps.accounts.services import initial_password
from apps.accounts.services.users import create_user
from apps.accounts.types import EVERYONE, INITIAL_ADMINISTRATOR
from apps.configuration import services as configuration
from apps.configuration.types import Topic
from apps.core.actor import Actor
from apps.core.errors import Conflict


def ensure_builtin_organization() -> Organization:
    """The organisation `everyone`. Called after every migration; safe to call again."""
    with transaction.atomic():
        organization, is_new = Organization.objects.get_or_create(
            name=EVERYONE, defaults={"is_builtin": True, "full_name": "Everybody with an active account"}
        )
        if is_new:
            AccountName.objects.create(name=EVERYONE, organization=organization)
            configuration.bump(Topic.POLICY)
    return organization


def ensure_initial_admin() -> tuple[User, str] | None:
    """Makes the first administrator where there is no user at all, and returns the user and the generated password.

    The password is also written to a file only our user may read, before the account is committed: a crash between the
    two leaves a file without an account, which the next start replaces, and never an account nobody can enter.
    """
    if User.objects.exists():
        return None
    password = generate_password()
    try:
        with transaction.atomic():
            user = create_user(
                actor=Actor.system("first start"),
                username=INITIAL_ADMINISTRATOR,
                password=password,
                full_name="Administrator",
                is_admin=True,
                password_is_initial=True,
            )
            initial_password.write(password)
    except Conflict:  # another process was faster
        return None
    return user, password


def generate_password() -> str:
    """120 bits, in letters and digits that are easy to copy."""
    return secrets.token_urlsafe(20).replace("-", "x").replace("_", "y")
