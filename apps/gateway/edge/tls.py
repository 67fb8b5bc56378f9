"""TLS on memory BIOs over a plain transport (ADR 0004).

The event loops' own TLS closes a connection when the peer sends `close_notify`; the docker CLI sends it to end stdin and
then reads on. Here both directions end on their own:

    HANDSHAKE ──▶ OPEN ──peer's close_notify──▶ read side ended: protocol.eof_received()
                   ├──── write_eof(): our close_notify ──▶ write side ended, reading goes on
                   ├──── FIN without close_notify, bad record ──▶ aborted: what arrived may have been cut off
                   └──── close(): close_notify, everything written is flushed, then the connection is closed

`TLSProtocol` is the protocol of the plain transport and the transport of the protocol above, which sees no difference to
a plain connection. Client certificates are asked for, our client CA is named, and every certificate is let through: who
it belongs to, if to anybody, is judged for each request by `gateway.identity`.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL, crypto

WRITE_HIGH_WATER_BYTES = 256 * 1024
_RECORD_BYTES = 16 * 1024
_PIECE_BYTES = 128 * 1024
_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"
_PLAIN_HTTP = (b"GET ", b"HEAD", b"POST", b"PUT ", b"DELE", b"OPTI", b"PATC")
_PLAIN_SENTENCE = b"This port speaks HTTPS only.\n"
_PLAIN_ANSWER = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_PLAIN_SENTENCE),
    _PLAIN_SENTENCE,
)


def create_context(chain_pem: bytes, key_pem: bytes, client_authority_pem: bytes) -> SSL.Context:
    """The server's side of TLS 1.2 and 1.3.

    Args:
        chain_pem: the server certificate, then its issuers.
        key_pem: its private key.
        client_authority_pem: the CA named to clients, so that browsers do not offer unrelated personal certificates.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(
        SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION | SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_SINGLE_ECDH_USE
    )
    context.set_cipher_list(_CIPHERS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_session_id(b"quarterdeck")
    certificate, *issuers = x509.load_pem_x509_certificates(chain_pem)
    context.use_certificate(certificate)
    for issuer in issuers:
        context.add_extra_chain_cert(issuer)
    key = load_pem_private_key(key_pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TypeError("the server key must be EC or RSA")
    context.use_privatekey(key)
    context.check_privatekey()
    for authority in x509.load_pem_x509_certificates(client_authority_pem):
        context.add_client_ca(authority)
    context.set_verify(SSL.VERIFY_PEER, _let_every_certificate_through)
    context.set_alpn_select_callback(_select_http_11)
    return context


def _let_every_certificate_through(*_: Any) -> bool:
    return True


def _select_http_11(_: SSL.Connection, offered: list[bytes]) -> Any:
    return b"http/1.1" if b"http/1.1" in offered else SSL.NO_OVERLAPPING_PROTOCOLS


class _State(enum.Enum):
    HANDSHAKE = 1
    OPEN = 2
    CLOSED = 3


class TLSProtocol(asyncio.Protocol, asyncio.Transport):
    """See the module. One per accepted connection.

    Args:
        context: from `create_context`.
        protocol_factory: makes the protocol above once the handshake is done; it is given the client certificate's DER.
        on_handshake_end: called when the handshake succeeded or the connection is gone, once.
    """

    def __init__(
        self,
        context: SSL.Context,
        protocol_factory: Callable[[bytes | None], asyncio.Protocol],
        on_handshake_end: Callable[[TLSProtocol], None],
    ) -> None:
        super().__init__()
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()
        self._factory = protocol_factory
        self._on_handshake_end: Callable[[TLSProtocol], None] | None = on_handshake_end
        self._raw: asyncio.Transport | None = None
        self._protocol: asyncio.Protocol | None = None
        self._state = _State.HANDSHAKE
        self._is_read_ended = False
        self._is_write_ended = False
        self._is_first_packet = True

    # The protocol of the plain transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._raw = cast("asyncio.Transport", transport)
        self._raw.set_write_buffer_limits(high=WRITE_HIGH_WATER_BYTES)

    def data_received(self, data: bytes) -> None:
        if self._state is _State.CLOSED or self._is_read_ended:
            return
        if self._is_first_packet:
            self._is_first_packet = False
            if data.startswith(_PLAIN_HTTP):
                self._answer_in_plain()
                return
        try:
            self._tls.bio_write(data)
            if self._state is _State.HANDSHAKE and not self._shake_hands():
                return
            self._read()
        except SSL.Error as error:
            self._flush()  # the alert
            self._abort_because(ConnectionAbortedError(f"TLS: {error}"))

    def eof_received(self) -> bool:
        if self._is_read_ended:
            return True  # close_notify came before: the other direction lives on
        self._abort_because(ConnectionAbortedError("the connection ended without close_notify"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._state = _State.CLOSED
        self._handshake_ended()
        if self._protocol is not None:
            protocol, self._protocol = self._protocol, None
            protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.resume_writing()

    # The transport of the protocol above.

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        if self._state is not _State.OPEN or self._is_write_ended or not data:
            return
        try:
            if len(data) <= _PIECE_BYTES:
                self._tls.sendall(data)
                self._flush(len(data))
                return
            view = memoryview(data)
            for start in range(0, len(view), _PIECE_BYTES):
                self._tls.sendall(view[start : start + _PIECE_BYTES])
                self._flush(_PIECE_BYTES)
        except SSL.Error as error:
            self._abort_because(ConnectionAbortedError(f"TLS: {error}"))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Sends `close_notify`; reading goes on."""
        if self._state is not _State.OPEN or self._is_write_ended:
            return
        self._is_write_ended = True
        try:
            self._tls.shutdown()
        except SSL.Error:
            self.abort()
            return
        self._flush()

    def close(self) -> None:
        if self._state is _State.OPEN:
            self.write_eof()
        if self._state is not _State.CLOSED and self._raw is not None:
            self._state = _State.CLOSED
            self._raw.close()

    def abort(self) -> None:
        self._state = _State.CLOSED
        if self._raw is not None:
            self._raw.abort()

    def is_closing(self) -> bool:
        return self._state is _State.CLOSED or self._raw is None or self._raw.is_closing()

    def is_reading(self) -> bool:
        return self._raw is not None and self._raw.is_reading()

    def pause_reading(self) -> None:
        if not self.is_closing() and self._raw is not None and self._raw.is_reading():
            self._raw.pause_reading()

    def resume_reading(self) -> None:
        if not self.is_closing() and self._raw is not None and not self._raw.is_reading():
            self._raw.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self._raw.get_write_buffer_size() if self._raw is not None else 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._raw.get_extra_info(name, default) if self._raw is not None else default

    # Inside.

    def _shake_hands(self) -> bool:
        """True when the handshake is done and the protocol above is connected."""
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            self._flush()
            return False
        self._flush()
        self._state = _State.OPEN
        self._handshake_ended()
        certificate = self._tls.get_peer_certificate()
        der = crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate) if certificate is not None else None
        self._protocol = self._factory(der)
        self._protocol.connection_made(self)
        return True

    def _read(self) -> None:
        """Gives all that one packet held to the protocol above, in one piece; so pausing needs no buffer here."""
        pieces: list[bytes] = []
        is_ended = False
        try:
            while True:
                pieces.append(self._tls.recv(_RECORD_BYTES))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            is_ended = True
        if pieces and self._protocol is not None:
            self._protocol.data_received(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if is_ended:
            self._is_read_ended = True
            if self._protocol is not None and not self._protocol.eof_received():
                self.close()

    def _flush(self, size_bytes: int = 0) -> None:
        """Moves what OpenSSL wrote to the plain transport. `size_bytes`: of the payload, to read it in one go."""
        room = size_bytes + 64 * (size_bytes // _RECORD_BYTES) + 4096
        try:
            while self._raw is not None:
                data = self._tls.bio_read(room)
                self._raw.write(data)
                if len(data) < room:
                    return
        except SSL.WantReadError:
            return

    def _answer_in_plain(self) -> None:
        self._handshake_ended()
        self._state = _State.CLOSED
        if self._raw is not None:
            self._raw.write(_PLAIN_ANSWER)
            self._raw.close()

    def _handshake_ended(self) -> None:
        if self._on_handshake_end is not None:
            callback, self._on_handshake_end = self._on_handshake_end, None
            callback(self)

    def _abort_because(self, error: ConnectionAbortedError) -> None:
        """Tells the protocol above why before the transport can only say that it is gone."""
        protocol, self._protocol = self._protocol, None
        self.abort()
        if protocol is not None:
            protocol.connection_lost(error)
