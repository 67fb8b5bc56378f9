from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.accounts import services
from apps.accounts.models import Organization, User
from tests.support.accounts import SYSTEM, make_organization, make_user

SUBJECTS = "/api/v1/subjects/"


@pytest.fixture
def acme(bob: User) -> Organization:
    """With a team and a machine; Bob is a member, Alice is not."""
    acme = make_organization("acme", members=(bob,))
    services.create_team(actor=SYSTEM, organization=acme, name="payments", description="Takes the money")
    services.create_service_account(actor=SYSTEM, organization=acme, name="ci", full_name="Build server")
    return acme


def found(client: APIClient, search: str = "") -> list[str]:
    return [row["subject"] for row in client.get(SUBJECTS, {"search": search} if search else {}).json()["results"]]


def test_an_administrator_finds_all_four_kinds_by_name(acme: Organization, as_root: APIClient) -> None:
    everybody = ["organization:acme", "service-account:acme/ci", "team:acme/payments", "user:bob"]
    assert found(as_root) == [*everybody, "organization:everyone", "user:root"]
    assert found(as_root, "ACME/P") == ["team:acme/payments"]
    assert as_root.get(SUBJECTS, {"search": "build"}).json()["results"] == [
        {"subject": "service-account:acme/ci", "full_name": "Build server"},
        {"subject": "user:bob", "full_name": "Bob Builder"},
    ]


def test_a_kind_before_the_name_leaves_only_that_kind(acme: Organization, as_root: APIClient) -> None:
    assert found(as_root, "team:acme") == ["team:acme/payments"]
    assert found(as_root, "service-account:") == ["service-account:acme/ci"]
    assert found(as_root, "nobody:acme") == []


def test_subjects_come_in_pages(acme: Organization, as_root: APIClient) -> None:
    page = as_root.get(SUBJECTS, {"limit": 2, "offset": 1}).json()
    assert (page["count"], [row["subject"] for row in page["results"]]) == (
        6,
        ["service-account:acme/ci", "team:acme/payments"],
    )


def test_a_member_finds_the_own_account_and_organisations(acme: Organization, as_bob: APIClient, alice: User) -> None:
    make_organization("secret")
    assert found(as_bob) == [
        "organization:acme",
        "service-account:acme/ci",
        "team:acme/payments",
        "user:bob",
        "organization:everyone",
    ]


def test_a_stranger_finds_nobody_else(acme: Organization, as_alice: APIClient) -> None:
    make_user("carol")
    assert found(as_alice) == ["user:alice", "organization:everyone"]
    assert as_alice.get(SUBJECTS, {"search": "acme"}).json()["count"] == 0
