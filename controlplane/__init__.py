"""Wiring: settings, urls, the WSGI, ASGI and Celery entry points, and the supervisor. Nothing imports it."""
