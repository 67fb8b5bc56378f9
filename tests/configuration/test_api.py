"""`/settings/audit/`: edited by administrators, with a version, and without ever answering a secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from rest_framework.test import APIClient

from apps.access.selectors.policy import store
from apps.audit.models import Entry
from apps.configuration.models import Setting
from apps.configuration.rules import AuditSettings
from apps.configuration.selectors import audit_settings
from tests.support.accounts import client_of, make_user

SETTINGS = "/api/v1/settings/audit/"


@pytest.fixture(autouse=True)
def fresh_policy(db: None) -> Iterator[None]:
    store.forget()
    yield
    store.forget()


@pytest.fixture
def admin() -> APIClient:
    return client_of(make_user("root", is_admin=True))


@pytest.fixture(scope="module")
def certificate() -> trustme.LeafCert:
    return trustme.CA().issue_cert("quarterdeck.example")


def pem(certificate: trustme.LeafCert) -> dict[str, str]:
    return {
        "client_certificate": certificate.cert_chain_pems[0].bytes().decode(),
        "client_key": certificate.private_key_pem.bytes().decode(),
    }


def change(client: APIClient, body: dict[str, Any], **headers: str) -> Any:
    return client.patch(SETTINGS, body, headers=headers)


def test_everything_is_kept_and_nothing_forwarded_unless_somebody_says_so(admin: APIClient) -> None:
    answer = admin.get(SETTINGS)
    assert answer.json() == {
        "retention_days": 0,
        "syslog": {
            "is_enabled": False,
            "host": "",
            "port": 6514,
            "protocol": "tls",
            "ca": "",
            "client_certificate": "",
            "has_client_key": False,
        },
        "capabilities": {"update": True},
    }
    assert audit_settings() == AuditSettings()


def test_a_change_keeps_what_it_does_not_name_and_says_what_it_changed(admin: APIClient) -> None:
    change(admin, {"retention_days": 90, "syslog": {"host": "logs.example", "port": 601, "protocol": "tcp"}})
    answer = change(admin, {"syslog": {"is_enabled": True}})
    assert answer.status_code == 200
    found = audit_settings()
    assert (found.retention_days, found.syslog.host, found.syslog.port, found.syslog.is_enabled) == (
        90,
        "logs.example",
        601,
        True,
    )
    details = [entry.detail for entry in Entry.objects.filter(operation="Settings Update").order_by("time")]
    assert details == [
        {
            "retention_days": [0, 90],
            "syslog.host": ["", "logs.example"],
            "syslog.port": [6514, 601],
            "syslog.protocol": ["tls", "tcp"],
        },
        {"syslog.is_enabled": [False, True]},
    ]


def test_a_key_is_stored_sealed_used_open_and_never_answered(admin: APIClient, certificate: trustme.LeafCert) -> None:
    given = pem(certificate)
    answer = change(admin, {"syslog": given})
    assert answer.status_code == 200, answer.content
    assert answer.json()["syslog"]["has_client_key"] is True
    assert "client_key" not in answer.json()["syslog"]
    assert "PRIVATE KEY" not in answer.content.decode() + admin.get(SETTINGS).content.decode()
    assert "PRIVATE" not in str(Setting.objects.get().value)
    assert audit_settings().syslog.client_key == given["client_key"].strip()
    (entry,) = Entry.objects.filter(operation="Settings Update")
    assert entry.detail == {"syslog.client_certificate": "changed", "syslog.client_key": "changed"}
    assert change(admin, {"syslog": {"client_certificate": "", "client_key": ""}}).json()["syslog"]["has_client_key"] is False


def test_of_two_who_change_the_same_version_one_is_told(admin: APIClient) -> None:
    tag = admin.get(SETTINGS)["ETag"]
    first = change(admin, {"retention_days": 30}, if_match=tag)
    assert first.status_code == 200
    assert change(admin, {"retention_days": 60}, if_match=tag).status_code == 412
    assert audit_settings().retention_days == 30
    assert change(admin, {"retention_days": 60}, if_match=first["ETag"]).status_code == 200


def test_what_changes_nothing_is_no_change(admin: APIClient) -> None:
    before = change(admin, {"retention_days": 30})["ETag"]
    assert change(admin, {"retention_days": 30})["ETag"] == before
    assert Entry.objects.filter(operation="Settings Update").count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"retention_days": -1}, "retention_days"),
        ({"retention_days": 10**9}, "retention_days"),
        ({"retention": 1}, "retention"),
        ({"syslog": {"is_enabled": True}}, "syslog.host"),
        ({"syslog": {"host": "a b"}}, "syslog.host"),
        ({"syslog": {"port": 0}}, "syslog.port"),
        ({"syslog": {"protocol": "udp"}}, "syslog.protocol"),
        ({"syslog": {"ca": "nonsense"}}, "syslog.ca"),
        ({"syslog": {"client_key": "x"}}, "syslog.client_key"),
    ],
)
def test_what_could_not_be_used_is_refused_and_nothing_stored(admin: APIClient, body: dict[str, Any], field: str) -> None:
    answer = change(admin, body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Setting.objects.exists()


def test_a_key_of_another_certificate_is_refused(admin: APIClient, certificate: trustme.LeafCert) -> None:
    other = trustme.CA().issue_cert("other.example").private_key_pem.bytes().decode()
    answer = change(admin, {"syslog": {**pem(certificate), "client_key": other}})
    assert list(answer.json()["errors"]) == ["syslog.client_key"]
    assert "PRIVATE" not in answer.content.decode()


def test_who_is_no_administrator_changes_nothing_and_the_attempt_is_recorded() -> None:
    bob = client_of(make_user("bob"))
    assert bob.get(SETTINGS).status_code == 403
    assert change(bob, {"retention_days": 1}).status_code == 403
    assert not Setting.objects.exists()
    assert Entry.objects.get(outcome="refused").operation == "Settings Update"
