"""Our X.509 profile (RFC 5280): P-256 keys, one CA for servers and one for clients, neither of which issues other CAs.

The two CAs are apart so that no server certificate of ours ever signs in as a client, nor the other way round; the
extended key usage of each certificate says the same again.
"""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from apps.core.errors import InvalidInput

PrivateKey = ec.EllipticCurvePrivateKey
ClientPublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

AUTHORITY_LIFETIME = datetime.timedelta(days=3652)
SERVER_LIFETIME = datetime.timedelta(days=397)  # with CLOCK_SKEW still below the 398 days that browsers accept
CLOCK_SKEW = datetime.timedelta(minutes=5)
"""Certificates are valid from this long ago, for machines whose clocks are a little behind ours."""

MAX_CSR_CHARS = 16_384
_MIN_RSA_BITS, _MAX_RSA_BITS = 2048, 8192


def new_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def make_authority(common_name: str, *, now: datetime.datetime) -> tuple[x509.Certificate, PrivateKey]:
    """A self-signed CA that may sign end-entity certificates only."""
    key = new_key()
    name = _name(common_name)
    usage = _key_usage(key_cert_sign=True, crl_sign=True)
    certificate = (
        _builder(name, name, key.public_key(), now=now, expires_at=now + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def issue_server_certificate(
    authority: x509.Certificate, authority_key: PrivateKey, names: Iterable[str], *, now: datetime.datetime
) -> tuple[x509.Certificate, PrivateKey]:
    """A certificate for host names and IP addresses, valid for SERVER_LIFETIME."""
    key = new_key()
    expires_at = min(now + SERVER_LIFETIME, authority.not_valid_after_utc)
    certificate = (
        _leaf(authority, "Quarterdeck", key.public_key(), ExtendedKeyUsageOID.SERVER_AUTH, now=now, expires_at=expires_at)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return certificate, key


def issue_client_certificate(
    authority: x509.Certificate,
    authority_key: PrivateKey,
    common_name: str,
    public_key: ClientPublicKey,
    *,
    now: datetime.datetime,
    expires_at: datetime.datetime,
) -> x509.Certificate:
    """A client's certificate. Its key is the identity; the common name is for people who look at it."""
    shown = common_name[:_COMMON_NAME_MAX_CHARS]
    builder = _leaf(authority, shown, public_key, ExtendedKeyUsageOID.CLIENT_AUTH, now=now, expires_at=expires_at)
    return builder.sign(authority_key, hashes.SHA256())


def public_key_of_request(pem: str) -> ClientPublicKey:
    """The public key of a PKCS #10 request whose sender has shown to hold the private key.

    Raises:
        InvalidInput: no PEM request, its signature does not fit its key, or the key is of a kind or size we do not take.
    """
    if len(pem) > MAX_CSR_CHARS:
        raise InvalidInput.field("csr", f"is longer than {MAX_CSR_CHARS} characters")
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        is_signed = request.is_signature_valid
        key = request.public_key()
    except (ValueError, TypeError, x509.UnsupportedGeneralNameType) as error:
        raise InvalidInput.field("csr", "is not a PKCS #10 request in PEM") from error
    except Exception as error:
        raise InvalidInput.field("csr", "uses an algorithm we do not take") from error
    if not is_signed:
        raise InvalidInput.field("csr", "is not signed by the key it is for")
    match key:
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
            return key
        case rsa.RSAPublicKey() if _MIN_RSA_BITS <= key.key_size <= _MAX_RSA_BITS:
            return key
        case ed25519.Ed25519PublicKey():
            return key
    raise InvalidInput.field("csr", "must be of a P-256, P-384, Ed25519 or RSA key (2048 to 8192 bits)")


def is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether the CA's name and signature are on the certificate. Says nothing of times."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def key_sha256(public_key: CertificatePublicKeyTypes) -> str:
    """SHA-256 of the SubjectPublicKeyInfo's DER, in hexadecimal: what a bundle is known by."""
    info = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(info).hexdigest()


def certificate_pem(certificates: Sequence[x509.Certificate]) -> str:
    return "".join(certificate.public_bytes(serialization.Encoding.PEM).decode() for certificate in certificates)


def private_key_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def load_private_key(pem: bytes) -> PrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, PrivateKey):
        raise TypeError("our own keys are elliptic curve keys")
    return key


def public_key_pem(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


_COMMON_NAME_MAX_CHARS = 64  # RFC 5280, appendix A.1: ub-common-name


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ClientPublicKey,
    *,
    now: datetime.datetime,
    expires_at: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(expires_at)
    )


def _leaf(
    authority: x509.Certificate,
    common_name: str,
    public_key: ClientPublicKey,
    purpose: x509.ObjectIdentifier,
    *,
    now: datetime.datetime,
    expires_at: datetime.datetime,
) -> x509.CertificateBuilder:
    authority_id = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _builder(_name(common_name), authority.subject, public_key, now=now, expires_at=expires_at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_id), critical=False)
    )


def _key_usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
