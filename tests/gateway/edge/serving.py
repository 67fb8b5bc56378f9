"""The edge on a real port for tests: own thread, uvloop, real TLS; and an upstream that records what reaches it.

    with serving(tmp_path) as edge:
        edge.upstream.answer = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi"
        with edge.connect() as client:
            client.sendall(b"GET /version HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")

`PassOn` is the Docker handler here: it forwards every request as it was understood, without rights.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
import uvloop

from apps.core.actor import Actor, ActorKind
from apps.core.decision import Decision
from apps.core.errors import NotSignedIn
from apps.gateway.edge.exchange import STREAM, Exchange, Peer, Request, UpstreamHead
from apps.gateway.edge.http1 import target
from apps.gateway.edge.live import LiveExchanges
from apps.gateway.edge.proxy import ProcessProxy
from apps.gateway.edge.router import Router
from apps.gateway.edge.server import Server
from apps.gateway.edge.tls import create_context
from apps.gateway.edge.upstream import Upstream
from apps.gateway.pages import Pages

BOB = Actor(ActorKind.USER, None, "bob")


Behave = Callable[[socket.socket, "RecordingUpstream", int], None]


class RecordingUpstream:
    """Accepts on a Unix socket; every connection runs `behave`, by default: record all, send `answer` at the first head.

    Attributes:
        received: one bytearray a connection.
        ended: for each connection "open", "eof" or "reset".
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        self.behave: Behave | None = None
        self.received: list[bytearray] = []
        self.ended: list[str] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def record(self) -> bytes:
        """Everything that reached the upstream."""
        return b"".join(bytes(part) for part in self.received)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def read(self, connection: socket.socket, number: int) -> bytes:
        """One read, recorded."""
        try:
            data = connection.recv(65536)
        except ConnectionError:
            self.ended[number] = "reset"
            return b""
        if data:
            self.received[number] += data
        else:
            self.ended[number] = "eof"
        return data

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.received.append(bytearray())
            self.ended.append("open")
            threading.Thread(target=self._serve, args=(connection, len(self.received) - 1), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            if self.behave is not None:
                self.behave(connection, self, number)
                return
            pending = b""
            while data := self.read(connection, number):
                pending += data
                while b"\r\n\r\n" in pending:
                    _, _, pending = pending.partition(b"\r\n\r\n")
                    connection.sendall(self.answer)


class PassOn:
    """A Docker handler without rights: what was understood is sent on.

    Attributes:
        allowed_now: what streams are answered when they ask again; a test may swap it.
        options: of `forward`, by path.
    """

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.allowed_now = Decision(True, "", "/")
        self.options: dict[str, dict[str, Any]] = {}
        self.errors: list[BaseException] = []
        self.seen: list[Request] = []

    async def handle(self, exchange: Exchange) -> None:
        request = exchange.request
        self.seen.append(request)
        options = self.options.get(request.path, {})
        if "read_body" in options:
            body = await exchange.read_body(options["read_body"])
            exchange.reply(200, str(len(body)).encode())
            return
        if "reply" in options:
            exchange.reply(200, options["reply"])
            return
        headers = [(name, value) for name, value in request.headers.items() if name == "content-type"]
        if "pieces" in options:
            await self._record_error(exchange.stream(headers=[], allowed=lambda: self.allowed_now, **options))
            return
        hijacks = request.path.endswith(("/attach", "/start", "/grpc", "/session"))
        forwarding = exchange.forward(
            self.upstream,
            head=UpstreamHead(request.method, target.serialise(request.path, request.query), headers),
            body=STREAM if request.has_body else None,
            may_hijack=hijacks,
            allowed=lambda: self.allowed_now,
            **{"timeout_seconds": None, **options},
        )
        await self._record_error(forwarding)

    async def _record_error(self, answering: Coroutine[Any, Any, object]) -> None:
        try:
            await answering
        except BaseException as error:
            self.errors.append(error)
            raise


class Probe:
    """Stands where engines are tried; says who asked."""

    async def handle(self, exchange: Exchange) -> None:
        exchange.reply(200, exchange.actor.name.encode())


@dataclass
class Edge:
    """A served edge."""

    port: int
    internal: Path
    upstream: RecordingUpstream
    handler: PassOn
    server: Server
    live: LiveExchanges
    loop: asyncio.AbstractEventLoop
    ca: trustme.CA
    client_ca: trustme.CA
    directory: Path
    valid: set[str] = field(default_factory=lambda: {"bob"})

    def tls(self, *, with_certificate: bool = True, issuer: trustme.CA | None = None) -> ssl.SSLContext:
        """What a client trusts and shows."""
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        if with_certificate:
            (issuer or self.client_ca).issue_cert("bob@example.org", common_name="bob").configure_cert(context)
        return context

    def connect(self, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return (context or self.tls()).wrap_socket(plain, server_hostname="localhost")

    def half_closing(self, context: ssl.SSLContext | None = None) -> HalfClosingClient:
        return HalfClosingClient(self.port, context or self.tls())

    def ask(self, data: bytes, *, context: ssl.SSLContext | None = None) -> bytes:
        """Sends bytes on a connection of their own; everything that comes back until the server closes."""
        with self.connect(context) as client:
            client.sendall(data)
            return read_all(client)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)


class HalfClosingClient:
    """A TLS client that can send `close_notify` and read on, as Go's does and Python's sockets cannot."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        self.saw_close_notify = False
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._incoming.write(self.socket.recv(65536))
            else:
                break
        self._flush()

    def send(self, data: bytes) -> int:
        self._tls.write(data)
        self._flush()
        return len(data)

    def close_notify(self) -> None:
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLSyscallError):
            self._tls.unwrap()
        self._flush()

    def recv(self) -> bytes:
        """The next piece, b"" at the server's close_notify or end."""
        while True:
            try:
                data = self._tls.read(65536)
            except ssl.SSLWantReadError:
                packet = self.socket.recv(65536)
                if not packet:
                    return b""
                self._incoming.write(packet)
            except ssl.SSLZeroReturnError:
                self.saw_close_notify = True
                return b""
            else:
                if not data:
                    self.saw_close_notify = True
                return data

    def send_while_reading(self, data: bytes) -> bytes:
        """Sends as much as the server takes and reads at the same time, until the server ends; what came back."""
        self._tls.write(data)
        outgoing = memoryview(self._outgoing.read())
        received = b""
        while True:
            readable, writable, _ = select.select([self.socket], [self.socket] if outgoing else [], [], 10)
            assert readable or writable, "neither side moves"
            with contextlib.suppress(ConnectionError):
                if writable:
                    outgoing = outgoing[self.socket.send(outgoing[:65536]) :]
            while readable or self._incoming.pending:
                readable = []
                piece = self.recv()
                if not piece:
                    return received
                received += piece

    def recv_until(self, mark: bytes) -> bytes:
        data = b""
        while mark not in data:
            piece = self.recv()
            if not piece:
                break
            data += piece
        return data

    def _flush(self) -> None:
        if data := self._outgoing.read():
            self.socket.sendall(data)

    def settimeout(self, seconds: float) -> None:
        self.socket.settimeout(seconds)

    def close(self) -> None:
        self.socket.close()


def sent_until_blocked(client: ssl.SSLSocket | HalfClosingClient, data: bytes) -> int:
    """Sends `data` again and again until the server takes no more for a second; how many bytes it took."""
    client.settimeout(1)
    sent = 0
    try:
        while sent < 200_000_000:
            sent += client.send(data)
    except TimeoutError:
        return sent
    return sent


def read_all(client: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while piece := client.recv(65536):
            data += piece
    return data


def read_until(client: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        piece = client.recv(65536)
        if not piece:
            break
        data += piece
    return data


def wait_for(condition: Callable[[], object], seconds: float = 5) -> None:
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.01)


@contextlib.contextmanager
def serving(engine_url: str | None = None) -> Iterator[Edge]:
    """An edge on a free port. Without `engine_url` its upstream is a `RecordingUpstream`."""
    with tempfile.TemporaryDirectory(prefix="edge-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        recording = RecordingUpstream(directory / "engine.sock")
        stack.callback(recording.close)
        ready: list[Edge] = []
        failure: list[BaseException] = []
        is_over = threading.Event()
        arguments = (directory, recording, engine_url or f"unix://{recording.path}", ready, is_over)
        thread = threading.Thread(target=_run_edge, args=(*arguments, failure), daemon=True)
        thread.start()
        wait_for(lambda: ready or failure, 20)
        if failure:
            raise failure[0]
        try:
            yield ready[0]
        finally:
            is_over.set()
            thread.join(10)


def _run_edge(
    directory: Path,
    recording: RecordingUpstream,
    engine_url: str,
    ready: list[Edge],
    is_over: threading.Event,
    failure: list[BaseException],
) -> None:
    try:
        uvloop.run(_serve_edge(directory, recording, engine_url, ready, is_over))
    except Exception as error:  # noqa: BLE001 - raised again in the test's thread
        failure.append(error)


async def _serve_edge(
    directory: Path, recording: RecordingUpstream, engine_url: str, ready: list[Edge], is_over: threading.Event
) -> None:
    ca, client_ca = trustme.CA(), trustme.CA()
    certificate = ca.issue_cert("localhost", "127.0.0.1")
    context = create_context(
        b"".join(pem.bytes() for pem in certificate.cert_chain_pems),
        certificate.private_key_pem.bytes(),
        client_ca.cert_pem.bytes(),
    )
    valid = {"bob"}
    handler = PassOn(Upstream(engine_url, name="cluster test"))
    live = LiveExchanges(lambda actor: actor.name in valid or not actor.is_signed_in)

    async def identify(peer: Peer, request: Request, request_id: str) -> Actor:
        if peer.certificate is None and not peer.is_internal and "authorization" not in request.headers:
            raise NotSignedIn("sign in first")
        return BOB

    async def from_certificate(peer: Peer, request_id: str) -> Actor | None:
        return BOB if peer.certificate is not None else None

    router = Router(
        identify=identify,
        docker=handler,
        web=ProcessProxy(directory / "web.sock", "web", from_certificate),
        streams=ProcessProxy(directory / "streams.sock", "streams", from_certificate, may_upgrade=True),
        pages=Pages(b"-----BEGIN CERTIFICATE-----\n"),
        internal=Probe(),
    )
    server = Server(router, live)
    public = socket.create_server(("127.0.0.1", 0))
    internal = socket.socket(socket.AF_UNIX)
    internal.bind(str(directory / "gateway.sock"))
    port = public.getsockname()[1]
    await server.listen_tls(public, context)
    await server.listen_internal(internal)
    ticking = asyncio.create_task(server.run())
    loop = asyncio.get_running_loop()
    ready.append(
        Edge(port, directory / "gateway.sock", recording, handler, server, live, loop, ca, client_ca, directory, valid)
    )
    await asyncio.to_thread(is_over.wait)
    ticking.cancel()
    await server.stop(0.2)
