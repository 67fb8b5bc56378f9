"""The one namespace of users and organisations. The database holds it: of two who take a name at once, one gets it."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction

from apps.accounts.models import AccountName
from apps.core.errors import Conflict, InvalidInput
from apps.core.names import RESERVED, RESERVED_ACCOUNT_NAMES


def claim(name: str, *, user_id: uuid.UUID | None = None, organization_id: uuid.UUID | None = None) -> None:
    """Takes the name for an account whose row is written in the same transaction.

    Raises:
        InvalidInput: it is reserved.
        Conflict: it is taken.
    """
    field = "username" if user_id else "name"
    _refuse_reserved(name, field=field)
    try:
        with transaction.atomic():
            AccountName.objects.create(name=name, user_id=user_id, organization_id=organization_id)
    except IntegrityError as error:
        raise _taken(name, field=field) from error


def change(former: str, name: str, *, field: str = "name") -> None:
    """Gives an account another name; the former one is free.

    Args:
        field: what the caller calls the name.

    Raises:
        InvalidInput: it is reserved.
        Conflict: it is taken.
    """
    _refuse_reserved(name, field=field)
    try:
        with transaction.atomic():
            AccountName.objects.filter(name=former).update(name=name)
    except IntegrityError as error:
        raise _taken(name, field=field) from error


def _refuse_reserved(name: str, *, field: str) -> None:
    """Not where names are read: an account that had one before it was reserved keeps it."""
    if name in RESERVED_ACCOUNT_NAMES:
        raise InvalidInput.field(field, RESERVED)


def _taken(name: str, *, field: str) -> Conflict:
    return Conflict(f"the name {name} is taken: users and organisations share their names", field=field)
