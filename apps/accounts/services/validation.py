"""What Django's model fields and password validators find wrong, in our error's shape."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import models

from apps.accounts.models import User
from apps.core.errors import InvalidInput

PASSWORD_MAX_CHARS = 1024
"""Longer ones only cost time to hash."""


def check_fields(row: models.Model, *fields: str) -> None:
    """Raises InvalidInput where a named field of the row does not hold what it may: too long, no e-mail address."""
    others = {field.name for field in row._meta.fields} - set(fields)
    try:
        row.clean_fields(exclude=others)
    except ValidationError as error:
        raise InvalidInput(errors=error.message_dict) from error


def check_password_rules(password: str, user: User, *, field: str = "password") -> None:
    """Raises InvalidInput where the password is too short, too long, too common, or too like the account's names."""
    if len(password) > PASSWORD_MAX_CHARS:
        raise InvalidInput.field(field, f"is longer than {PASSWORD_MAX_CHARS} characters")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(errors={field: error.messages}) from error
