from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.access import services
from apps.access.models import DefaultCollection
from apps.access.selectors.policy import store
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.actor import Actor
from tests.access.conftest import at_the_same_time
from tests.support.accounts import SYSTEM, make_organization

URL = "/api/v1/users/bob/default-collection/"


@pytest.fixture(autouse=True)
def world(administrator: Actor) -> None:
    for path in ("/Shared/payments", "/Hidden"):
        services.create_collection(actor=administrator, path=path)


def default_of(user: User) -> str:
    store.refresh()
    chosen = store.current.default_collection(user.id)
    assert chosen is not None
    return store.current.path_of(chosen)


def test_a_user_chooses_the_own_one_and_goes_back_to_the_private_one(as_bob: APIClient, bob: User) -> None:
    assert as_bob.get(URL).json() == {"collection": "/Shared/Private/bob", "capabilities": {"update": True}}
    assert as_bob.put(URL, {"collection": "/Shared/payments"}).json()["collection"] == "/Shared/payments"
    assert default_of(bob) == "/Shared/payments"
    assert as_bob.delete(URL).status_code == as_bob.delete(URL).status_code == 204
    assert default_of(bob) == "/Shared/Private/bob"
    details = Entry.objects.filter(operation="Default Collection Set").order_by("time").values_list("detail", flat=True)
    assert list(details) == [{"collection": "/Shared/payments"}, {"collection": None}]


def test_an_administrator_chooses_anybodys(as_root: APIClient, as_bob: APIClient, bob: User) -> None:
    assert as_root.put(URL, {"collection": "/Hidden"}).json()["collection"] == "/Hidden"
    assert default_of(bob) == "/Hidden"
    assert as_bob.get(URL).json()["collection"] is None


@pytest.mark.parametrize("path", ["/Hidden", "/Shared/absent", "payments", "/shared/payments"])
def test_what_a_user_may_not_see_does_not_exist(as_bob: APIClient, bob: User, path: str) -> None:
    answer = as_bob.put(URL, {"collection": path})
    assert answer.status_code == 400
    assert answer.json()["errors"]["collection"] == [f"there is no collection {path!r}, or you may not see it"]
    assert default_of(bob) == "/Shared/Private/bob"


def test_others_do_not_choose_it(as_root: APIClient, as_bob: APIClient, bob: User, root: User) -> None:
    url = "/api/v1/users/root/default-collection/"
    for attempt in (as_bob.get(url), as_bob.put(url, {"collection": "/Shared/payments"}), as_bob.delete(url)):
        assert attempt.status_code == 404
    auditor = {"subject": "user:bob", "role": "Auditor", "resource": "collection:/"}
    assert as_root.post("/api/v1/grants/", auditor).status_code == 201
    assert as_bob.get(url).json()["capabilities"] == {"update": False}
    for attempt in (as_bob.put(url, {"collection": "/Shared/payments"}), as_bob.delete(url)):
        assert attempt.status_code == 403
    assert default_of(root) == "/Shared/Private/root"


@pytest.mark.django_db(transaction=True)
def test_nobodys_default_collection_is_one_that_is_being_removed(administrator: Actor, bob: User) -> None:
    for number in range(6):
        collection = services.create_collection(actor=administrator, path=f"/Shared/race{number}")
        at_the_same_time(
            lambda: services.delete_collection(actor=administrator, collection=collection),  # noqa: B023
            lambda: services.set_default_collection(actor=administrator, user=bob, path=collection.path),  # noqa: B023
        )
        assert default_of(bob) == "/Shared/Private/bob"


def test_a_removed_collection_is_nobodys_default(administrator: Actor, as_bob: APIClient, bob: User) -> None:
    as_bob.put(URL, {"collection": "/Shared/payments"})
    collection = DefaultCollection.objects.get(user=bob).collection
    services.delete_collection(actor=administrator, collection=collection)
    assert default_of(bob) == "/Shared/Private/bob"


def test_an_administrator_of_the_organisation_chooses_its_service_accounts(bob: User, as_bob: APIClient) -> None:
    acme = make_organization("acme", admins=(bob,))
    account = accounts.create_service_account(actor=SYSTEM, organization=acme, name="ci")
    url = "/api/v1/organizations/acme/service-accounts/ci/default-collection/"
    assert as_bob.get(url).json() == {"collection": "/Shared", "capabilities": {"update": True}}
    assert as_bob.put(url, {"collection": "/Shared/payments"}).json()["collection"] == "/Shared/payments"
    assert default_of(account) == "/Shared/payments"
    assert as_bob.put(url, {"collection": "/Hidden"}).status_code == 400
    assert as_bob.delete(url).status_code == 204
    assert default_of(account) == "/Shared"


def test_a_member_of_the_organisation_does_not(bob: User, as_bob: APIClient) -> None:
    acme = make_organization("acme", members=(bob,))
    account = accounts.create_service_account(actor=SYSTEM, organization=acme, name="ci")
    url = "/api/v1/organizations/acme/service-accounts/ci/default-collection/"
    assert as_bob.put(url, {"collection": "/Shared/payments"}).status_code == 403
    assert default_of(account) == "/Shared"
