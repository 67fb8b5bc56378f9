"""Celery's entry point: `celery -A controlplane worker`, `celery -A controlplane beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")

app = Celery("quarterdeck")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def decide_by_the_current_policy(**kwargs: Any) -> None:
    """A task decides by the policy as it is when it starts, as a request does (`controlplane.middleware`)."""
    from apps.access.selectors.policy import store

    store.refresh()
