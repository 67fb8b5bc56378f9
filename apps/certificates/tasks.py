from __future__ import annotations

from celery import shared_task
from django.conf import settings

from apps.certificates import services


@shared_task(name="certificates.renew")
def renew() -> None:
    services.ensure_authorities()
    services.ensure_server_certificate(settings.SERVER_NAMES)
