from __future__ import annotations

import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from rest_framework.test import APIClient

from apps.accounts.models import Organization, User
from apps.accounts.services import create_service_account, set_member
from apps.audit.models import Entry
from apps.certificates.models import Bundle
from tests.certificates.conftest import unzip
from tests.certificates.test_bundles import pem, request_for
from tests.support.accounts import SYSTEM, anonymous_client, client_of, machine_client_of, make_organization, make_user

URL = "/api/v1/bundles/"


def test_nobody_unknown_gets_a_bundle() -> None:
    assert anonymous_client().post(URL, {"name": "x"}).status_code == 401
    assert anonymous_client().get(URL).status_code == 401


def test_a_bundle_is_a_zip_that_nobody_keeps(as_bob: APIClient) -> None:
    answer = as_bob.post(URL, {"name": "my laptop"})
    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"] == 'attachment; filename="quarterdeck-bob-my-laptop.zip"'
    files = unzip(answer.content)
    assert b"DOCKER_HOST=tcp://qd.example:443" in files["env.sh"]
    listed = as_bob.get(URL).json()["results"]
    assert [row["id"] for row in listed] == [answer["Quarterdeck-Bundle-Id"]]
    assert listed[0]["fingerprint"] == Bundle.objects.get().key_sha256
    assert listed[0]["last_used_at"] is None
    assert listed[0]["capabilities"] == {"delete": True}


def test_a_client_that_accepts_zips_only_gets_one_and_errors_as_everybody(as_bob: APIClient) -> None:
    accept = {"Accept": "application/zip"}
    assert unzip(as_bob.post(URL, {"name": "ci"}, headers=accept).content)
    again = as_bob.post(URL, {"name": "ci"}, headers=accept)
    assert (again.status_code, again["Content-Type"]) == (409, "application/problem+json")
    assert again.json()["code"] == "conflict"


def test_a_context_alone_is_had_for_the_asking(as_bob: APIClient) -> None:
    assert "meta.json" in unzip(as_bob.post(f"{URL}?format=context", {"name": "x"}).content)
    assert as_bob.post(f"{URL}?format=tar", {"name": "y"}).status_code == 400


def test_a_request_keeps_the_key_at_home(as_bob: APIClient) -> None:
    answer = as_bob.post(URL, {"name": "x", "csr": pem(request_for(ec.generate_private_key(ec.SECP256R1())))})
    assert "key.pem" not in unzip(answer.content)
    assert as_bob.post(URL, {"name": "y", "csr": "junk"}).json()["errors"] == {"csr": ["is not a PKCS #10 request in PEM"]}


def test_bad_bodies_are_refused(as_bob: APIClient) -> None:
    for body in ({}, {"name": ""}, {"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, {"name": "x", "colour": "red"}):
        assert as_bob.post(URL, body).status_code == 400
    assert not Bundle.objects.exists()


def test_everybody_sees_the_own_bundles_and_administrators_all(as_root: APIClient, as_bob: APIClient) -> None:
    id_ = as_bob.post(URL, {"name": "x"})["Quarterdeck-Bundle-Id"]
    root_id = as_root.post(URL, {"name": "x"})["Quarterdeck-Bundle-Id"]
    assert as_root.get(URL).json()["count"] == 2
    assert as_root.get(f"{URL}?username=bob").json()["results"][0]["username"] == "bob"
    assert as_bob.get(URL).json()["count"] == 1
    assert as_bob.get(f"{URL}?username=root").json()["count"] == 0
    assert as_bob.get(f"{URL}{id_}/").status_code == 200
    for path in (f"{URL}{root_id}/", f"{URL}{uuid.uuid4()}/"):
        assert as_bob.get(path).status_code == 404
        assert as_bob.delete(path).status_code == 404
    assert Bundle.objects.count() == 2
    assert as_bob.delete(f"{URL}{id_}/").status_code == 204
    assert as_root.delete(f"{URL}{root_id}/").status_code == 204
    assert set(Entry.objects.filter(operation="Bundle Delete").values_list("actor_name", flat=True)) == {"root", "bob"}


def test_administrators_make_bundles_for_others_and_others_do_not(as_root: APIClient, as_bob: APIClient) -> None:
    make_user("carol")
    answer = as_root.post(URL, {"name": "ci", "username": "carol"})
    assert Bundle.objects.get(id=answer["Quarterdeck-Bundle-Id"]).user.username == "carol"
    assert as_bob.post(URL, {"name": "mine", "username": "carol"}).status_code == 404
    assert Bundle.objects.count() == 1


MACHINE = "/api/v1/organizations/acme/service-accounts/ci/bundles/"


@pytest.fixture
def machine(bob: User) -> User:
    """Of an organisation that Bob administers."""
    acme = make_organization("acme", admins=(bob,), members=(make_user("alice"),))
    return create_service_account(actor=SYSTEM, organization=acme, name="ci")


def test_whoever_manages_a_service_account_makes_and_revokes_its_bundles(machine: User, as_bob: APIClient) -> None:
    answer = as_bob.post(MACHINE, {"name": "runner 1"})
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert answer["Content-Disposition"] == 'attachment; filename="quarterdeck-acme-ci-runner-1.zip"'
    assert {"cert.pem", "key.pem"} <= set(unzip(answer.content))
    bundle = Bundle.objects.get()
    assert (bundle.user, answer["Quarterdeck-Bundle-Id"]) == (machine, str(bundle.id))
    for path in (MACHINE, f"{URL}?username=acme/ci", URL):
        assert [row["username"] for row in as_bob.get(path).json()["results"]] == ["acme/ci"]
    assert as_bob.delete(f"{URL}{bundle.id}/").status_code == 204
    assert not Bundle.objects.exists()
    assert Entry.objects.get(operation="Bundle Create").target_name == "acme/ci/runner 1"


def test_members_and_strangers_make_and_see_no_bundles_of_a_service_account(machine: User, as_bob: APIClient) -> None:
    bundle_id = as_bob.post(MACHINE, {"name": "x"})["Quarterdeck-Bundle-Id"]
    alice, carol = client_of(User.objects.get(username="alice")), client_of(make_user("carol"))
    assert alice.post(MACHINE, {"name": "y"}).status_code == 403
    assert alice.get(MACHINE).json()["count"] == 0
    assert carol.post(MACHINE, {"name": "y"}).status_code == 404
    assert carol.get(MACHINE).status_code == 404
    for client in (alice, carol):
        assert client.get(f"{URL}{bundle_id}/").status_code == 404
        assert client.delete(f"{URL}{bundle_id}/").status_code == 404
        assert client.post(URL, {"name": "y", "username": "acme/ci"}).status_code == 404
    assert Bundle.objects.count() == 1


def test_a_service_account_makes_no_credentials_for_itself(machine: User, as_bob: APIClient) -> None:
    bundle_id = as_bob.post(MACHINE, {"name": "x"})["Quarterdeck-Bundle-Id"]
    client = machine_client_of(machine)
    refused = client.post(URL, {"name": "y"})
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "acme/ci may not do this: only administrators of acme may",
    )
    assert client.post(MACHINE, {"name": "y"}).status_code == 404
    assert Bundle.objects.count() == 1
    assert client.get(URL).json()["count"] == 1
    assert client.delete(f"{URL}{bundle_id}/").status_code == 204  # but it may give up what it has


def test_an_end_of_administering_ends_the_managing_of_bundles(machine: User, bob: User, as_bob: APIClient) -> None:
    bundle_id = as_bob.post(MACHINE, {"name": "x"})["Quarterdeck-Bundle-Id"]
    acme = Organization.objects.get(name="acme")
    set_member(actor=SYSTEM, organization=acme, user=bob, is_admin=False)
    assert as_bob.post(MACHINE, {"name": "y"}).status_code == 403
    assert as_bob.delete(f"{URL}{bundle_id}/").status_code == 404
    assert Bundle.objects.count() == 1


def test_the_longest_names_there_are_fit_a_certificate(as_root: APIClient) -> None:
    name = "a" * 64
    create_service_account(actor=SYSTEM, organization=make_organization(name), name=name)
    answer = as_root.post(f"/api/v1/organizations/{name}/service-accounts/{name}/bundles/", {"name": "x"})
    assert answer.status_code == 201
