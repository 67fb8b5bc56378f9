"""`manage.py resetpassword NAME`: sets a user's password by hand, on the server."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import selectors, services
from apps.accounts.management.passwords import read_new_password
from apps.core.actor import Actor
from apps.core.errors import QuarterdeckError


class Command(BaseCommand):
    help = "Sets a user's password: asked for, or read from standard input, or generated and printed. Ends the user's sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--generate", action="store_true", help="generate the password and print it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = selectors.user_named(options["name"])
            password = services.generate_password() if options["generate"] else read_new_password()
            services.set_password(actor=Actor.system("resetpassword"), user=user, new_password=password)
        except QuarterdeckError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"The password of {user.username} was set.")
        if options["generate"]:
            self.stdout.write(f"Password: {password}")
