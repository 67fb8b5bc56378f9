"""The suite once more, on PostgreSQL: whatever one run on SQLite proves about the database must hold there too."""

import os
import subprocess
import sys

import pytest

_NOT_ABOUT_THE_DATABASE = "not engine and not browser and not product"


@pytest.mark.timeout(900)
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="this run is already on the database of DATABASE_URL")
def test_the_suite_passes_on_postgresql(postgresql_url: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", _NOT_ABOUT_THE_DATABASE]
    done = subprocess.run(
        command, env={**os.environ, "DATABASE_URL": postgresql_url}, capture_output=True, text=True, check=False, timeout=890
    )
    print("on PostgreSQL:", done.stdout[-20_000:], done.stderr[-5_000:])
    assert done.returncode == 0, done.stdout.rstrip().rpartition("\n")[2]
