"""`manage.py createadmin NAME`: makes an administrator by hand, on the server."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import services
from apps.accounts.management.passwords import read_new_password
from apps.core.actor import Actor
from apps.core.errors import QuarterdeckError


class Command(BaseCommand):
    help = "Makes an administrator. The password is asked for, or read from standard input, or generated and printed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="admin")
        parser.add_argument("--generate", action="store_true", help="generate the password and print it")

    def handle(self, *args: Any, **options: Any) -> None:
        password = services.generate_password() if options["generate"] else read_new_password()
        try:
            user = services.create_user(
                actor=Actor.system("createadmin"),
                username=options["name"],
                password=password,
                is_admin=True,
                password_is_initial=options["generate"],
            )
        except QuarterdeckError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"The administrator {user.username} was made.")
        if options["generate"]:
            self.stdout.write(f"Password: {password}")
