from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from apps.accounts import services as accounts
from apps.certificates import services as certificates
from apps.core import crypto, errors
from apps.core.actor import Actor
from apps.orchestration import services as orchestration


class Command(BaseCommand):
    """Everything that must be there before the first request; running it again changes nothing that is there."""

    help = "Creates the master key, brings the database up to date, and makes authorities, certificate and administrator."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--engine", default=settings.ENGINE, help="a Docker engine to attach, unix:///… or tcp://…")
        parser.add_argument("--engine-is-private", action="store_true", help="the supervisor starts it")

    def handle(self, *args: Any, **options: Any) -> None:
        crypto.create_master_key(Path(settings.MASTER_KEY_FILE))
        call_command("migrate", interactive=False, verbosity=0)
        certificates.ensure_authorities()
        certificates.ensure_server_certificate(settings.SERVER_NAMES)
        accounts.ensure_initial_admin()
        if options["engine"]:
            self._attach(options["engine"], is_private=options["engine_is_private"])

    def _attach(self, url: str, *, is_private: bool) -> None:
        """An engine that cannot be attached now costs nobody the console, where it can be attached later."""
        try:
            orchestration.attach_cluster(actor=Actor.system("set-up"), name="local", url=url, is_private=is_private)
        except errors.QuarterdeckError as error:
            self.stderr.write(f"the engine {url} is not attached: {error}")
