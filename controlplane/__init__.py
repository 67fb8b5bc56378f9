"""Wiring: settings, urls, the WSGI, ASGI and Celery entry points, and the supervisor. Nothing imports it."""

from controlplane.celery import app as celery_app

__all__ = ["celery_app"]
