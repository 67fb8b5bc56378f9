from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "apps.certificates"
    label = "certificates"

    def ready(self) -> None:
        from apps.certificates.services import departures

        departures.register()
