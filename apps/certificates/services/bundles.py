from __future__ import annotations

import datetime
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.selectors.authority import require_service_account_manager
from apps.audit.services import record
from apps.certificates.models import Bundle
from apps.certificates.rules import bundle as packing
from apps.certificates.rules import x509 as profile
from apps.certificates.selectors.authorities import ca_pem
from apps.certificates.services.authorities import ensure_authority, signer
from apps.certificates.types import Purpose
from apps.configuration.services import bump
from apps.configuration.types import Topic
from apps.core import clock
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import Conflict, InvalidInput

DEFAULT_LIFETIME = datetime.timedelta(days=365)
MAX_LIFETIME = datetime.timedelta(days=3 * 365)
USE_RECORDED_EVERY = datetime.timedelta(minutes=1)


@transaction.atomic
def create_bundle(
    *,
    actor: Actor,
    user: User,
    name: str,
    expires_at: datetime.datetime | None = None,
    csr: str | None = None,
    host: str = "",
    is_context_only: bool = False,
) -> tuple[Bundle, bytes]:
    """A client bundle. The private key is made here and handed out in the zip only, or never seen at all with a `csr`.

    Args:
        user: whom the bundle signs in: the actor; administrators make them for anybody. A service account makes none for
            itself: whoever manages it does.
        expires_at: at most three years ahead; a year unless told.
        csr: a PKCS #10 request in PEM, to keep the private key at home.
        host: the Host header by which the caller reached us.
        is_context_only: the docker context alone, for `docker context import`.

    Returns:
        The bundle's row, and the zip.

    Raises:
        Refused: somebody else's bundle.
        InvalidInput: the name, the end, or the request is not acceptable.
        Conflict: the name or the key is taken, or the account is not active.
    """
    if user.is_service_account:
        require_service_account_manager(actor, user, operation="Bundle Create")
    elif actor.id != user.id:
        require_administrator(actor, f"make client bundles for {user.username}", operation="Bundle Create")
    packing.checked_name(name)
    docker_host = packing.docker_address(host or f"localhost:{settings.PORT}")
    ends = _checked_end(expires_at)
    key = profile.new_key() if csr is None else None
    public_key = key.public_key() if key else profile.public_key_of_request(csr or "")
    owner = User.objects.select_for_update().get(id=user.id)
    _require_free(owner, name, profile.key_sha256(public_key))
    certificate = profile.issue_client_certificate(
        *signer(ensure_authority(Purpose.CLIENT)), owner.username, public_key, now=clock.now(), expires_at=ends
    )
    bundle = Bundle.objects.create(
        user=owner,
        name=name,
        key_sha256=profile.key_sha256(public_key),
        certificate_pem=profile.certificate_pem([certificate]),
        serial_number=str(certificate.serial_number),
        expires_at=ends,
    )
    _record(actor, "Bundle Create", bundle, {"expires_at": clock.isoformat(ends), "key_stayed_at_home": csr is not None})
    credentials = packing.Credentials(
        ca_pem=ca_pem(),
        certificate_pem=bundle.certificate_pem.encode(),
        public_key_pem=profile.public_key_pem(public_key),
        key_pem=profile.private_key_pem(key) if key else None,
    )
    pack = packing.pack_context if is_context_only else packing.pack
    return bundle, pack(credentials, docker_host=docker_host, description=f"{owner.username} on Quarterdeck")


@transaction.atomic
def delete_bundle(*, actor: Actor, bundle: Bundle) -> None:
    """Revokes it: its certificate signs nobody in any more within a second. Taking it away twice is no error.

    Raises:
        Refused: somebody else's bundle.
    """
    if bundle.user.is_service_account and actor.id != bundle.user_id:
        require_service_account_manager(actor, bundle.user, operation="Bundle Delete")
    elif actor.id != bundle.user_id:
        require_administrator(actor, f"remove client bundles of {bundle.user.username}", operation="Bundle Delete")
    removed, _ = Bundle.objects.filter(id=bundle.id).delete()
    if removed:
        _record(actor, "Bundle Delete", bundle)
        bump(Topic.CREDENTIALS, key=bundle.key_sha256)


def record_use(*, bundle_id: uuid.UUID, address: str) -> None:
    """When and from where a bundle was last used, to the minute."""
    now = clock.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_RECORDED_EVERY)
    Bundle.objects.filter(stale, id=bundle_id).update(last_used_at=now, last_address=address[:64])


def _checked_end(expires_at: datetime.datetime | None) -> datetime.datetime:
    """To the second, as a certificate has it."""
    now = clock.now()
    ends = (expires_at or now + DEFAULT_LIFETIME).replace(microsecond=0)
    if ends <= now:
        raise InvalidInput.field("expires_at", "is in the past")
    if ends > now + MAX_LIFETIME:
        raise InvalidInput.field("expires_at", f"is more than {MAX_LIFETIME.days} days ahead")
    return ends


def _require_free(user: User, name: str, key_sha256: str) -> None:
    if not user.is_active:
        raise Conflict(f"the account {user.username} is not active")
    if Bundle.objects.filter(user=user, name=name).exists():
        raise Conflict(f"{user.username} has a bundle {name!r} already")
    if Bundle.objects.filter(key_sha256=key_sha256).exists():
        raise Conflict("this key is registered already; make a new one")


def _record(actor: Actor, operation: str, bundle: Bundle, detail: dict[str, object] | None = None) -> None:
    record(
        actor=actor,
        operation=operation,
        target_kind="bundle",
        target_id=str(bundle.id),
        target_name=f"{bundle.user.username}/{bundle.name}",
        detail={"key_sha256": bundle.key_sha256, **(detail or {})},
    )
