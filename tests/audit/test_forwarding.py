"""Against listeners that speak TCP and TLS as syslog receivers do."""

from __future__ import annotations

import contextlib
import itertools
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from apps.audit import services
from apps.audit.models import Entry, Forwarding
from apps.audit.services import forwarding
from apps.audit.services.forwarding import Forwarder
from apps.audit.types import SyslogReceiver
from apps.core.actor import Actor
from tests.support import programs

ACTOR = Actor.system("tests")
TRAIL_SECONDS = 0.2
MESSAGE = re.compile(r"<(\d+)>1 (\S+) (\S+) quarterdeck - (\S+) \[audit@32473 (.*?[^\\])\] \ufeff(.*)", re.DOTALL)


class Receiver:
    """Reads octet-counted messages and keeps them, as a receiver does until its disk is full."""

    def __init__(self, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.messages: list[str] = []
        self.connections = 0
        self._context = context
        self._clients: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in (self._listener, *self._clients):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def sequences(self) -> list[int]:
        return [int(re.search(r'sequence="(\d+)"', message)[1]) for message in self.messages]  # type: ignore[index]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                self._clients.append(client)
                threading.Thread(target=self._read, args=(client,), daemon=True).start()

    def _read(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            stream = self._context.wrap_socket(client, server_side=True) if self._context else client
            self._clients.append(stream)
            with stream.makefile("rb") as file:
                while length := b"".join(iter(lambda: file.read(1), b" ")):
                    self.messages.append(file.read(int(length)).decode())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.close()


@pytest.fixture
def forwarder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Forwarder]:
    monkeypatch.setattr(forwarding, "FIRST_PAUSE_SECONDS", 0.05)
    made = Forwarder("here", trail_seconds=TRAIL_SECONDS)
    yield made
    made.stop()


def record(count: int, **fields: object) -> None:
    values = {"operation": "Service Create", "target_kind": "service", "target_name": "web", **fields}
    for _ in range(count):
        services.record(actor=ACTOR, **values)  # type: ignore[arg-type]
    services.seal()


def until(condition: Callable[[], bool], forwarder: Forwarder | None = None, to: SyslogReceiver | None = None) -> None:
    give_up_at = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up_at
        if forwarder is not None:
            forwarder.step(to)
        time.sleep(0.02)


def plain(port: int) -> SyslogReceiver:
    return SyslogReceiver("127.0.0.1", port, is_tls=False)


def cursor() -> int:
    return Forwarding.objects.get().sequence


def test_what_is_sealed_arrives_in_order_as_rfc_5424(receiver: Receiver, forwarder: Forwarder) -> None:
    record(2)
    forwarder.step(plain(receiver.port))  # from here on
    record(
        1, target_name='a"b]c\\d\ne', target_id="s1", collection="/Shared", cluster="main", reason="because", detail={"a": "ü"}
    )
    until(lambda: len(receiver.messages) == 1, forwarder, plain(receiver.port))
    entry = Entry.objects.get(sequence=3)
    found = MESSAGE.fullmatch(receiver.messages[0])
    assert found is not None
    assert found[1] == str(13 * 8 + 6)
    assert (found[3], found[4]) == (socket.gethostname(), "ServiceCreate")
    assert found[5] == (
        f'id="{entry.id}" sequence="3" hash="{entry.hash}" actor="tests" actorKind="system" operation="Service Create" '
        r'targetKind="service" targetId="s1" targetName="a\"b\]c\\d e" collection="/Shared" cluster="main" '
        rf'outcome="allowed" requestId="{ACTOR.request_id}" detail="{{\"a\":\"ü\"}}"'
    )
    assert found[6] == 'allowed: tests Service Create on service a"b]c\\d e in /Shared: because'


def test_a_message_that_is_too_long_loses_its_details_and_not_itself(receiver: Receiver, forwarder: Forwarder) -> None:
    forwarder.step(plain(receiver.port))
    record(1, detail={"a": "x" * 20_000})
    record(1, reason="y" * 20_000)
    until(lambda: len(receiver.messages) == 2, forwarder, plain(receiver.port))
    assert all(len(message.encode()) <= 8192 for message in receiver.messages)
    assert receiver.sequences() == [1, 2]


def test_the_cursor_follows_what_surely_arrived(receiver: Receiver, forwarder: Forwarder) -> None:
    forwarder.step(plain(receiver.port))
    record(450)
    until(lambda: cursor() == 450, forwarder, plain(receiver.port))
    assert receiver.sequences() == list(range(1, 451))
    state = Forwarding.objects.get()
    assert (state.is_connected, state.error, state.destination) == (True, "", f"tcp://127.0.0.1:{receiver.port}")


def test_a_receiver_that_dies_and_comes_back_misses_nothing(receiver: Receiver, forwarder: Forwarder) -> None:
    to = plain(receiver.port)
    forwarder.step(to)
    record(5)
    until(lambda: cursor() == 5, forwarder, to)
    record(3)
    forwarder.step(to)
    receiver.close()
    record(2)
    until(lambda: not Forwarding.objects.get().is_connected, forwarder, to)
    until(lambda: "refused" in Forwarding.objects.get().error.lower(), forwarder, to)
    again = Receiver(port=receiver.port)
    until(lambda: cursor() == 10, forwarder, to)
    again.close()
    assert again.sequences() == [6, 7, 8, 9, 10]  # from the last that surely arrived


def test_a_process_that_was_killed_is_followed_by_one_that_sends_the_rest(receiver: Receiver, forwarder: Forwarder) -> None:
    to = plain(receiver.port)
    forwarder.step(to)
    record(4)
    until(lambda: len(receiver.messages) == 4, forwarder, to)
    successor = Forwarder("here", trail_seconds=TRAIL_SECONDS)  # and the first one never gets another step
    record(4)
    until(lambda: cursor() == 8, successor, to)
    successor.stop()
    assert set(receiver.sequences()) == set(range(1, 9))
    assert receiver.sequences()[-4:] == [5, 6, 7, 8]


def test_of_two_processes_one_forwards(receiver: Receiver, forwarder: Forwarder) -> None:
    to = plain(receiver.port)
    other = Forwarder("elsewhere", trail_seconds=TRAIL_SECONDS)
    forwarder.step(to)
    record(3)
    other.step(to)
    until(lambda: cursor() == 3, forwarder, to)
    assert receiver.connections == 1
    forwarder.stop()
    record(1)
    until(lambda: cursor() == 4, other, to)
    other.stop()
    assert receiver.sequences() == [1, 2, 3, 4]


def test_it_waits_longer_and_longer_for_a_receiver_that_is_away(forwarder: Forwarder) -> None:
    to = plain(programs.free_port())
    record(1)
    attempts: list[float] = []
    give_up_at = time.monotonic() + 2
    while time.monotonic() < give_up_at:
        before = Forwarding.objects.values_list("changed_at", flat=True).first()
        forwarder.step(to)
        if Forwarding.objects.values_list("changed_at", flat=True).first() != before:
            attempts.append(time.monotonic())
        time.sleep(0.005)
    pauses = [later - earlier for earlier, later in itertools.pairwise(attempts)]
    assert 3 <= len(attempts) <= 7
    assert pauses[-1] > 2 * pauses[0]


def test_nothing_is_sent_where_forwarding_is_off(receiver: Receiver, forwarder: Forwarder) -> None:
    forwarder.step(plain(receiver.port))
    forwarder.step(None)
    record(2)
    forwarder.step(None)
    assert receiver.messages == []
    assert Forwarding.objects.get().lease_holder == ""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextlib.contextmanager
def tls_receiver(certificate: trustme.LeafCert, clients: trustme.CA | None = None) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if clients is not None:
        clients.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    listening = Receiver(context)
    try:
        yield listening
    finally:
        listening.close()


def pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


def test_over_tls_to_a_receiver_of_a_trusted_authority(forwarder: Forwarder, authority: trustme.CA) -> None:
    with tls_receiver(authority.issue_cert("localhost")) as receiver:
        to = SyslogReceiver("localhost", receiver.port, ca_pem=pem(authority))
        forwarder.step(to)
        record(3)
        until(lambda: cursor() == 3, forwarder, to)
        assert receiver.sequences() == [1, 2, 3]


@pytest.mark.parametrize(
    ("host", "own_authority", "error"),
    [
        ("other.example", True, "Hostname mismatch"),
        ("localhost", False, "CERTIFICATE_VERIFY_FAILED"),
    ],
)
def test_nothing_is_sent_to_a_receiver_that_cannot_prove_who_it_is(
    forwarder: Forwarder, authority: trustme.CA, host: str, own_authority: bool, error: str
) -> None:
    with tls_receiver(authority.issue_cert(host)) as receiver:
        trusted = authority if own_authority else trustme.CA()
        forwarder.step(SyslogReceiver("localhost", receiver.port, ca_pem=pem(trusted)))
        record(1)
        time.sleep(0.1)
        forwarder.step(SyslogReceiver("localhost", receiver.port, ca_pem=pem(trusted)))
        assert receiver.messages == []
        assert error in Forwarding.objects.get().error
        assert cursor() == 0


def test_a_receiver_that_asks_for_a_certificate_gets_ours(forwarder: Forwarder, authority: trustme.CA, tmp_path: Path) -> None:
    ours = authority.issue_cert("quarterdeck.example")
    with tls_receiver(authority.issue_cert("localhost"), clients=authority) as receiver:
        to = SyslogReceiver(
            "localhost",
            receiver.port,
            ca_pem=pem(authority),
            client_pem="".join(each.bytes().decode() for each in ours.cert_chain_pems),
            client_key_pem=ours.private_key_pem.bytes().decode(),
        )
        forwarder.step(to)
        record(2)
        until(lambda: cursor() == 2, forwarder, to)
        assert receiver.sequences() == [1, 2]
