from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.access.models import Collection, Grant, Placement
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit.models import Entry
from tests.support.accounts import SYSTEM, anonymous_client, make_organization, make_user

API = "/api/v1"


def make_collection(client: APIClient, path: str) -> dict[str, Any]:
    answer = client.post(f"{API}/collections/", {"path": path})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def make_grant(client: APIClient, **body: Any) -> dict[str, Any]:
    answer = client.post(
        f"{API}/grants/", {"subject": "user:bob", "role": "View Only", "resource": "collection:/Shared", **body}
    )
    assert answer.status_code in (200, 201), answer.content
    return dict(answer.json())


def paths(client: APIClient, query: str = "") -> list[str]:
    answer = client.get(f"{API}/collections/{query}")
    assert answer.status_code == 200, answer.content
    return [row["path"] for row in answer.json()["results"]]


@pytest.mark.parametrize("path", ["operations/", "roles/", "collections/", "grants/", "access/explain?subject=user:bob"])
def test_nobody_unknown_reads_anything(path: str) -> None:
    assert anonymous_client().get(f"{API}/{path}").status_code == 401


def test_the_catalogue_and_the_roles_are_read_by_everybody_signed_in(as_bob: APIClient) -> None:
    operations = {row["name"]: row for row in as_bob.get(f"{API}/operations/").json()}
    assert operations["Container Exec"]["group"] == "Container"
    assert "Host Bind Mounts" in [option["name"] for option in operations["Service Create"]["options"]]
    roles = [row["name"] for row in as_bob.get(f"{API}/roles/").json()["results"]]
    assert roles == [
        "Auditor",
        "Full Control",
        "None",
        "Registry Admin",
        "Registry Read",
        "Registry Write",
        "Restricted Control",
        "Scheduler",
        "View Only",
    ]
    role = as_bob.get(f"{API}/roles/{quote('Restricted Control')}/").json()
    assert role["is_builtin"]
    assert role["operations"]["Service Create"] == []
    assert as_bob.get(f"{API}/roles/Root/").status_code == 404


def test_a_collection_is_made_renamed_and_removed(as_root: APIClient) -> None:
    made = make_collection(as_root, "/Shared/payments")
    assert (made["path"], made["name"], made["objects_count"], made["children_count"]) == ("/Shared/payments", "payments", 0, 0)
    assert made["capabilities"] == {"update": True, "delete": True, "create": True}
    url = f"{API}/collections/{made['id']}/"
    tag = as_root.get(url)["ETag"]
    renamed = as_root.patch(url, {"path": "/Shared/billing"}, headers={"If-Match": tag})
    assert renamed.json()["path"] == "/Shared/billing"
    assert as_root.patch(url, {"path": "/Shared/x"}, headers={"If-Match": tag}).status_code == 412
    assert paths(as_root, "?path=/Shared/billing") == ["/Shared/billing"]
    assert (
        paths(as_root, f"?parent={made['parent']}")
        == paths(as_root, "?parent=/Shared")
        == ["/Shared/Private", "/Shared/billing"]
    )
    assert as_root.delete(url).status_code == 204
    assert as_root.get(url).status_code == 404


def test_bad_collections_are_refused_with_the_field(as_root: APIClient) -> None:
    for body in ({"path": "Shared/x"}, {"path": "/Shared/a/b"}, {"path": 7, "colour": "red"}, {}):
        answer = as_root.post(f"{API}/collections/", body)
        assert answer.status_code == 400
        assert "errors" in answer.json()
    assert as_root.post(f"{API}/collections/", {"path": "/Shared"}).status_code == 409
    assert as_root.get(f"{API}/collections/?parent=nonsense").status_code == 400
    assert as_root.get(f"{API}/collections/?colour=red").status_code == 400


def test_a_person_sees_collections_on_below_and_above_what_the_person_holds(as_root: APIClient, as_bob: APIClient) -> None:
    *_, made = [make_collection(as_root, path) for path in ("/Hidden", "/Hidden/deep", "/Hidden/deep/er", "/Hidden/flat")]
    assert paths(as_bob) == ["/", "/Shared", "/Shared/Private", "/Shared/Private/bob"]
    assert as_bob.get(f"{API}/collections/{made['id']}/").status_code == 404
    make_grant(as_root, resource="collection:/Hidden/deep")
    assert paths(as_bob, "?search=Hidden") == ["/Hidden", "/Hidden/deep", "/Hidden/deep/er"]
    assert as_bob.get(f"{API}/collections/").json()["results"][0]["capabilities"] == {
        "update": False,
        "delete": False,
        "create": False,
    }


def test_changes_by_others_are_refused_with_a_sentence_and_audited(as_root: APIClient, as_bob: APIClient) -> None:
    made = make_collection(as_root, "/Shared/payments")
    grant = make_grant(as_root)
    attempts = [
        as_bob.post(f"{API}/collections/", {"path": "/Shared/x"}),
        as_bob.patch(f"{API}/collections/{made['id']}/", {"path": "/Shared/x"}),
        as_bob.delete(f"{API}/collections/{made['id']}/"),
        as_bob.post(f"{API}/grants/", {"subject": "user:bob", "role": "Full Control", "resource": "collection:/"}),
        as_bob.delete(f"{API}/grants/{grant['id']}/"),
    ]
    for answer in attempts:
        assert answer.status_code == 403
        assert answer.json()["detail"].startswith("bob may not ")
        assert answer.json()["detail"].endswith(": only administrators may")
    assert set(Entry.objects.filter(outcome="refused").values_list("actor_name", "operation")) == {
        ("bob", "Collection Create"),
        ("bob", "Collection Update"),
        ("bob", "Collection Delete"),
        ("bob", "Grant Create"),
        ("bob", "Grant Delete"),
    }
    assert Collection.objects.filter(path="/Shared/payments").exists()
    assert Grant.objects.filter(id=grant["id"]).exists()


def test_a_grant_is_made_once_and_removed(as_root: APIClient, bob: User) -> None:
    body = {"subject": "user:bob", "role": "Full Control", "resource": "collection:/Shared", "comment": "on call"}
    first, again = as_root.post(f"{API}/grants/", body), as_root.post(f"{API}/grants/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert {name: first.json()[name] for name in (*body, "created_by", "expires_at")} == {
        **body,
        "created_by": "root",
        "expires_at": None,
    }
    assert first.json()["capabilities"] == {"update": True, "delete": True}
    url = f"{API}/grants/{first.json()['id']}/"
    assert as_root.get(url).json() == first.json()
    assert as_root.delete(url).status_code == 204
    assert as_root.delete(url).status_code == 404


def test_a_wrong_grant_names_the_field(as_root: APIClient, bob: User) -> None:
    right = {"subject": "user:bob", "role": "View Only", "resource": "collection:/Shared"}
    for field, value in (
        ("subject", "user:nobody"),
        ("role", "Root"),
        ("resource", "/Shared"),
        ("resource", "kubernetes:production/default"),
        ("resource", "collection:/Shared/absent"),
        ("expires_at", "2020-01-01T00:00:00Z"),
        ("expires_at", "tomorrow"),
    ):
        answer = as_root.post(f"{API}/grants/", {**right, field: value})
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [field]


def test_grants_are_listed_by_subject_and_collection(as_root: APIClient, as_bob: APIClient) -> None:
    make_user("alice")
    make_collection(as_root, "/Shared/payments")
    make_grant(as_root, resource="collection:/Shared/payments")
    make_grant(as_root, subject="user:alice")

    def listed(client: APIClient, query: str = "") -> set[tuple[str, str]]:
        rows = client.get(f"{API}/grants/{query}").json()["results"]
        return {(row["subject"], row["resource"]) for row in rows}

    bobs = {("user:bob", "collection:/Shared/Private/bob"), ("user:bob", "collection:/Shared/payments")}
    assert listed(as_root, "?subject=user:bob") == bobs
    assert listed(as_root, "?collection=/Shared/payments") == {("user:bob", "collection:/Shared/payments")}
    assert ("user:alice", "collection:/Shared") in listed(as_root)
    assert listed(as_bob) == bobs | {("organization:everyone", "collection:/Shared")}
    assert listed(as_bob, "?subject=user:alice") == set()
    assert as_bob.get(f"{API}/grants/?subject=nonsense").status_code == 400


def listed_grants(client: APIClient, query: str) -> set[tuple[str, str, str]]:
    answer = client.get(f"{API}/grants/?{query}")
    assert answer.status_code == 200, answer.content
    return {(row["subject"], row["role"], row["resource"]) for row in answer.json()["results"]}


@pytest.fixture
def several_grants(as_root: APIClient, bob: User) -> None:
    """Bob is in acme's team payments; everyone has Scheduler on /Shared, as always."""
    organization = make_organization("acme")
    team = accounts.create_team(actor=SYSTEM, organization=organization, name="payments")
    accounts.set_team_member(actor=SYSTEM, team=team, user=bob)
    accounts.create_service_account(actor=SYSTEM, organization=organization, name="ci")
    make_collection(as_root, "/Shared/payments")
    make_grant(as_root, subject="team:acme/payments", resource="collection:/Shared/payments", comment="quarterly close")
    make_grant(as_root, subject="organization:acme", role="Auditor", expires_at="2090-01-01T00:00:00Z")
    make_grant(as_root, subject="service-account:acme/ci", expires_at="2080-01-01T00:00:00Z")


PAYMENTS = ("team:acme/payments", "View Only", "collection:/Shared/payments")
ACME = ("organization:acme", "Auditor", "collection:/Shared")
CI = ("service-account:acme/ci", "View Only", "collection:/Shared")
OWN = ("user:bob", "Restricted Control", "collection:/Shared/Private/bob")
ROOTS = ("user:root", "Restricted Control", "collection:/Shared/Private/root")
EVERYONE = ("organization:everyone", "Scheduler", "collection:/Shared")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("subject=user:bob", {OWN}),
        ("subject=user:bob&expand=1", {OWN, PAYMENTS, ACME, EVERYONE}),
        ("subject=user:bob&expand=1&collection=/Shared", {ACME, EVERYONE}),
        ("subject=user:nobody&expand=1", set()),
        ("subject=organization:acme", {ACME}),
        ("subject=team:ACME/payments", {PAYMENTS}),
        ("subject=service-account:acme/ci", {CI}),
        ("subject=user:acme/ci", set()),
        ("role=Auditor", {ACME}),
        ("role=auditor", set()),
        ("collection=/Shared/payments", {PAYMENTS}),
        ("collection=/Shared/payments&inherited=1", {PAYMENTS, ACME, CI, EVERYONE}),
        ("expiring_before=2085-01-01T00:00:00Z", {CI}),
        ("expiring_before=2095-01-01T00:00:00Z", {CI, ACME}),
        ("created_by=root", {PAYMENTS, ACME, CI}),
        ("created_by=tests", {OWN, ROOTS}),
        ("search=payments", {PAYMENTS}),
        ("search=QUARTERLY", {PAYMENTS}),
        ("search=restricted", {OWN, ROOTS}),
        ("search=acme", {PAYMENTS, ACME, CI}),
    ],
)
def test_grants_are_filtered_by_anyone_and_anything(
    several_grants: None, as_root: APIClient, query: str, expected: set[tuple[str, str, str]]
) -> None:
    assert listed_grants(as_root, query) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("expand=1", "expand"),
        ("subject=team:acme/payments&expand=1", "expand"),
        ("inherited=1", "inherited"),
        ("expiring_before=soon", "expiring_before"),
        ("subject=service-account:ci", "subject"),
        ("colour=red", "colour"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(as_root: APIClient, query: str, field: str) -> None:
    answer = as_root.get(f"{API}/grants/?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_filter_widens_nothing(several_grants: None, as_bob: APIClient) -> None:
    assert listed_grants(as_bob, "search=root") == listed_grants(as_bob, "subject=user:root&expand=1") - {EVERYONE} == set()
    assert listed_grants(as_bob, "collection=/Shared&inherited=1") == {ACME, EVERYONE}


def test_the_end_and_the_comment_of_a_grant_are_changed_by_who_has_seen_them(as_root: APIClient, bob: User) -> None:
    made = make_grant(as_root, comment="on call")
    url = f"{API}/grants/{made['id']}/"
    tag = as_root.get(url)["ETag"]
    changed = as_root.patch(url, {"expires_at": "2090-01-01T00:00:00Z"}, headers={"If-Match": tag})
    assert (changed.json()["expires_at"], changed.json()["comment"]) == ("2090-01-01T00:00:00Z", "on call")
    assert changed["ETag"] == as_root.get(url)["ETag"] != tag
    assert as_root.patch(url, {"comment": "x"}, headers={"If-Match": tag}).status_code == 412
    assert as_root.delete(url, headers={"If-Match": tag}).status_code == 412
    assert as_root.patch(url, {"comment": ""}).json()["expires_at"] == "2090-01-01T00:00:00Z"
    assert as_root.patch(url, {"expires_at": None}).json()["expires_at"] is None
    details = Entry.objects.filter(operation="Grant Update").order_by("time").values_list("detail", flat=True)
    assert [detail["former_expires_at"] for detail in details] == [None, "2090-01-01T00:00:00Z", "2090-01-01T00:00:00Z"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"comment": "x" * 501}, "comment"),
        ({"role": "Full Control"}, "role"),
    ],
)
def test_a_wrong_change_of_a_grant_names_the_field(as_root: APIClient, bob: User, body: dict[str, Any], field: str) -> None:
    made = make_grant(as_root)
    answer = as_root.patch(f"{API}/grants/{made['id']}/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert as_root.get(f"{API}/grants/{made['id']}/").json() == made


@pytest.mark.parametrize(
    "resource",
    ["kubernetes:prod/web", "kubernetes:prod/*"],
)
def test_a_grant_on_a_cluster_that_is_not_there_is_refused_and_says_so(as_root: APIClient, bob: User, resource: str) -> None:
    answer = as_root.post(f"{API}/grants/", {"subject": "user:bob", "role": "View Only", "resource": resource})
    assert answer.status_code == 400
    assert answer.json()["errors"]["resource"] == ["there is no Kubernetes cluster 'prod': none can be attached yet"]


def test_an_auditor_sees_all_collections_and_grants(as_root: APIClient, as_bob: APIClient) -> None:
    make_collection(as_root, "/Hidden")
    assert "/Hidden" not in paths(as_bob)
    make_grant(as_root, role="Auditor", resource="collection:/")
    assert paths(as_bob) == paths(as_root)
    assert as_bob.get(f"{API}/grants/").json()["count"] == as_root.get(f"{API}/grants/").json()["count"]


def test_objects_of_a_collection_are_seen_by_kind(as_root: APIClient, as_bob: APIClient, bob: User) -> None:
    made = make_collection(as_root, "/Shared/payments")
    for kind in ("service", "node", "secret"):
        Placement.objects.create(cluster_id=bob.id, kind=kind, object_id=f"{kind}1", name=kind, collection_id=made["id"])
    url = f"{API}/collections/{made['id']}/objects/"
    assert [row["kind"] for row in as_bob.get(url).json()["results"]] == ["node"]  # by Scheduler on /Shared
    assert [row["id"] for row in as_root.get(url).json()["results"]] == ["node1", "secret1", "service1"]
    assert as_root.get(f"{API}/collections/{made['id']}/").json()["objects_count"] == 3


def test_an_object_tells_whether_the_caller_may_take_it_out_of_its_collection(
    as_root: APIClient, as_bob: APIClient, bob: User
) -> None:
    made = make_collection(as_root, "/Shared/payments")
    for kind in ("service", "node"):
        Placement.objects.create(cluster_id=bob.id, kind=kind, object_id=f"{kind}1", name=kind, collection_id=made["id"])
    make_grant(as_root, role="Restricted Control", resource="collection:/Shared/payments")

    def movable(client: APIClient) -> dict[str, bool]:
        rows = client.get(f"{API}/collections/{made['id']}/objects/").json()["results"]
        return {row["kind"]: row["capabilities"]["move"] for row in rows}

    assert movable(as_root) == {"service": True, "node": True}
    assert movable(as_bob) == {"service": True, "node": False}, "Restricted Control has no Node Update"


def test_what_others_have_in_a_collection_is_not_counted(as_root: APIClient, as_bob: APIClient, bob: User) -> None:
    """Everybody may schedule on /Shared, and so sees the collections below it: with nothing of what is in them."""
    make_collection(as_root, "/Shared/payments")
    other = make_collection(as_root, "/Shared/other")
    make_collection(as_root, "/Shared/other/inner")
    make_grant(as_root, resource="collection:/Shared/payments")
    for path in ("/Shared/payments", "/Shared/other"):
        collection = Collection.objects.get(path=path)
        for kind in ("service", "secret"):
            Placement.objects.create(cluster_id=uuid.uuid4(), kind=kind, object_id="x", name="x", collection=collection)

    def counts(client: APIClient) -> dict[str, tuple[int, int]]:
        rows = client.get(f"{API}/collections/?parent=/Shared").json()["results"]
        return {row["path"]: (row["objects_count"], row["children_count"]) for row in rows}

    assert counts(as_root)["/Shared/other"] == (2, 1)
    assert counts(as_bob)["/Shared/other"] == (0, 1)
    assert counts(as_bob)["/Shared/payments"] == (2, 0)
    assert as_bob.get(f"{API}/collections/{other['id']}/").json()["objects_count"] == 0


def test_who_may_what_is_explained(as_root: APIClient, as_bob: APIClient) -> None:
    make_collection(as_root, "/Hidden")
    asked = f"{API}/access/explain?subject=user:bob&operation=Service Create&target=collection:"
    yes = as_bob.get(asked + "/Shared/Private/bob").json()
    assert yes["allowed"]
    assert yes["because"] == ["user bob has Restricted Control on /Shared/Private/bob"]
    no = as_root.get(asked + "/Hidden").json()
    assert no["sentence"] == "bob may not do this: Service Create is missing on /Hidden"
    assert as_bob.get(asked + "/Hidden").json() == as_bob.get(asked + "/Hidden").json() == no
    assert as_bob.get(asked.replace("user:bob", "user:root") + "/").status_code == 404
    for wrong in ("operation=Service Fly", "operation=Service View&option=Devices", "operation=Service View&target=/x", ""):
        assert as_root.get(f"{API}/access/explain?subject=user:bob&{wrong}").status_code == 400


def test_a_danger_is_explained_with_each_of_its_options(as_root: APIClient, bob: User) -> None:
    asked = f"{API}/access/explain?subject=user:bob&operation=Container Create&target=collection:/Shared/Private/bob"
    answer = as_root.get(f"{asked}&option=Privileged&option=PID Mode").json()
    assert answer["missing"] == ["Container Create with Privileged", "Container Create with PID Mode"]


def test_who_can_names_everybody_who_may_and_through_what(as_root: APIClient, as_bob: APIClient) -> None:
    make_collection(as_root, "/Shared/payments")
    make_grant(as_root, subject="user:bob", role="View Only", resource="collection:/Shared")
    asked = f"{API}/access/who-can?operation=Service View&target=collection:/Shared/payments"
    assert as_root.get(asked).json()["results"] == [
        {"subject": "bob", "because": ["user bob has View Only on /Shared"]},
        {"subject": "root", "because": ["root is an administrator"]},
    ]
    last = as_root.get(f"{asked}&limit=1&offset=1").json()
    assert (last["count"], [row["subject"] for row in last["results"]]) == (2, ["root"])
    refused = as_bob.get(asked)
    assert (refused.status_code, refused.json()["missing"]) == (403, ["Access View"])
    assert as_root.get(asked.replace("/Shared/payments", "/none")).status_code == 400


def test_what_can_tells_where_rights_begin_and_grow(as_root: APIClient, as_bob: APIClient) -> None:
    make_grant(as_root, subject="user:bob", role="None", resource="collection:/Shared")
    rows = as_bob.get(f"{API}/access/what-can?subject=user:bob").json()["results"]
    assert {row["collection"]: "Service Create" in row["operations"] for row in rows} == {
        "/Shared": False,
        "/Shared/Private/bob": True,
    }
    assert next(row for row in rows if row["collection"] == "/Shared")["operations"] == ["Node Schedule", "Node View"]
    (everything,) = as_root.get(f"{API}/access/what-can?subject=user:root").json()["results"]
    assert everything["collection"] == "/"
    assert as_bob.get(f"{API}/access/what-can?subject=user:root").status_code == 404
    assert as_root.get(f"{API}/access/what-can?subject=team:acme/payments").status_code == 400


@pytest.mark.parametrize("path", ["collections/", "grants/"])
def test_lists_take_the_same_number_of_queries_however_long(as_root: APIClient, bob: User, path: str) -> None:
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert as_root.get(f"{API}/{path}").status_code == 200
        return len(queries)

    as_root.get(f"{API}/{path}")
    few = count_queries()
    for number in range(10):
        make_collection(as_root, f"/Shared/c{number}")
        make_grant(as_root, resource=f"collection:/Shared/c{number}")
    as_root.get(f"{API}/{path}")
    assert count_queries() == few


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("users/", {"username": "bob", "password": "correct horse battery"}, "username"),
        ("organizations/", {"name": "bob"}, "name"),
        ("organizations/acme/teams/", {"name": "payments"}, "name"),
        ("organizations/acme/service-accounts/", {"name": "ci"}, "name"),
        ("collections/", {"path": "/shared"}, "path"),
        ("roles/", {"name": "view only", "operations": {}}, "name"),
    ],
)
def test_a_name_that_is_taken_is_said_of_its_field(
    as_root: APIClient, bob: User, path: str, body: dict[str, Any], field: str
) -> None:
    acme = make_organization("acme")
    accounts.create_team(actor=SYSTEM, organization=acme, name="payments")
    accounts.create_service_account(actor=SYSTEM, organization=acme, name="ci")
    answer = as_root.post(f"{API}/{path}", body)
    assert (answer.status_code, answer.json()["errors"]) == (409, {field: [answer.json()["detail"]]})
