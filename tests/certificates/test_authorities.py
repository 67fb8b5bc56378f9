from __future__ import annotations

import datetime
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.db import connection

from apps.certificates import selectors, services
from apps.certificates.models import Authority, ServerCertificate
from apps.core import clock, crypto

NAMES = ["localhost", "127.0.0.1", "::1", "qd.example"]


def test_the_two_authorities_are_made_once_and_apart() -> None:
    services.ensure_authorities()
    assert set(Authority.objects.values_list("purpose", "is_active")) == {("server", True), ("client", True)}
    assert selectors.ca_pem() != selectors.client_authority_pem()


def test_an_authoritys_key_is_sealed_for_its_row() -> None:
    server, client = Authority.objects.get(purpose="server"), Authority.objects.get(purpose="client")
    assert b"PRIVATE KEY" not in bytes(server.sealed_key)
    assert b"PRIVATE KEY" in crypto.unseal(bytes(server.sealed_key), context=f"certificates.authority:{server.id}")
    with pytest.raises(crypto.CannotUnseal):
        crypto.unseal(bytes(server.sealed_key), context=f"certificates.authority:{client.id}")


def test_a_browser_would_accept_the_server_certificate() -> None:
    services.ensure_server_certificate(NAMES)
    chain, key = selectors.server_credentials()
    leaf, authority = x509.load_pem_x509_certificates(chain)
    leaf.verify_directly_issued_by(authority)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= datetime.timedelta(days=398)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"localhost", "qd.example"}
    assert {str(address) for address in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "::1"}
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert serialization.load_pem_private_key(key, None).public_key() == leaf.public_key()
    ssl.create_default_context(cadata=selectors.ca_pem().decode())


def test_the_server_certificate_is_kept_until_its_names_change() -> None:
    first = services.ensure_server_certificate(NAMES)
    assert services.ensure_server_certificate(list(reversed(NAMES))).id == first.id
    second = services.ensure_server_certificate([*NAMES, "other.example"])
    assert second.id != first.id
    assert list(ServerCertificate.objects.values_list("id", flat=True)) == [second.id]


def test_the_server_certificate_is_replaced_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    first = services.ensure_server_certificate(NAMES)
    for days_left, is_replaced in ((31, False), (29, True)):
        moment = first.expires_at - datetime.timedelta(days=days_left)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        assert (services.ensure_server_certificate(NAMES).id != first.id) is is_replaced


def test_an_old_authority_is_succeeded_and_still_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    old = Authority.objects.get(purpose="client")
    monkeypatch.setattr(clock, "now", lambda: old.expires_at - datetime.timedelta(days=1000))
    services.ensure_authorities()
    new = Authority.objects.get(purpose="client", is_active=True)
    assert new.id != old.id
    assert selectors.client_authority_pem().decode() == new.certificate_pem + old.certificate_pem
    monkeypatch.setattr(clock, "now", lambda: old.expires_at)
    assert selectors.client_authority_pem().decode() == new.certificate_pem


@pytest.mark.django_db(transaction=True)
def test_two_units_that_start_together_agree_on_one_certificate() -> None:
    Authority.objects.all().delete()
    start, made, errors = threading.Barrier(4), set(), []

    def run() -> None:
        try:
            start.wait(10)
            services.ensure_authorities()
            made.add(services.ensure_server_certificate(NAMES).id)
        except Exception as error:  # noqa: BLE001 - shown below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert len(made) == ServerCertificate.objects.count() == 1
    assert Authority.objects.count() == 2
