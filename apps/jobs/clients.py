"""The broker that wakes workers. To be imported by who sends something: Celery weighs several megabytes in each process that
knows it, and most of ours never send a job."""

from __future__ import annotations

import kombu.exceptions
import redis
from django.conf import settings
from django.utils.module_loading import import_string


class BrokerAway(Exception):
    """The message was not sent."""


def send(kind: str, job_id: str) -> None:
    """Args: kind: the Celery task's name. Raises BrokerAway."""
    app = import_string(settings.JOBS_CELERY_APP)
    try:
        app.send_task(kind, args=[job_id], retry=False)
    except (kombu.exceptions.OperationalError, redis.RedisError, OSError) as error:
        raise BrokerAway(str(error)) from error
