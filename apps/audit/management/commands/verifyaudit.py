"""`manage.py verifyaudit`: recomputes the audit log's hash chain."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.audit import selectors, services
from apps.core.actor import Actor


class Command(BaseCommand):
    help = "Recomputes the audit log's hash chain, and fails with the first entry that was changed or removed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--begin-anew",
            action="store_true",
            help="where the chain is broken, begin another behind it: after a database was restored, or tampering examined",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = selectors.verify_chain()
        if found.problem and options["begin_anew"]:
            begin = services.begin_anew(actor=Actor.system("verifyaudit"), problem=found.problem)
            self.stdout.write(f"The chain begins anew with entry {begin.sequence + 1}; it was broken: {found.problem}.")
            return
        if found.problem:
            raise CommandError(f"The audit log is broken: {found.problem}. The {found.sealed} entries before it are right.")
        before = f", {found.removed} removed by retention before them" if found.removed else ""
        before += f", {found.unproved} of before the chain began anew" if found.unproved else ""
        self.stdout.write(f"The audit log is whole: {found.sealed} entries sealed{before}, {found.unsealed} not sealed yet.")
