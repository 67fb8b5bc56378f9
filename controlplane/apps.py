from django.apps import AppConfig


class ControlPlaneConfig(AppConfig):
    """An app only so that `manage.py serve` is found."""

    name = "controlplane"
    label = "controlplane"
