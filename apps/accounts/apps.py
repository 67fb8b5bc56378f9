from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        post_migrate.connect(_ensure_builtin_organization, sender=self)


def _ensure_builtin_organization(**kwargs: Any) -> None:
    """After a migration that leaves our tables there; `flush` says no state, and leaves them all."""
    state = kwargs.get("apps")
    if state is not None and not {"accounts", "configuration"} <= set(state.app_configs):
        return
    from apps.accounts import services

    services.ensure_builtin_organization()
