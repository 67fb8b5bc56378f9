"""The whole product, started as `manage.py serve` starts it, with clients as its users have them.

`product()` gives it a data directory and a port of its own; `Rest` speaks REST with nothing but the standard library;
`Bundle` runs the stock docker CLI with an unpacked client bundle.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support import programs
from tests.support.engine import docker_cli, plain_environment

SOURCE_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body; None where there is none."""
        return json.loads(self.body) if self.body else None


@dataclass
class Rest:
    """A REST client that trusts the product's own CA and carries one session token, or none.

    Paths are below /api/v1: `rest.get("/users/", search="bob")`.
    """

    port: int
    tls: ssl.SSLContext
    token: str = ""

    def request(self, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """One request to any path of the port. `body` is sent as JSON, bytes as they are."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.tls, timeout=30)
        try:
            connection.request(method, target, content, {**sent, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str, *, status: int | None = None, **query: str) -> Any:
        """The decoded answer. Raises AssertionError unless it has this status; None means any success."""
        return self._expect("GET", path + ("?" + urlencode(query) if query else ""), None, status)

    def post(self, path: str, body: Any = None, *, status: int | None = None) -> Any:
        return self._expect("POST", path, {} if body is None else body, status)

    def put(self, path: str, body: Any, *, status: int | None = None) -> Any:
        return self._expect("PUT", path, body, status)

    def patch(self, path: str, body: Any, *, status: int | None = None) -> Any:
        return self._expect("PATCH", path, body, status)

    def delete(self, path: str, *, status: int | None = None) -> Any:
        return self._expect("DELETE", path, None, status)

    def _expect(self, method: str, path: str, body: Any, status: int | None) -> Any:
        answer = self.request(method, "/api/v1" + path, body)
        is_expected = answer.status == status if status else 200 <= answer.status < 300
        assert is_expected, f"{method} {path}: {answer.status} {answer.body[:2000].decode(errors='replace')}"
        return answer.json()


@dataclass(frozen=True)
class Bundle:
    """An unpacked client bundle, and the environment of a shell after `eval "$(cat env.sh)"` in its directory."""

    id: str
    directory: Path
    environment: dict[str, str]

    @classmethod
    def unpack(cls, bundle_id: str, content: bytes, directory: Path) -> Bundle:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(directory)
        shell = ["bash", "-c", 'eval "$(cat env.sh)" && env -0']
        printed = subprocess.run(
            shell, cwd=directory, env=plain_environment(), check=True, capture_output=True, text=True
        ).stdout
        variables = (line.split("=", 1) for line in printed.split("\0") if line)
        return cls(bundle_id, directory, {"DOCKER_CONFIG": str(directory / "config"), **dict(variables)})

    def docker(
        self, *arguments: str, stdin: bytes | None = None, timeout_seconds: float = 90, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Runs the stock docker CLI to its end; the output is text. Raises AssertionError where it fails and `check`."""
        return docker_cli(list(arguments), env=self.environment, stdin=stdin, timeout_seconds=timeout_seconds, check=check)

    @contextlib.contextmanager
    def popen(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """The stock docker CLI with pipes, in text; it ends with the block."""
        command = [programs.find("docker", package="docker.io"), *arguments]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=self.environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                yield process
            finally:
                process.kill()


@dataclass(frozen=True)
class Process:
    """One process of the product; `pid` 0 where it is not there."""

    pid: int

    def kill(self) -> None:
        """SIGKILL. Raises AssertionError where it is not there."""
        assert self.pid, "no such process"
        os.kill(self.pid, signal.SIGKILL)


@dataclass
class Product:
    """An installation that `start` starts and `stop` stops, again and again on the same data."""

    data_dir: Path
    port: int
    engine_url: str
    environment: dict[str, str] = field(default_factory=dict)
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _supervisor: int = 0

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def log(self) -> Path:
        """What the person at the terminal saw."""
        return self.data_dir.parent / "serve.log"

    @property
    def admin_password(self) -> str:
        return (self.data_dir / "initial-admin-password").read_text().strip()

    @property
    def supervisor(self) -> Process:
        return Process(self._supervisor)

    def start(self) -> None:
        """Returns when it is ready. Raises StartFailed."""
        options = ["--data-dir", str(self.data_dir), "--port", str(self.port)]
        if self.engine_url:
            options += ["--engine", self.engine_url]
        started = self._running.enter_context(
            programs.server(
                [sys.executable, str(SOURCE_DIR / "manage.py"), "serve", *options],
                log=self.log,
                ready=self.is_ready,
                timeout_seconds=60,
                stop_seconds=20,
                env={**_environment_of_a_user(), **self.environment},
                cwd=SOURCE_DIR,
            )
        )
        self._supervisor = started.pid

    def stop(self) -> None:
        self._running.close()

    def restart(self) -> None:
        self.stop()
        self.start()

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return Rest(self.port, _blind()).request("GET", "/readyz").status == 200
        return False

    def process_of(self, name: str) -> Process:
        """The process the supervisor runs under this name: web, streams, gateway, worker, beat, redis, engine."""
        wanted = f"QUARTERDECK_PROCESS={name}".encode()
        for child in children_of(self._supervisor):
            with contextlib.suppress(OSError):
                if wanted in Path(f"/proc/{child}/environ").read_bytes().split(b"\0"):
                    return Process(child)
        return Process(0)

    def tls(self) -> ssl.SSLContext:
        """Trusts what /ca hands out, fetched without trust once, as a new user does."""
        authorities = Rest(self.port, _blind()).request("GET", "/ca")
        return ssl.create_default_context(cadata=authorities.body.decode())

    def rest(self, username: str = "", password: str = "") -> Rest:
        """A client, signed in where a name is given."""
        client = Rest(self.port, self.tls())
        if username:
            client.token = client.post("/auth/login", {"username": username, "password": password})["token"]
        return client

    def bundle(self, rest: Rest, name: str, directory: Path) -> Bundle:
        """A new client bundle of whoever `rest` is signed in as, unpacked in `directory`."""
        answer = rest.request("POST", "/api/v1/bundles/", {"name": name})
        assert answer.status in (200, 201), answer.body[:2000].decode(errors="replace")
        return Bundle.unpack(answer.headers["quarterdeck-bundle-id"], answer.body, directory)


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
        try:
            made.start()
            yield made
        finally:
            made.stop()


def children_of(process_id: int) -> list[int]:
    """Its children now; none where it is gone."""
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]
    return []


def _blind() -> ssl.SSLContext:
    """Trusts anybody: for what a client asks before it knows the product's CA."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _environment_of_a_user() -> dict[str, str]:
    """Our environment without what the suite's own settings put there."""
    ours = ("QUARTERDECK_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_", "DOCKER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
