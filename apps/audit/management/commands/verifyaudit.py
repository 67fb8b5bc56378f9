"""`manage.py verifyaudit`: recomputes the audit log's hash chain."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.audit import selectors


class Command(BaseCommand):
    help = "Recomputes the audit log's hash chain, and fails with the first entry that was changed or removed."

    def handle(self, *args: Any, **options: Any) -> None:
        found = selectors.verify_chain()
        if found.problem:
            raise CommandError(f"The audit log is broken: {found.problem}. The {found.sealed} entries before it are right.")
        self.stdout.write(f"The audit log is whole: {found.sealed} entries sealed, {found.unsealed} not sealed yet.")
