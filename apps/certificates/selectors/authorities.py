from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from apps.certificates.models import Authority, ServerCertificate
from apps.certificates.types import Purpose
from apps.core import clock, crypto


def ca_pem() -> bytes:
    """The CAs by which clients check us: what `/ca` serves and a bundle's ca.pem holds. Newest first, without ended ones."""
    return _pem_of(Purpose.SERVER)


def client_authority_pem() -> bytes:
    """The CAs that issue client certificates, also those replaced by a newer one."""
    return _pem_of(Purpose.CLIENT)


def _pem_of(purpose: Purpose) -> bytes:
    rows = Authority.objects.filter(purpose=purpose, expires_at__gt=clock.now()).order_by("-created_at")
    return "".join(rows.values_list("certificate_pem", flat=True)).encode()


def server_credentials() -> tuple[bytes, bytes]:
    """The server certificate with its CA, and its private key, in PEM.

    Raises:
        ImproperlyConfigured: there is none yet (`services.ensure_server_certificate` makes it).
    """
    row = current_server_certificate()
    if row is None:
        raise ImproperlyConfigured("there is no server certificate yet; `manage.py prepare` makes it")
    chain = row.certificate_pem + row.authority.certificate_pem
    return chain.encode(), crypto.unseal(bytes(row.sealed_key), context=f"certificates.server:{row.id}")


def current_server_certificate() -> ServerCertificate | None:
    return ServerCertificate.objects.select_related("authority").order_by("-created_at").first()
