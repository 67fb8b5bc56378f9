from __future__ import annotations

import datetime

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.certificates import selectors, services
from apps.certificates.errors import BadCertificate
from apps.certificates.models import Authority
from apps.certificates.rules import x509 as profile
from apps.certificates.services.authorities import signer
from apps.core import clock
from tests.certificates.conftest import BundleMaker
from tests.support.accounts import SYSTEM, actor_of


def der_of(pem: bytes | str) -> bytes:
    return x509.load_pem_x509_certificate(pem.encode() if isinstance(pem, str) else pem).public_bytes(Encoding.DER)


def reason(der: bytes) -> str:
    with pytest.raises(BadCertificate) as raised:
        selectors.verify_client(der)
    assert raised.value.reason in raised.value.detail
    return raised.value.reason


def issue(authority: str, public_key: ec.EllipticCurvePublicKey) -> bytes:
    """A certificate of one of our own CAs for a key, as a leaked or buggy signer would make it."""
    now = clock.now()
    certificate, key = signer(Authority.objects.get(purpose=authority))
    made = profile.issue_client_certificate(
        certificate, key, "bob", public_key, now=now, expires_at=now + datetime.timedelta(days=1)
    )
    return made.public_bytes(Encoding.DER)


def test_a_bundles_certificate_is_its_user(bob: User, make_bundle: BundleMaker) -> None:
    bundle, files = make_bundle()
    identity = selectors.verify_client(der_of(files["cert.pem"]))
    assert (identity.user_id, identity.bundle_id, identity.expires_at) == (bob.id, bundle.id, bundle.expires_at)
    assert identity.certificate_pem.encode() == files["cert.pem"]
    assert selectors.client_by_key(bundle.key_sha256) == identity
    assert selectors.client_by_key("0" * 64) is None


def test_a_deleted_bundle_signs_nobody_in(bob: User, make_bundle: BundleMaker) -> None:
    bundle, files = make_bundle()
    services.delete_bundle(actor=actor_of(bob), bundle=bundle)
    assert reason(der_of(files["cert.pem"])) == "revoked or unknown"


def test_an_expired_bundle_signs_nobody_in(make_bundle: BundleMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, files = make_bundle()
    monkeypatch.setattr(clock, "now", lambda: bundle.expires_at - datetime.timedelta(seconds=1))
    assert selectors.verify_client(der_of(files["cert.pem"])).bundle_id == bundle.id
    monkeypatch.setattr(clock, "now", lambda: bundle.expires_at)
    assert reason(der_of(files["cert.pem"])) == "expired"


def test_an_inactive_account_is_not_signed_in(bob: User, make_bundle: BundleMaker) -> None:
    _, files = make_bundle()
    accounts.update_user(actor=SYSTEM, user=bob, is_active=False)
    assert reason(der_of(files["cert.pem"])) == "of an account that is not active"


def test_a_certificate_of_another_authority_is_foreign_even_for_a_registered_key(make_bundle: BundleMaker) -> None:
    foreign = trustme.CA().issue_cert("bob@example.com")
    assert reason(der_of(foreign.cert_chain_pems[0].bytes())) == "not issued by this installation"
    _, files = make_bundle()
    key = x509.load_pem_x509_certificate(files["cert.pem"]).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert reason(issue("server", key)) == "not issued by this installation"


def test_only_the_certificate_we_registered_signs_in(make_bundle: BundleMaker) -> None:
    _, files = make_bundle()
    key = x509.load_pem_x509_certificate(files["cert.pem"]).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert reason(issue("client", key)) == "revoked or unknown"
    assert reason(issue("client", profile.new_key().public_key())) == "revoked or unknown"


def test_our_server_certificate_signs_nobody_in() -> None:
    services.ensure_server_certificate(["localhost"])
    chain, _ = selectors.server_credentials()
    assert reason(der_of(chain)) == "not issued by this installation"


@pytest.mark.parametrize("junk", [b"", b"\x30\x00", b"junk" * 1000])
def test_what_is_no_certificate_is_foreign(junk: bytes) -> None:
    assert reason(junk) == "not issued by this installation"
