from django.apps import AppConfig


class ControlPlaneConfig(AppConfig):
    """An app so that its commands are found."""

    name = "controlplane"
    label = "controlplane"
