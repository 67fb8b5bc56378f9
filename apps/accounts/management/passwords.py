"""Where a management command gets a new password from: never from its arguments, which other users of the machine see."""

from __future__ import annotations

import getpass
import sys

from django.core.management.base import CommandError


def read_new_password() -> str:
    """Asks twice at a terminal; elsewhere the first line of standard input. Raises CommandError where there is none."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise CommandError("There is no password on standard input. Write one there, or use --generate.")
        return password
    password = getpass.getpass("New password: ")
    if password != getpass.getpass("Again: "):
        raise CommandError("The two passwords differ.")
    return password
