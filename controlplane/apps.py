from django.apps import AppConfig


class ControlPlaneConfig(AppConfig):
    """An app so that its commands are found, and so that tasks find their Celery app in every process."""

    name = "controlplane"
    label = "controlplane"

    def ready(self) -> None:
        from controlplane import celery  # noqa: F401  it makes itself the current app
