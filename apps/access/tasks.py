from __future__ import annotations

from celery import shared_task

from apps.access import services


@shared_task(name="access.settle_placements")
def settle_placements() -> None:
    services.settle_placements()
