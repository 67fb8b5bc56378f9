from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    name = "apps.access"
    label = "access"

    def ready(self) -> None:
        from apps.access.selectors.policy import StoreDecider
        from apps.access.services import lifecycle
        from apps.access.services.rehearsing import rehearse
        from apps.core import authorization, rehearsal

        authorization.register(StoreDecider())
        rehearsal.register(rehearse)
        lifecycle.register()
        post_migrate.connect(_fill_new_database, sender=self)


def _fill_new_database(*, using: str, **kwargs: Any) -> None:
    """After every `migrate`, also one that takes our tables away."""
    from apps.access.models import Role
    from apps.access.services import ensure_builtin_roles_and_collections

    if Role._meta.db_table in connections[using].introspection.table_names():
        ensure_builtin_roles_and_collections()
