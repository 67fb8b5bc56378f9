"""`manage.py verifyaudit`: recomputes the audit log's hash chain, and what its entries are found by."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.audit import selectors, services
from apps.core.actor import Actor

ACTOR = Actor.system("verifyaudit")


class Command(BaseCommand):
    help = "Recomputes the audit log's hash chain and its search index, and fails with what was changed or removed first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--begin-anew",
            action="store_true",
            help="where the chain is broken, begin another behind it: after a database was restored, or tampering examined",
        )
        parser.add_argument(
            "--rebuild-index",
            action="store_true",
            help="where the chain is right and the search index is not, make the index anew from the entries",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = selectors.verify_chain()
        if found.problem and options["begin_anew"]:
            self._begin_anew(found.problem)
            if not options["rebuild_index"]:
                return
            found = selectors.verify_chain()
        if found.problem:
            raise CommandError(f"The audit log is broken: {found.problem}. The {found.sealed} entries before it are right.")
        if found.index_problem and options["rebuild_index"]:
            self._rebuild_index(found.index_problem)
        elif found.index_problem:
            raise CommandError(
                f"The audit log is whole, {found.sealed} entries, but not all of it is found: {found.index_problem}. "
                "--rebuild-index makes the index anew from the entries."
            )
        else:
            self._say_that_all_is_right(found)

    def _begin_anew(self, problem: str) -> None:
        begin = services.begin_anew(actor=ACTOR, problem=problem)
        self.stdout.write(f"The chain begins anew with entry {begin.sequence + 1}; it was broken: {problem}.")

    def _rebuild_index(self, problem: str) -> None:
        count = services.rebuild_index(actor=ACTOR, problem=problem)
        self.stdout.write(f"The search index was made anew of {count} entries; it was wrong: {problem}.")

    def _say_that_all_is_right(self, found: selectors.Verification) -> None:
        before = f", {found.removed} removed by retention before them" if found.removed else ""
        before += f", {found.unproved} of before the chain began anew" if found.unproved else ""
        self.stdout.write(f"The audit log is whole: {found.sealed} entries sealed{before}, {found.unsealed} not sealed yet.")
