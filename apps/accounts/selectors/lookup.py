"""What every look-up of a row by its name shares."""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.db.models import Model, QuerySet

from apps.core.actor import Actor
from apps.core.errors import NotFound

Row = TypeVar("Row", bound=Model)
NOT_FOUND = "there is nothing of that name here, or you may not see it"


def id_of(actor: Actor) -> uuid.UUID:
    """The actor's id for a filter; an id of nobody where the actor is no account."""
    return actor.id or uuid.UUID(int=0)


def one(rows: QuerySet[Row], **lookup: str) -> Row:
    """The row of that name. Raises NotFound, in the same words whether there is none or the caller may not see it."""
    row = rows.filter(**lookup).first()
    if row is None:
        raise NotFound(NOT_FOUND)
    return row
