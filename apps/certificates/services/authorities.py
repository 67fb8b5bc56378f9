"""Our two CAs and the server certificate: made where they are missing, replaced before they end."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence

from cryptography import x509
from django.db import transaction

from apps.audit.services import record
from apps.certificates.models import Authority, ServerCertificate
from apps.certificates.rules import x509 as profile
from apps.certificates.selectors.authorities import current_server_certificate
from apps.certificates.types import Purpose
from apps.configuration.services import bump
from apps.configuration.types import Topic
from apps.core import clock, crypto
from apps.core.actor import Actor

AUTHORITY_RENEWAL = datetime.timedelta(days=3 * 366)
"""An authority with less than this left issues nothing more, so that no client certificate outlives its CA."""

SERVER_RENEWAL = datetime.timedelta(days=30)
_ACTOR_NAME = "certificates"


def ensure_authorities() -> None:
    """Makes the CAs that are missing, and the successors of those that near their end. Safe to run at the same time."""
    for purpose in Purpose:
        ensure_authority(purpose)


@transaction.atomic
def ensure_authority(purpose: Purpose) -> Authority:
    """The CA that issues for this purpose now. The one before it stays trusted until it ends."""
    now = clock.now()
    active = Authority.objects.select_for_update().filter(purpose=purpose, is_active=True).first()
    if active is not None:
        if active.expires_at - now > AUTHORITY_RENEWAL:
            return active
        # The one we saw, and no other: another unit may have made its successor meanwhile.
        Authority.objects.filter(id=active.id).update(is_active=False)
    certificate, key = profile.make_authority(f"Quarterdeck {purpose.value} CA {now:%Y-%m-%d}", now=now)
    id_ = uuid.uuid4()
    authority, is_new = Authority.objects.get_or_create(
        purpose=purpose,
        is_active=True,
        defaults={
            "id": id_,
            "certificate_pem": profile.certificate_pem([certificate]),
            "sealed_key": crypto.seal(profile.private_key_pem(key), context=f"certificates.authority:{id_}"),
            "expires_at": certificate.not_valid_after_utc,
        },
    )
    if is_new:
        record(
            actor=Actor.system(_ACTOR_NAME),
            operation="Authority Create",
            target_kind="authority",
            target_id=str(authority.id),
            target_name=certificate.subject.rfc4514_string(),
        )
    return authority


def signer(authority: Authority) -> tuple[x509.Certificate, profile.PrivateKey]:
    """The CA's certificate and key, opened."""
    key = crypto.unseal(bytes(authority.sealed_key), context=f"certificates.authority:{authority.id}")
    return x509.load_pem_x509_certificate(authority.certificate_pem.encode()), profile.load_private_key(key)


@transaction.atomic
def ensure_server_certificate(names: Sequence[str]) -> ServerCertificate:
    """The server certificate for these host names and addresses: a new one where the names changed, or it nears its end.

    The CA's row is locked meanwhile, so that two units that start together agree on one.
    """
    authority = Authority.objects.select_for_update().get(id=ensure_authority(Purpose.SERVER).id)
    current = current_server_certificate()
    now = clock.now()
    wanted = sorted(set(names))
    if (
        current is not None
        and current.names == wanted
        and current.authority_id == authority.id
        and current.expires_at - now > SERVER_RENEWAL
    ):
        return current
    certificate, key = profile.issue_server_certificate(*signer(authority), wanted, now=now)
    id_ = uuid.uuid4()
    issued = ServerCertificate.objects.create(
        id=id_,
        authority=authority,
        certificate_pem=profile.certificate_pem([certificate]),
        sealed_key=crypto.seal(profile.private_key_pem(key), context=f"certificates.server:{id_}"),
        names=wanted,
        expires_at=certificate.not_valid_after_utc,
    )
    ServerCertificate.objects.exclude(id=id_).delete()
    record(
        actor=Actor.system(_ACTOR_NAME),
        operation="Server Certificate Create",
        target_kind="server certificate",
        target_id=str(id_),
        target_name=", ".join(wanted),
        detail={"expires_at": clock.isoformat(issued.expires_at)},
    )
    bump(Topic.CREDENTIALS)
    return issued
