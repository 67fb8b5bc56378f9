"""The typed shape of each section of the settings, and what makes a value one that can be used."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

AUDIT = "audit"
PROTOCOLS = ("tls", "tcp")
MAX_RETENTION_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class SyslogSettings:
    """Where the audit log is forwarded to.

    Args:
        ca: PEM of what signed the receiver's certificate; "" means the machine's own authorities.
        client_certificate, client_key: PEM, where the receiver asks for one.
    """

    is_enabled: bool = False
    host: str = ""
    port: int = 6514
    protocol: str = "tls"
    ca: str = ""
    client_certificate: str = ""
    client_key: str = ""


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Args: retention_days: how old entries may become; 0 keeps all."""

    retention_days: int = 0
    syslog: SyslogSettings = SyslogSettings()

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> AuditSettings:
        """What is absent has its default; what an older version knew is passed over."""
        known = {field.name for field in dataclasses.fields(SyslogSettings)}
        syslog = {name: value for name, value in document.get("syslog", {}).items() if name in known}
        return cls(document.get("retention_days", 0), SyslogSettings(**syslog))

    def to_document(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def problems(settings: AuditSettings) -> dict[str, list[str]]:
    """Field to what is wrong with it; empty where all can be used."""
    syslog = settings.syslog
    found: dict[str, list[str]] = {}
    if syslog.is_enabled and not syslog.host:
        found["syslog.host"] = ["is needed to forward anywhere"]
    if syslog.ca and not _certificates(syslog.ca):
        found["syslog.ca"] = ["is no certificate in PEM"]
    certificates = _certificates(syslog.client_certificate)
    if syslog.client_certificate and not certificates:
        found["syslog.client_certificate"] = ["is no certificate in PEM"]
    if bool(syslog.client_certificate) != bool(syslog.client_key):
        found["syslog.client_key"] = ["belongs to a certificate: give both or none"]
    elif certificates and not _is_key_of(certificates[0], syslog.client_key):
        found["syslog.client_key"] = ["is not the key of the client certificate, unencrypted in PEM"]
    return found


def _certificates(pem: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        return []


def _is_key_of(certificate: x509.Certificate, key_pem: str) -> bool:
    try:
        public = load_pem_private_key(key_pem.encode(), None).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    shape = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(*shape) == certificate.public_key().public_bytes(*shape)
