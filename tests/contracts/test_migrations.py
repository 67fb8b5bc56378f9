"""Every migration can be taken back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

BACK_AND_FORTH = """
import django
django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

def applied():
    return {key for key in MigrationRecorder(connection).applied_migrations() if key[0] in labels}

labels = [config.label for config in apps.get_app_configs() if config.name.startswith("apps.") and config.models_module]
call_command("migrate", verbosity=0)
all_of_them = applied()
assert all_of_them, labels
for label in reversed(labels):
    call_command("migrate", label, "zero", verbosity=0)
assert applied() == set(), applied()
call_command("migrate", verbosity=0)
assert applied() == all_of_them
"""


def test_every_migration_goes_back_and_forth(tmp_path: Path) -> None:
    """In a process and a database of its own: the suite's stays as it is."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "QUARTERDECK_LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-c", BACK_AND_FORTH]
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True)
