from __future__ import annotations

from django.db.models import QuerySet

from apps.access.models import Role
from apps.core.errors import NotFound


def roles() -> QuerySet[Role]:
    """All roles; they are no secret: everyone signed in may read what a role means."""
    return Role.objects.all()


def role_named(name: str) -> Role:
    """Raises NotFound."""
    role = Role.objects.filter(name=name).first()
    if role is None:
        raise NotFound(f"there is no role {name[:64]!r}")
    return role
