"""The whole product, started as `manage.py serve` starts it, with clients as its users have them.

`product()` gives it a data directory and a port of its own; `Client` speaks REST with nothing but the standard library;
`Bundle` runs the stock docker CLI with an unpacked client bundle.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import ssl
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import programs
from tests.support.engine import plain_environment

SOURCE_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def expect(self, *statuses: int) -> Any:
        """The JSON of an answer with one of these statuses (None without a body). Raises AssertionError otherwise."""
        assert self.status in statuses, f"{self.status}: {self.body[:2000].decode(errors='replace')}"
        return self.json() if self.body[:1] in (b"{", b"[") else None


@dataclass
class Client:
    """A REST client that trusts the product's own CA and carries one session token, or none."""

    port: int
    tls: ssl.SSLContext
    token: str = ""

    def request(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """One request. `body` is sent as JSON, bytes as they are. `path` below /api/v1 unless it starts with a slash."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.tls, timeout=30)
        try:
            target = path if path.startswith("/") else f"/api/v1/{path}"
            connection.request(method, target, content, {**sent, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def post(self, path: str, body: Any = None) -> Answer:
        return self.request("POST", path, {} if body is None else body)

    def put(self, path: str, body: Any) -> Answer:
        return self.request("PUT", path, body)

    def delete(self, path: str) -> Answer:
        return self.request("DELETE", path)


@dataclass(frozen=True)
class Bundle:
    """An unpacked client bundle."""

    directory: Path

    @classmethod
    def unpack(cls, content: bytes, directory: Path) -> Bundle:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(directory)
        return cls(directory)

    def command(self, *arguments: str) -> list[str]:
        """The stock docker CLI as the manual says: `eval "$(cat env.sh)"` in the bundle's directory, then docker."""
        docker = programs.find("docker", package="docker.io")
        return ["bash", "-c", 'eval "$(cat env.sh)" && exec "$0" "$@"', docker, *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts the docker CLI with pipes; the caller ends it."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command(*arguments), cwd=self.directory, env=plain_environment(), stdin=pipe, stdout=pipe, stderr=pipe
        )

    def docker(self, *arguments: str, stdin: bytes = b"", timeout_seconds: float = 90) -> subprocess.CompletedProcess[str]:
        """Runs the docker CLI to its end; the output is text."""
        with self.start(*arguments) as process:
            try:
                output, errors = process.communicate(stdin, timeout=timeout_seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(arguments, process.returncode, output.decode(), errors.decode(errors="replace"))


@dataclass
class Product:
    """A running product."""

    data_dir: Path
    port: int
    engine_url: str
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir.parent / "serve.log"

    @property
    def admin_password(self) -> str:
        return (self.data_dir / "initial-admin-password").read_text().strip()

    def tls(self) -> ssl.SSLContext:
        """Trusts what /ca hands out, fetched without trust once, as a new user does."""
        blind = ssl.create_default_context()
        blind.check_hostname = False
        blind.verify_mode = ssl.CERT_NONE
        authorities = Client(self.port, blind).request("GET", "/ca")
        return ssl.create_default_context(cadata=authorities.body.decode())

    def client(self, username: str = "", password: str = "") -> Client:
        """A client, signed in where a name is given."""
        client = Client(self.port, self.tls())
        if username:
            answer = client.post("auth/login", {"username": username, "password": password})
            client.token = answer.expect(200)["token"]
        return client

    def admin(self) -> Client:
        """A client signed in as the first administrator."""
        return self.client("admin", self.admin_password)

    def is_ready(self) -> bool:
        blind = ssl.create_default_context()
        blind.check_hostname = False
        blind.verify_mode = ssl.CERT_NONE
        return Client(self.port, blind).get("/readyz").status == 200

    @contextlib.contextmanager
    def running(self) -> Iterator[Product]:
        """Starts it and stops it; may be entered again, on the same data. Raises StartFailed."""
        options = ["--data-dir", str(self.data_dir), "--port", str(self.port)]
        if self.engine_url:
            options += ["--engine", self.engine_url]
        command = [sys.executable, str(SOURCE_DIR / "manage.py"), "serve", *options]
        env = {**_environment_of_a_user(), **self.environment}
        with programs.server(
            command, log=self.log, ready=self.is_ready, timeout_seconds=60, stop_seconds=20, env=env, cwd=SOURCE_DIR
        ) as self.process:
            yield self


@contextlib.contextmanager
def product(engine_url: str = "unix:///nonexistent/docker.sock", **environment: str) -> Iterator[Product]:
    """A new installation, running, on `engine_url`.

    Args:
        environment: more variables, QUARTERDECK_… or DATABASE_URL.

    Raises:
        Missing: no redis-server.
        StartFailed: it did not become ready; the message ends with its last lines.
    """
    programs.find("redis-server", package="redis-server")
    with tempfile.TemporaryDirectory(prefix="qd-product-", dir="/tmp", ignore_cleanup_errors=True) as name:
        made = Product(Path(name) / "var", programs.free_port(), engine_url, environment)
        with made.running():
            yield made


def _environment_of_a_user() -> dict[str, str]:
    """Our environment without what the suite's own settings put there."""
    ours = ("QUARTERDECK_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_", "DOCKER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
