"""The file with the first administrator's generated password, there until that password is changed."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from apps.accounts.models import User
from apps.accounts.types import INITIAL_ADMINISTRATOR


def path() -> Path:
    return Path(settings.DATA_DIR) / "initial-admin-password"


def write(password: str) -> None:
    """Mode 0600 from the first moment, also where a file of an earlier try is in the way."""
    path().unlink(missing_ok=True)
    handle = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(password + "\n")


def remove() -> None:
    path().unlink(missing_ok=True)


def is_of(user: User) -> bool:
    """Whether the file holds this user's password: the first administrator's, who may have been renamed meanwhile."""
    namesake = User.objects.filter(username=INITIAL_ADMINISTRATOR, password_is_initial=True).exclude(id=user.id)
    return user.password_is_initial and not namesake.exists()
