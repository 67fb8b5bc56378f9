from django.apps import AppConfig


class OrchestrationConfig(AppConfig):
    name = "apps.orchestration"
    label = "orchestration"

    def ready(self) -> None:
        from apps.core import evictions
        from apps.orchestration.selectors import evictions_of_change

        evictions.register(evictions_of_change)
