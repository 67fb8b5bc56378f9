from __future__ import annotations

import socket
import ssl
import subprocess
import time
import warnings

import pytest
import trustme

from apps.gateway.edge import server
from tests.gateway.edge.serving import Edge, read_all, read_until, wait_for

REQUEST = b"GET /info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_a_foreign_certificate_gets_through_the_handshake(edge: Edge) -> None:
    """So that it can be told why, instead of a handshake that fails without a word."""
    assert edge.ask(REQUEST, context=edge.tls(issuer=trustme.CA())).startswith(b"HTTP/1.1 200")


def test_our_client_authority_is_named_to_clients(edge: Edge) -> None:
    """Browsers offer a personal certificate only to whom names its issuer; openssl prints what we named."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{edge.port}", "-tls1_2"]
    printed = subprocess.run(command, input=b"", capture_output=True, timeout=10, check=False).stdout
    names = printed.partition(b"Acceptable client certificate CA names")[2]
    assert b"trustme" in names


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_carry_requests(edge: Edge, version: ssl.TLSVersion) -> None:
    context = edge.tls()
    context.minimum_version = context.maximum_version = version
    assert edge.ask(REQUEST, context=context).startswith(b"HTTP/1.1 200")


def test_older_versions_are_refused(edge: Edge) -> None:
    context = edge.tls()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        edge.connect(context)


def test_http_2_is_not_offered(edge: Edge) -> None:
    context = edge.tls()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with edge.connect(context) as client:
        assert client.selected_alpn_protocol() == "http/1.1"


def test_a_resumed_session_still_shows_the_certificate(edge: Edge) -> None:
    context = edge.tls()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with edge.connect(context) as client:
        client.sendall(REQUEST)
        read_all(client)
        session = client.session
    plain = socket.create_connection(("127.0.0.1", edge.port), timeout=5)
    with context.wrap_socket(plain, server_hostname="localhost", session=session) as client:
        assert client.session_reused
        client.sendall(REQUEST)
        assert read_all(client).startswith(b"HTTP/1.1 200")


def test_a_handshake_that_is_not_finished_is_cut(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HANDSHAKE_TIMEOUT_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", edge.port), timeout=5) as client:
        client.sendall(b"\x16\x03\x01")
        started = time.monotonic()
        assert read_all(client) == b""
        assert time.monotonic() - started < 2


def test_too_many_connections_are_turned_away(edge: Edge) -> None:
    edge.server._max_connections = 1
    with edge.connect() as client:
        client.sendall(REQUEST.replace(b"Connection: close\r\n", b""))
        read_until(client, b"ok")
        with pytest.raises(OSError):  # noqa: PT011 - reset, or an end inside the handshake
            edge.connect()
    wait_for(lambda: not edge.server._connections)
    assert edge.ask(REQUEST).startswith(b"HTTP/1.1 200")


def test_a_broken_record_ends_the_connection(edge: Edge) -> None:
    with socket.create_connection(("127.0.0.1", edge.port), timeout=5) as plain:
        plain.sendall(b"\x16\x03\x01\x00\x05hello")
        received = b""
        try:
            while piece := plain.recv(100):
                received += piece
        except ConnectionResetError:
            pass
        assert len(received) < 100
