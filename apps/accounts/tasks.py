"""Celery's side of accounts."""

from __future__ import annotations

from celery import shared_task

from apps.accounts import services


@shared_task(name="accounts.purge")
def purge() -> None:
    services.purge()
