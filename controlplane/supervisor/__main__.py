"""`python -m controlplane.supervisor`, started by `manage.py serve`: everything it needs is in the environment."""

from __future__ import annotations

import asyncio
import os
import sys

from controlplane.supervisor import output
from controlplane.supervisor.errors import CannotStart
from controlplane.supervisor.installation import Installation
from controlplane.supervisor.supervisor import Supervisor


async def _serve(installation: Installation) -> None:
    await Supervisor(installation, os.environ).run()


def main() -> int:
    """0 after a stop that was asked for, 1 where it could not start."""
    output.set_up_terminal()
    try:
        installation = Installation.from_environment(os.environ)
        with installation.taken():
            asyncio.run(_serve(installation))
    except CannotStart as error:
        output.say.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
