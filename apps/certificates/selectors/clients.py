from __future__ import annotations

from cryptography import x509

from apps.certificates.errors import EXPIRED, INACTIVE, NOT_OURS, UNKNOWN, BadCertificate
from apps.certificates.models import Bundle
from apps.certificates.rules.x509 import is_issued_by, key_sha256
from apps.certificates.selectors.authorities import client_authority_pem
from apps.certificates.types import ClientIdentity
from apps.core import clock


def client_by_key(key_sha256: str) -> ClientIdentity | None:
    """The identity registered for a public key; None where there is none. Does not look at expiry."""
    bundle = Bundle.objects.filter(key_sha256=key_sha256).first()
    return _identity(bundle) if bundle else None


def verify_client(der: bytes) -> ClientIdentity:
    """Whom a client certificate stands for.

    The certificate must be one we issued and still have: of our client CA, with a key and a serial number that are
    registered, not expired, of an active account.

    Raises:
        BadCertificate: with the reason.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = key_sha256(certificate.public_key())
    except Exception as error:
        raise BadCertificate(NOT_OURS) from error
    authorities = x509.load_pem_x509_certificates(pem) if (pem := client_authority_pem()) else []
    if not any(is_issued_by(certificate, authority) for authority in authorities):
        raise BadCertificate(NOT_OURS)
    bundle = Bundle.objects.select_related("user").filter(key_sha256=key).first()
    if bundle is None or bundle.serial_number != str(certificate.serial_number):
        raise BadCertificate(UNKNOWN)
    if min(certificate.not_valid_after_utc, bundle.expires_at) <= clock.now():
        raise BadCertificate(EXPIRED)
    if not bundle.user.is_active:
        raise BadCertificate(INACTIVE)
    return _identity(bundle)


def _identity(bundle: Bundle) -> ClientIdentity:
    return ClientIdentity(bundle.user_id, bundle.id, bundle.expires_at, bundle.certificate_pem)
