from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

_OPTIONS = {
    "port": "QUARTERDECK_PORT",
    "data_dir": "QUARTERDECK_DATA_DIR",
    "engine": "QUARTERDECK_ENGINE",
    "private_engine": "QUARTERDECK_PRIVATE_ENGINE",
}


class Command(BaseCommand):
    """Becomes the supervisor: a program that has no Django in it and therefore stays small for as long as it runs.

    Options go to it, and to all its children, as environment variables, so that settings are read with them.
    """

    help = "Runs the whole product on this machine until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", help="the one port (QUARTERDECK_PORT, 8443)")
        parser.add_argument("--data-dir", type=_absolute, help="where everything is kept (QUARTERDECK_DATA_DIR, var)")
        parser.add_argument("--engine", help="the Docker engine to attach, unix:///… or tcp://… (QUARTERDECK_ENGINE)")
        parser.add_argument(
            "--private-engine",
            action="store_const",
            const="1",
            help="run an engine under the data directory even beside a stopped one (QUARTERDECK_PRIVATE_ENGINE)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = {variable: options[name] for name, variable in _OPTIONS.items() if options[name] is not None}
        os.chdir(settings.BASE_DIR)
        os.execve(sys.executable, [sys.executable, "-m", "controlplane.supervisor"], {**os.environ, **given})  # noqa: S606


def _absolute(text: str) -> str:
    return str(Path(text).resolve())
