"""docker-compose.yml as an operator uses it, on images without any registry: a base made by debootstrap."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import programs
from tests.support.debian import root_archive
from tests.support.engine import Engine, plain_environment
from tests.support.product import SOURCE_DIR

pytestmark = [pytest.mark.product, pytest.mark.engine, pytest.mark.timeout(900)]

BASE = "demo/debian:12"
PACKAGES = ("python3", "python3-venv", "ca-certificates", "redis-server", "postgresql")
COMPOSE = SOURCE_DIR / ".cache" / "compose" / "docker-compose"

# What the official image does with its variables, for Debian's PostgreSQL.
POSTGRES_ENTRYPOINT = """#!/bin/sh
set -e
bin=$(echo /usr/lib/postgresql/*/bin)
data=/var/lib/postgresql/data
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
install -d -m 0700 -o postgres -g postgres "$data"
if [ ! -e "$data/PG_VERSION" ]; then
    cp "$POSTGRES_PASSWORD_FILE" /tmp/password
    as_postgres "$bin/initdb" -D "$data" -U "$POSTGRES_USER" -A scram-sha-256 --pwfile=/tmp/password >/dev/null
    echo "CREATE DATABASE $POSTGRES_DB" | as_postgres "$bin/postgres" --single -D "$data" postgres
    echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
fi
exec setpriv --reuid=postgres --regid=postgres --clear-groups "$bin/postgres" -D "$data" -c listen_addresses='*'
"""

# Run inside the gateway's container: the engine of the tests has a network of its own, so its ports are not ours.
SIGN_IN_AND_LOOK = """
import json, ssl, time, urllib.request
tls = ssl.create_default_context(); tls.check_hostname = False; tls.verify_mode = ssl.CERT_NONE
def ask(path, body=None, token=None):
    headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
    request = urllib.request.Request("https://127.0.0.1:8443" + path, body and json.dumps(body).encode(), headers)
    return urllib.request.urlopen(request, context=tls, timeout=10).read()
password = open("/var/lib/quarterdeck/initial-admin-password").read().strip()
token = json.loads(ask("/api/v1/auth/login", {"username": "admin", "password": password}))["token"]
clusters = []
for _ in range(100):
    clusters = json.loads(ask("/api/v1/clusters/", token=token))["results"]
    if clusters and clusters[0]["state"] == "ready": break
    time.sleep(0.2)
print(json.dumps({
    "ready": json.loads(ask("/readyz")), "clusters": clusters, "version": json.loads(ask("/version", token=token)),
    "console": ask("/ui/").decode(),
}))
"""


class Compose:
    """docker compose on a copy of what an operator has."""

    def __init__(self, directory: Path, engine: Engine) -> None:
        self.directory = directory
        self.environment = {
            **plain_environment(),
            "DOCKER_HOST": engine.url,
            "DOCKER_SOCKET": str(engine.socket),
            "DOCKER_GROUP_ID": str(engine.socket.stat().st_gid),
            "QUARTERDECK_IMAGE": "quarterdeck:test",
            "POSTGRES_IMAGE": "demo/postgres:15",
            "REDIS_IMAGE": BASE,
        }

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        """Runs it; the output. Raises AssertionError where it fails."""
        command = [str(COMPOSE), "--project-name", "qdtest", *arguments]
        done = subprocess.run(
            command, cwd=self.directory, env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def compose(docker_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """The images, built offline, and the project brought up."""
    if not COMPOSE.exists():
        missing = "docker compose v2 is not in .cache/compose (deploy/fetch-compose)"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    directory = tmp_path_factory.mktemp("operator")
    try:
        archive = root_archive(PACKAGES)
    except programs.Missing as missing_program:
        pytest.skip(str(missing_program))
    docker_engine.docker("import", str(archive), BASE)
    build_images(docker_engine, directory)
    subprocess.run([str(directory / "deploy" / "make-secrets")], check=True, capture_output=True)
    project = Compose(directory, docker_engine)
    try:
        try:
            project("up", "--detach")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{project('logs', '--no-color', '--tail', '40')}") from None
        yield project
    finally:
        project("down", "--volumes", "--timeout", "5")


def build_images(engine: Engine, directory: Path) -> None:
    for name in ("manage.py", "requirements.txt", "docker-compose.yml", ".dockerignore"):
        shutil.copy(SOURCE_DIR / name, directory)
    ignored = shutil.ignore_patterns("__pycache__", "wheels")
    for name in ("apps", "controlplane", "deploy", "frontend/dist"):
        shutil.copytree(SOURCE_DIR / name, directory / name, ignore=ignored)
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "-r", "requirements.txt"]
    subprocess.run([*download, "-d", "deploy/wheels"], cwd=directory, check=True, capture_output=True)
    arguments = ["--build-arg", f"BASE={BASE}", "--build-arg", "PIP_NO_INDEX=1"]
    engine.docker(
        "build", "-q", "-t", "quarterdeck:test", *arguments, "-f", str(directory / "deploy" / "Dockerfile"), str(directory)
    )
    postgres = directory / "postgres"
    postgres.mkdir()
    (postgres / "entrypoint").write_text(POSTGRES_ENTRYPOINT)
    (postgres / "entrypoint").chmod(0o755)
    (postgres / "Dockerfile").write_text(f'FROM {BASE}\nCOPY entrypoint /entrypoint\nENTRYPOINT ["/entrypoint"]\n')
    engine.docker("build", "-q", "-t", "demo/postgres:15", str(postgres))


def test_every_service_comes_up_and_an_administrator_signs_in(compose: Compose) -> None:
    deadline = time.monotonic() + 120
    wanted = {"postgres", "redis", "gateway", "web", "streams"}
    while True:
        states = [json.loads(line) for line in compose("ps", "--format", "json").splitlines()]
        if wanted <= {state["Service"] for state in states if state["Health"] == "healthy"}:
            break
        assert time.monotonic() < deadline, compose("ps", "--all") + compose("logs", "--no-color", "--tail", "20")
        time.sleep(1)
    assert {"worker", "beat"} <= {state["Service"] for state in states if state["State"] == "running"}
    seen = json.loads(compose("exec", "-T", "gateway", "python", "-c", SIGN_IN_AND_LOOK))
    assert set(seen["ready"]["parts"].values()) == {"ok"}
    assert [cluster["state"] for cluster in seen["clusters"]] == ["ready"]
    assert seen["version"]["ApiVersion"]
    assert "<title>" in seen["console"]


def test_no_process_runs_as_root(compose: Compose) -> None:
    for service in ("gateway", "web", "streams", "worker", "beat"):
        assert compose("exec", "-T", service, "id", "-u").strip() == "10001"
