"""A log of before the head's lateness was signed is proved after the upgrade as it was before, and after going back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

BACK_AND_FORTH = """
import sys
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from apps.audit import selectors, services
from apps.core.actor import Actor

call_command("migrate", verbosity=0)
for number in range(3):
    services.record(actor=Actor.system("tests"), operation="Test", target_kind="test")
services.seal()
before = selectors.verify_chain()
assert (before.problem, before.index_problem) == ("", "") and before.sealed >= 3, before
call_command("migrate", "audit", "0002", verbosity=0)
connection.cursor().execute(sys.argv[1])
call_command("migrate", "audit", verbosity=0)
print(selectors.verify_chain().problem)
"""


@pytest.mark.parametrize(
    ("meanwhile", "problem"),
    [
        ("SELECT newest_time FROM audit_chainhead", ""),
        ("UPDATE audit_chainhead SET sequence = sequence - 1", "the end of the chain was changed: its signature does not fit"),
    ],
)
def test_the_end_is_signed_anew_where_it_was_genuine(tmp_path: Path, meanwhile: str, problem: str) -> None:
    """In a process and a database of its own: the suite's stays as it is."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "QUARTERDECK_LOG_LEVEL": "CRITICAL"}
    command = [sys.executable, "-c", BACK_AND_FORTH, meanwhile]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout == f"{problem}\n"
