from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.certificates import selectors, services
from apps.certificates.models import Bundle
from apps.configuration.selectors import revisions
from apps.core import clock
from apps.core.errors import Conflict, InvalidInput, Refused
from tests.certificates.conftest import BundleMaker, unzip
from tests.support.accounts import actor_of, make_user

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey
DAY = datetime.timedelta(days=1)


def request_for(key: Key) -> x509.CertificateSigningRequest:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "whoever I like")])
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, algorithm)


def pem(request: x509.CertificateSigningRequest) -> str:
    return request.public_bytes(serialization.Encoding.PEM).decode()


def test_a_bundle_holds_what_docker_needs_and_no_more(make_bundle: BundleMaker) -> None:
    bundle, files = make_bundle()
    assert set(files) == {
        "ca.pem", "cert.pem", "key.pem", "cert.pub", "env.sh", "env.ps1", "env.cmd", "docker-context.zip",
    }  # fmt: skip
    assert files["ca.pem"] == selectors.ca_pem()
    key = serialization.load_pem_private_key(files["key.pem"], None)
    certificate = x509.load_pem_x509_certificate(files["cert.pem"])
    assert key.public_key() == certificate.public_key() == serialization.load_pem_public_key(files["cert.pub"])
    assert certificate.subject.rfc4514_string() == "CN=bob"
    assert certificate.not_valid_after_utc == bundle.expires_at
    context = unzip(files["docker-context.zip"])
    assert set(context) == {"meta.json", "tls/docker/ca.pem", "tls/docker/cert.pem", "tls/docker/key.pem"}
    assert json.loads(context["meta.json"])["Endpoints"]["docker"]["Host"] == "tcp://qd.example:8443"


def test_the_private_key_is_nowhere_but_in_the_zip(make_bundle: BundleMaker) -> None:
    _, files = make_bundle()
    secret = b"".join(files["key.pem"].splitlines()[1:-1]).decode()
    kept = json.dumps([*Bundle.objects.values(), *Entry.objects.values()], default=str)
    assert "PRIVATE" not in kept
    assert secret[40:80] not in kept


def test_the_script_works_where_it_was_unpacked(make_bundle: BundleMaker, tmp_path: Path) -> None:
    _, files = make_bundle()
    directory = tmp_path / "a b"
    directory.mkdir()
    (directory / "env.sh").write_bytes(files["env.sh"])
    script = 'eval "$(cat env.sh)"; echo "$DOCKER_TLS_VERIFY|$COMPOSE_TLS_VERSION|$DOCKER_CERT_PATH|$DOCKER_HOST"'
    done = subprocess.run(["/bin/sh", "-euc", script], cwd=directory, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"1|TLSv1_2|{directory}|tcp://qd.example:8443"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("qd.example", "tcp://qd.example:443"),
        ("10.0.0.1:8443", "tcp://10.0.0.1:8443"),
        ("[::1]:8443", "tcp://[::1]:8443"),
    ],
)
def test_the_address_is_the_one_the_caller_used(make_bundle: BundleMaker, host: str, address: str) -> None:
    _, files = make_bundle(host=host)
    assert f"export DOCKER_HOST={address}\n".encode() in files["env.sh"]


@pytest.mark.parametrize("host", ["a;reboot", "$(id)", "a b", "a:0", "a:99999", "a:8443x", "user@a", "[::1", "é"])
def test_a_host_that_is_none_gets_into_no_script(make_bundle: BundleMaker, host: str) -> None:
    with pytest.raises(InvalidInput, match="Host header"):
        make_bundle(host=host)
    assert not Bundle.objects.exists()


@pytest.mark.parametrize("name", ["", " x", "x ", "../x", "x\n", "a/b", "é", "x" * 101, '"'])
def test_a_bad_name_is_refused(make_bundle: BundleMaker, name: str) -> None:
    with pytest.raises(InvalidInput):
        make_bundle(name)
    assert not Bundle.objects.exists()


def test_a_name_is_used_once_a_user(make_bundle: BundleMaker) -> None:
    make_bundle()
    with pytest.raises(Conflict, match="bob has a bundle 'laptop' already"):
        make_bundle()


def test_the_end_is_checked(make_bundle: BundleMaker) -> None:
    soon, _ = make_bundle("soon", expires_at=clock.now() + DAY)
    assert soon.expires_at - clock.now() <= DAY
    usual, _ = make_bundle("usual")
    assert 364 * DAY < usual.expires_at - clock.now() <= 365 * DAY
    for end, words in ((clock.now() - DAY, "in the past"), (clock.now() + 2000 * DAY, "days ahead")):
        with pytest.raises(InvalidInput, match=words):
            make_bundle("other", expires_at=end)


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-256", "P-384", "Ed25519", "RSA"],
)
def test_a_request_keeps_the_key_at_home(bob: User, make_bundle: BundleMaker, key: Key) -> None:
    _, files = make_bundle(csr=pem(request_for(key)))
    assert set(files) == {"ca.pem", "cert.pem", "cert.pub", "env.sh", "env.ps1", "env.cmd"}
    certificate = x509.load_pem_x509_certificate(files["cert.pem"])
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=bob"
    identity = selectors.verify_client(certificate.public_bytes(serialization.Encoding.DER))
    assert identity.user_id == bob.id


def test_a_key_is_registered_once(make_bundle: BundleMaker) -> None:
    request = pem(request_for(ec.generate_private_key(ec.SECP256R1())))
    make_bundle("first", csr=request)
    with pytest.raises(Conflict, match="this key is registered already"):
        make_bundle("second", csr=request)


def tampered() -> str:
    """A request for one key with the signature of another."""
    ours, theirs = (request_for(ec.generate_private_key(ec.SECP256R1())) for _ in range(2))
    ours_der, theirs_der = (each.public_bytes(serialization.Encoding.DER) for each in (ours, theirs))
    theirs_key = theirs.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ours_key = ours.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert theirs_key in theirs_der
    return pem(x509.load_der_x509_csr(ours_der.replace(ours_key, theirs_key)))


@pytest.mark.parametrize(
    ("request_pem", "words"),
    [
        ("", "not a PKCS #10 request"),
        ("junk", "not a PKCS #10 request"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "not a PKCS #10 request"),
        ("x" * 20_000, "longer than"),
        (tampered(), "not signed by the key it is for"),
        (pem(request_for(rsa.generate_private_key(65537, 1024))), "must be of a P-256"),
        (pem(request_for(ec.generate_private_key(ec.SECP521R1()))), "must be of a P-256"),
        (pem(request_for(dsa.generate_private_key(2048))), "must be of a P-256"),
    ],
    ids=["empty", "junk", "bad DER", "too long", "foreign signature", "short RSA", "P-521", "DSA"],
)
def test_a_bad_request_is_refused(make_bundle: BundleMaker, request_pem: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        make_bundle(csr=request_pem)
    assert not Bundle.objects.exists()


def test_a_context_needs_the_key(make_bundle: BundleMaker) -> None:
    _, files = make_bundle(is_context_only=True)
    assert "meta.json" in files
    with pytest.raises(InvalidInput, match="needs the private key"):
        make_bundle("other", csr=pem(request_for(ec.generate_private_key(ec.SECP256R1()))), is_context_only=True)
    assert Bundle.objects.count() == 1


def test_others_make_and_remove_no_bundles_of_bobs(bob: User, make_bundle: BundleMaker) -> None:
    bundle, _ = make_bundle()
    alice = actor_of(make_user("alice"))
    with pytest.raises(Refused, match="alice may not make client bundles for bob"):
        services.create_bundle(actor=alice, user=bob, name="theirs")
    with pytest.raises(Refused, match="alice may not remove client bundles of bob"):
        services.delete_bundle(actor=alice, bundle=bundle)
    assert Bundle.objects.count() == 1


def test_an_administrator_makes_and_removes_them_for_everybody(root: User, bob: User) -> None:
    bundle, _ = services.create_bundle(actor=actor_of(root), user=bob, name="build server", host="qd.example")
    assert bundle.user_id == bob.id
    before = revisions().get("credentials", 0)
    services.delete_bundle(actor=actor_of(root), bundle=bundle)
    services.delete_bundle(actor=actor_of(root), bundle=bundle)
    assert revisions()["credentials"] == before + 1
    entries = Entry.objects.filter(target_kind="bundle").order_by("time").values_list("actor_name", "operation", "target_name")
    assert list(entries) == [("root", "Bundle Create", "bob/build server"), ("root", "Bundle Delete", "bob/build server")]


def test_an_inactive_account_gets_no_bundle(root: User) -> None:
    carol = make_user("carol", is_active=False)
    with pytest.raises(Conflict, match="not active"):
        services.create_bundle(actor=actor_of(root), user=carol, name="x", host="qd.example")


def test_use_is_recorded_to_the_minute(make_bundle: BundleMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, _ = make_bundle()
    start = clock.now()
    for seconds, address, recorded in ((0, "10.0.0.1", "10.0.0.1"), (59, "10.0.0.2", "10.0.0.1"), (61, "10.0.0.3", "10.0.0.3")):
        moment = start + datetime.timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        services.record_use(bundle_id=bundle.id, address=address)
        bundle.refresh_from_db()
        assert bundle.last_address == recorded
