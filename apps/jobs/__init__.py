"""Background work: the job rows that are the truth, their progress, heartbeat and cancellation.

Owns no work of its own: a kind of job is a Celery task of that name in the app that does the work. Apps above enqueue
through `jobs.services.enqueue` and never import tasks.
"""
