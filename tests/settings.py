"""The product's settings, moved into a directory of its own that lives as long as this run of the suite.

The database is SQLite in a file (several connections, WAL, as in the product), or the PostgreSQL that DATABASE_URL
names; `tests/test_postgresql.py` runs the suite a second time with that. Redis is started by the fixture `redis_server`.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_directory = Path(tempfile.mkdtemp(prefix="quarterdeck-tests-"))
_owner = os.getpid()


def _remove() -> None:
    if os.getpid() == _owner:  # not in forked children
        shutil.rmtree(_directory, ignore_errors=True)


atexit.register(_remove)
os.environ["QUARTERDECK_DATA_DIR"] = str(_directory)
os.environ["QUARTERDECK_AUDIT_DIR"] = str(_directory / "audit")
os.environ["QUARTERDECK_RUN_DIR"] = str(_directory / "run")
os.environ["REDIS_URL"] = f"unix://{_directory}/run/redis.sock"
(_directory / "run").mkdir(mode=0o700)

from apps.core import crypto  # noqa: E402  the environment above comes first

crypto.create_master_key(_directory / "secrets" / "master.key")

from controlplane.settings import *  # noqa: E402, F403
from controlplane.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(_directory / "test.sqlite3")}

# Argon2 as in the product, at the lowest cost: the suite makes hundreds of users.
PASSWORD_HASHERS = ["tests.support.passwords.CheapArgon2PasswordHasher"]

# What collectstatic gathers is a matter of deployment; WhiteNoise only wants the directory to be there.
STATIC_ROOT = _directory / "static"
STATIC_ROOT.mkdir()
