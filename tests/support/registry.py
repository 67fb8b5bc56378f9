"""A minimal registry on the loopback of an engine, for pulls: `demo/quick` arrives at once, `demo/slow` takes a minute.

    with registry(engine) as address:
        engine.docker("pull", f"{address}/demo/quick:1.0")

It speaks just enough of the distribution specification (OCI, pull) for a Docker engine, without TLS, which engines accept
on loopback. It runs in the network namespace of the engine, as `python -m tests.support.registry PORT`.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import io
import json
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support import programs
from tests.support.engine import Engine

QUICK, SLOW = "demo/quick", "demo/slow"
_PORT = 5000
_PIECES, _PAUSE_SECONDS = 600, 0.1
_MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


@contextlib.contextmanager
def registry(engine: Engine) -> Iterator[str]:
    """Serves until the block ends. Yields host and port as the engine writes them.

    Raises:
        Missing: no nsenter, or the engine is not one of ours.
        StartFailed: it did not come up.
    """
    nsenter = programs.find("nsenter", package="util-linux")
    if not engine.process_id:
        raise programs.Missing("a registry on the loopback of an engine that is not ours")
    inside = [nsenter, "--target", str(engine.process_id), "--net", sys.executable, "-m", __name__, str(_PORT)]
    with tempfile.TemporaryDirectory(prefix="qd-registry-") as name:
        log = Path(name) / "log"
        with programs.server(inside, log=log, ready=lambda: b"ready" in log.read_bytes(), cwd=Path(__file__).parents[2]):
            yield f"127.0.0.1:{_PORT}"


class _Image:
    """An image of one layer, as its blobs by digest."""

    def __init__(self, layer: bytes) -> None:
        compressed = gzip.compress(layer, compresslevel=0, mtime=0)
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["true"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
        self.blobs: dict[str, bytes] = {}
        content = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST_TYPE,
            "config": self._add("application/vnd.docker.container.image.v1+json", json.dumps(config).encode()),
            "layers": [self._add("application/vnd.docker.image.rootfs.diff.tar.gzip", compressed)],
        }
        self.manifest = json.dumps(content).encode()

    def _add(self, media_type: str, content: bytes) -> dict[str, Any]:
        self.blobs[_digest(content)] = content
        return {"mediaType": media_type, "size": len(content), "digest": _digest(content)}


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _layer(content: bytes) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("file")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    images: dict[str, _Image]

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def _answer(self, *, has_body: bool) -> None:
        content, content_type = self._find()
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content or b"")))
        if content is not None:
            self.send_header("Docker-Content-Digest", _digest(content))
        self.end_headers()
        if has_body and content:
            self._write(content)

    def _find(self) -> tuple[bytes | None, str]:
        if self.path == "/v2/":
            return b"{}", "application/json"
        repository, _, rest = self.path.removeprefix("/v2/").partition("/manifests/")
        if rest and repository in self.images:
            return self.images[repository].manifest, _MANIFEST_TYPE
        repository, _, digest = self.path.removeprefix("/v2/").partition("/blobs/")
        image = self.images.get(repository)
        return (image.blobs.get(digest) if image else None), "application/octet-stream"

    def _write(self, content: bytes) -> None:
        """A large blob of the slow image drips."""
        is_slow = SLOW in self.path and len(content) > 1_000_000
        size = len(content) // _PIECES + 1 if is_slow else len(content)
        with contextlib.suppress(ConnectionError):
            for start in range(0, len(content), size):
                self.wfile.write(content[start : start + size])
                time.sleep(_PAUSE_SECONDS if is_slow else 0)


def main() -> None:
    _Handler.images = {QUICK: _Image(_layer(b"quick")), SLOW: _Image(_layer(os.urandom(8_000_000)))}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Handler)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
