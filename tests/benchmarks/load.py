"""A load generator that is not the bottleneck: one process, non-blocking sockets under epoll, request bytes made before.

`python -m tests.benchmarks.load` prints requests per second and the latencies as JSON. It speaks TLS with a client
certificate, which wrk does not, and plain HTTP to a Unix socket for the reference.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """What is asked.

    Args:
        url: "unix:///path" or "https://localhost:8443".
        path: of the request.
        bundle: a directory with ca.pem, cert.pem and key.pem, for https.
        end: the last bytes of every answer.
    """

    url: str
    path: str
    bundle: Path | None = None
    end: bytes = b"OK"


@dataclass(frozen=True)
class Load:
    requests_per_second: float
    p50_milliseconds: float
    p99_milliseconds: float


def measure(target: Target, *, connections: int, seconds: float) -> Load:
    """Runs the generator in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.load", target.url, target.path, "--end", target.end.decode()]
    command += ["--connections", str(connections), "--seconds", str(seconds)]
    if target.bundle is not None:
        command += ["--bundle", str(target.bundle)]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=seconds + 60).stdout
    return Load(**json.loads(printed))


def _connect(target: Target, context: ssl.SSLContext | None) -> socket.socket:
    scheme, _, rest = target.url.partition("://")
    if scheme == "unix":
        plain = socket.socket(socket.AF_UNIX)
        plain.connect(rest)
        return plain
    host, _, port = rest.partition(":")
    plain = socket.create_connection((host, int(port)))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if context is None:
        return plain
    return context.wrap_socket(plain, server_hostname=host)


def _context(bundle: Path | None) -> ssl.SSLContext | None:
    if bundle is None:
        return None
    context = ssl.create_default_context(cafile=str(bundle / "ca.pem"))
    context.load_cert_chain(bundle / "cert.pem", bundle / "key.pem")
    return context


def _generate(target: Target, connections: int, seconds: float) -> Load:
    """Every connection sends its next request when the last was answered."""
    context = _context(target.bundle)
    request = f"GET {target.path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: load\r\n\r\n".encode()
    poller = select.epoll()
    clients = {}
    for _ in range(connections):
        client = _connect(target, context)
        client.setblocking(False)
        clients[client.fileno()] = client
        poller.register(client, select.EPOLLIN)
    started = dict.fromkeys(clients, time.perf_counter())
    for client in clients.values():
        client.send(request)
    took: list[float] = []
    end, begin = target.end, time.perf_counter()
    now = begin
    while now - begin < seconds:
        for descriptor, _ in poller.poll(1):
            client = clients[descriptor]
            try:
                data = client.recv(65536)
            except (ssl.SSLWantReadError, BlockingIOError):
                continue
            if not data:
                raise ConnectionError("the server closed a connection")
            if data.endswith(end):
                now = time.perf_counter()
                took.append(now - started[descriptor])
                started[descriptor] = now
                client.send(request)
    took.sort()
    return Load(len(took) / (now - begin), 1000 * took[len(took) // 2], 1000 * took[len(took) * 99 // 100])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("path")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--end", default="OK")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    target = Target(options.url, options.path, options.bundle, options.end.encode())
    load = _generate(target, options.connections, options.seconds)
    print(json.dumps(load.__dict__))


if __name__ == "__main__":
    main()
