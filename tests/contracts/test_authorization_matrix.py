"""Who may do what over REST, endpoint by endpoint. An endpoint that is not in the matrix fails the build.

The columns are answers to callers who ask for the same thing of somebody else's: a stranger, who holds nothing but what
everybody holds; a viewer, with View Only on the collection in question; a member of the organisation in question; a service
account of it, which holds nothing; one who administers it; an auditor, who sees everything and changes nothing; an
administrator. Who is not signed in at all gets nothing (401). A refusal must also have done nothing: whoever may change
nothing leaves every row as it was. No answer tells of what the caller may not view, and what is hidden is byte for byte the
answer for what does not exist.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.core.serializers import serialize
from django.db import transaction
from django.http import HttpResponseBase
from rest_framework.test import APIClient

from apps.access import services as access
from apps.access.selectors.policy import store
from apps.access.types import ObjectKind
from apps.accounts import services as accounts
from apps.accounts.models import Organization, Session, User
from apps.audit.models import ChainHead, Entry
from apps.certificates import services as certificates
from apps.configuration.models import Revision
from apps.jobs import services as jobs
from tests.contracts.endpoints import endpoints
from tests.support.accounts import (
    PASSWORD,
    SYSTEM,
    anonymous_client,
    client_of,
    machine_client_of,
    make_organization,
    make_user,
)


class Row(NamedTuple):
    """The status each caller gets. Who is not said gets what a stranger gets."""

    stranger: int
    auditor: int
    administrator: int
    body: Any = None
    viewer: int | None = None
    member: int | None = None
    machine: int | None = None
    head: int | None = None  # administers the organisation


GRANT = {"subject": "user:alice", "role": "View Only", "resource": "collection:/Moved"}

# In the order in which the administrator can do all of it: what is deleted is deleted last.
MATRIX: dict[str, Row] = {
    "GET /auth/me": Row(200, 200, 200),
    "GET /users/": Row(200, 200, 200),
    "POST /users/": Row(403, 403, 201, {"username": "new"}),
    "GET /users/alice/": Row(404, 200, 200),
    "PATCH /users/alice/": Row(404, 403, 200, {"full_name": "x"}),
    "POST /users/alice/password": Row(404, 403, 204, {"new_password": PASSWORD}),
    "GET /users/export": Row(403, 200, 200),
    "POST /users/import": Row(403, 403, 200, [{"username": "imported"}]),
    "GET /users/alice/deletion": Row(404, 403, 200),
    "GET /users/alice/deactivation": Row(404, 403, 200),
    "GET /subjects/": Row(200, 200, 200),
    "GET /organizations/": Row(200, 200, 200),
    "POST /organizations/": Row(403, 403, 201, {"name": "new-organization"}),
    "GET /organizations/acme/": Row(404, 200, 200, member=200, head=200),
    "PATCH /organizations/acme/": Row(404, 403, 200, {"full_name": "x"}, member=403, head=403),
    "GET /organizations/acme/members/": Row(404, 200, 200, member=200, head=200),
    "PUT /organizations/acme/members/alice/": Row(404, 403, 200, {"is_admin": True}, member=403, head=200),
    "GET /organizations/acme/teams/": Row(404, 200, 200, member=200, head=200),
    "POST /organizations/acme/teams/": Row(404, 403, 201, {"name": "new-team"}, member=403, head=201),
    "GET /organizations/acme/teams/payments/": Row(404, 200, 200, member=200, head=200),
    "PATCH /organizations/acme/teams/payments/": Row(404, 403, 200, {"description": "x"}, member=403, head=200),
    "GET /organizations/acme/teams/payments/members/": Row(404, 200, 200, member=200, head=200),
    "PUT /organizations/acme/teams/payments/members/alice/": Row(404, 403, 200, {"is_admin": True}, member=403, head=200),
    "GET /organizations/acme/teams/payments/deletion": Row(404, 403, 200, member=403, head=200),
    "GET /organizations/acme/deletion": Row(404, 403, 200, member=403, head=403),
    "GET /organizations/acme/service-accounts/": Row(404, 200, 200, member=200, head=200),
    "POST /organizations/acme/service-accounts/": Row(404, 403, 201, {"name": "new"}, member=403, head=201),
    "GET /organizations/acme/service-accounts/ci/": Row(404, 200, 200, member=200, head=200),
    "PATCH /organizations/acme/service-accounts/ci/": Row(404, 403, 200, {"full_name": "x"}, member=403, head=200),
    "GET /organizations/acme/service-accounts/ci/bundles/": Row(404, 200, 200, member=200, head=200),
    "POST /organizations/acme/service-accounts/ci/bundles/": Row(404, 403, 201, {"name": "new"}, member=403, head=201),
    "GET /organizations/acme/service-accounts/ci/default-collection/": Row(404, 200, 200, member=200, head=200),
    "PUT /organizations/acme/service-accounts/ci/default-collection/": Row(
        404, 403, 200, {"collection": "/Shared"}, member=403, head=200
    ),
    "DELETE /organizations/acme/service-accounts/ci/default-collection/": Row(404, 403, 204, member=403, head=204),
    "GET /organizations/acme/service-accounts/ci/deletion": Row(404, 403, 200, member=403, head=200),
    "DELETE /organizations/acme/service-accounts/ci/": Row(404, 403, 204, member=403, head=204),
    "GET /operations/": Row(200, 200, 200),
    "GET /roles/": Row(200, 200, 200),
    "POST /roles/": Row(403, 403, 201, {"name": "new", "operations": {}}),
    "GET /roles/Scheduler/": Row(200, 200, 200),
    "PATCH /roles/Custom/": Row(403, 403, 200, {"description": "x"}),
    "GET /roles/Custom/history/": Row(403, 200, 200),
    "POST /roles/Custom/restore": Row(403, 403, 200, {"version": 1}),
    "DELETE /roles/Custom/": Row(403, 403, 204),
    "GET /access/explain?subject=user:alice&operation=Service%20View&target=collection:/Secret": Row(404, 200, 200),
    "GET /access/who-can?operation=Service%20View&target=collection:/Secret": Row(403, 200, 200),
    "GET /access/what-can?subject=user:alice": Row(404, 200, 200),
    "GET /collections/": Row(200, 200, 200),
    "POST /collections/": Row(403, 403, 201, {"path": "/Shared/new"}),
    "GET /collections/{collection}/": Row(404, 200, 200, viewer=200),
    "PATCH /collections/{collection}/": Row(404, 403, 200, {"path": "/Moved"}, viewer=403),
    "GET /collections/{collection}/objects/": Row(404, 200, 200, viewer=200),
    "GET /grants/": Row(200, 200, 200),
    "POST /grants/": Row(403, 403, 200, GRANT),  # there already
    "GET /grants/{grant}/": Row(404, 200, 200),
    "PATCH /grants/{grant}/": Row(404, 403, 200, {"comment": "x"}),
    "GET /users/alice/default-collection/": Row(404, 200, 200),
    "PUT /users/alice/default-collection/": Row(404, 403, 200, {"collection": "/Moved"}),
    "DELETE /users/alice/default-collection/": Row(404, 403, 204),
    "GET /bundles/": Row(200, 200, 200),
    "POST /bundles/": Row(404, 403, 201, {"name": "new", "username": "alice"}),
    "GET /bundles/{bundle}/": Row(404, 404, 200),
    "GET /audit/": Row(403, 200, 200),
    "GET /audit/export": Row(403, 200, 200),
    "GET /audit/state": Row(403, 200, 200),
    "GET /settings/audit/": Row(403, 200, 200),
    "PATCH /settings/audit/": Row(403, 403, 200, {"retention_days": 90}),
    "GET /jobs/": Row(200, 200, 200),
    "GET /jobs/{job}/": Row(404, 200, 200),
    "GET /jobs/{job}/log": Row(404, 200, 200),
    "POST /jobs/{job}/cancel": Row(404, 403, 202),
    "GET /clusters/": Row(200, 200, 200),
    # Without a gateway to try the connection, which does not run here, a cluster is attached untried.
    "POST /clusters/": Row(403, 403, 201, {"name": "new", "url": "unix:///nowhere/docker.sock"}),
    "GET /clusters/nothing/": Row(404, 404, 404),
    "DELETE /clusters/nothing/": Row(404, 404, 404),
    "GET /swarm/summary": Row(200, 200, 200),
    "GET /swarm/services/": Row(200, 200, 200),
    "GET /swarm/services/nothing/": Row(404, 404, 404),
    "DELETE /swarm/services/nothing/": Row(404, 404, 404),
    "POST /swarm/services/nothing/scale": Row(404, 404, 404, {"replicas": 1}),
    **{f"POST /swarm/{kind}s/nothing/move": Row(404, 404, 404, {"collection": "/Shared"}) for kind in ObjectKind},
    "GET /swarm/tasks/": Row(200, 200, 200),
    "GET /swarm/nodes/": Row(200, 200, 200),
    "GET /swarm/containers/": Row(200, 200, 200),
    "DELETE /bundles/{bundle}/": Row(404, 404, 204),
    "DELETE /grants/{grant}/": Row(404, 403, 204),
    "DELETE /collections/{collection}/": Row(404, 403, 204, viewer=403),
    "DELETE /organizations/acme/teams/payments/members/alice/": Row(404, 403, 204, member=403, head=204),
    "DELETE /organizations/acme/members/alice/": Row(404, 403, 204, member=403, head=204),
    "DELETE /organizations/acme/teams/payments/": Row(404, 403, 204, member=403, head=204),
    "DELETE /organizations/acme/": Row(404, 403, 204, member=403, head=403),
    "DELETE /users/alice/": Row(404, 403, 204),
    "POST /tickets/": Row(201, 201, 201, {}),
    "POST /auth/logout": Row(204, 204, 204, machine=409),
}
OPEN_TO_ALL = {"POST /auth/login"}


@pytest.fixture
def things(alice: User) -> dict[str, str]:
    """What the paths of the matrix name; all of it Alice's or the administrator's."""
    organization = make_organization("acme", members=(alice,))
    team = accounts.create_team(actor=SYSTEM, organization=organization, name="payments")
    accounts.set_team_member(actor=SYSTEM, team=team, user=alice)
    accounts.create_service_account(actor=SYSTEM, organization=organization, name="ci")
    collection = access.create_collection(actor=SYSTEM, path="/Secret")
    access.create_role(actor=SYSTEM, name="Custom", operations={})
    grant, _ = access.create_grant(actor=SYSTEM, subject="user:alice", role="View Only", collection="/Secret")
    certificates.ensure_authorities()
    bundle, _ = certificates.create_bundle(actor=SYSTEM, user=alice, name="laptop")
    job = jobs.enqueue("test.kind", "", SYSTEM)
    return {"collection": str(collection.id), "grant": str(grant.id), "bundle": str(bundle.id), "job": str(job.id)}


def answers(caller: str, client: APIClient, things: dict[str, str], requests: Iterable[str] = MATRIX) -> dict[str, int]:
    """The statuses. Fails where an answer tells too much."""
    found = {}
    for request in requests:
        body, filled = MATRIX[request].body, request.format(**things)
        answer = ask(client, filled, body)
        text, sent = text_of(answer), f"{filled} {body}"
        leaked = [word for word in hidden_words(caller, things) if word in text and word not in sent]
        assert not leaked, (caller, request, leaked, text)
        found[request] = answer.status_code
    return found


def ask(client: APIClient, request: str, body: Any) -> HttpResponseBase:
    method, path = request.split(" ", 1)
    answer: HttpResponseBase = getattr(client, method.lower())(f"/api/v1{path}", None if method == "GET" else body)
    return answer


def text_of(answer: HttpResponseBase) -> str:
    content = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return str(content.decode(errors="replace"))  # a client bundle is an archive


IN_ACME = {"acme", "payments", "alice"}
SEES = {
    "viewer": {"/Secret", "collection"},
    "member": IN_ACME,
    "machine": IN_ACME,
    "head": IN_ACME,
}
"""Of the names and ids in `things`, what exists for the caller; auditors and administrators see all."""


def hidden_words(caller: str, things: dict[str, str]) -> set[str]:
    if caller in ("auditor", "administrator"):
        return set()
    shown = SEES.get(caller, set())
    ids = {id_ for name, id_ in things.items() if name not in shown}
    return ids | ({"/Secret", *IN_ACME} - shown)


def expected(caller: str) -> dict[str, int]:
    if caller == "anonymous":
        return dict.fromkeys(MATRIX, 401)
    statuses = {request: getattr(row, caller) for request, row in MATRIX.items()}
    return {request: status or MATRIX[request].stranger for request, status in statuses.items()}


def callers(auditor: User) -> dict[str, APIClient]:
    """Those who may change nothing of what is in the matrix."""
    acme = Organization.objects.get(name="acme")
    viewer, member = make_user("viewer"), make_user("member")
    access.create_grant(actor=SYSTEM, subject="user:viewer", role="View Only", collection="/Secret")
    accounts.set_member(actor=SYSTEM, organization=acme, user=member)
    machine = accounts.create_service_account(actor=SYSTEM, organization=acme, name="machine")
    return {
        "anonymous": anonymous_client(),
        "stranger": client_of(make_user("stranger")),
        "viewer": client_of(viewer),
        "member": client_of(member),
        "machine": machine_client_of(machine),
        "auditor": client_of(auditor),
    }


def rows_of_all() -> str:
    """Every row that is not a trace of having asked: entries of the audit log, and sessions with what counts them."""
    traces = {Entry, ChainHead, Session, Revision}
    models = [model for config in apps.get_app_configs() if config.name.startswith("apps.") for model in config.get_models()]
    return "".join(serialize("json", model._default_manager.order_by("pk")) for model in models if model not in traces)


def recorded_as_refused(caller: str) -> Counter[str]:
    """The requests of which the audit log has that they were refused, hidden things included."""
    name = f"acme/{caller}" if caller == "machine" else caller
    entries = Entry.objects.filter(outcome="refused", target_kind="path", actor_name=name)
    return Counter(f"{entry.detail['method']} {entry.target_name}" for entry in entries)


def expected_to_be_recorded(caller: str, things: dict[str, str]) -> Counter[str]:
    refused = (request.format(**things) for request, status in expected(caller).items() if status in (403, 404))
    return Counter(re.sub(" ", " /api/v1", request.split("?")[0], count=1) for request in refused if request[:4] != "GET ")


def test_everybody_gets_the_answer_of_the_matrix(things: dict[str, str], as_root: APIClient, redis_server: str) -> None:
    auditor, head = make_user("auditor"), make_user("head")
    access.create_grant(actor=SYSTEM, subject="user:auditor", role="Auditor", collection="/")
    accounts.set_member(actor=SYSTEM, organization=Organization.objects.get(name="acme"), user=head, is_admin=True)
    clients, as_head = callers(auditor), client_of(head)
    before = rows_of_all()
    for caller, client in clients.items():
        assert answers(caller, client, things) == expected(caller), caller
        assert rows_of_all() == before, caller
        assert recorded_as_refused(caller) == expected_to_be_recorded(caller, things), caller
    refused = [request for request, status in expected("head").items() if status >= 400]
    answers("head", as_head, things, refused)
    assert rows_of_all() == before
    with transaction.atomic():
        assert answers("head", as_head, things) == expected("head")
        transaction.set_rollback(True)
    store.forget()
    accounts.delete_user(actor=SYSTEM, user=User.objects.get(username="viewer"))  # whose grant would keep the collection
    assert answers("administrator", as_root, things) == expected("administrator")


def test_what_is_hidden_is_answered_byte_for_byte_like_what_is_absent(things: dict[str, str], redis_server: str) -> None:
    client = client_of(make_user("stranger"))
    absent = {"alice": "nobody", "acme": "nothing", "/Secret": "/Nowhere"} | {id_: str(uuid.uuid4()) for id_ in things.values()}

    def other(text: str) -> str:
        for each, instead in absent.items():
            text = text.replace(each, instead)
        return text

    compared = 0
    for request, row in MATRIX.items():
        hidden = request.format(**things)
        if row.stranger != 404 or other(hidden) == hidden:
            continue
        told = ask(client, hidden, row.body)
        same = ask(client, other(hidden), json.loads(other(json.dumps(row.body))))
        assert (told.status_code, other(text_of(told))) == (same.status_code, text_of(same)), request
        compared += 1
    assert compared > 30


def test_what_is_hidden_makes_no_difference_to_lists_and_counts(things: dict[str, str], redis_server: str) -> None:
    client = client_of(make_user("stranger"))
    lists = [name for name, row in MATRIX.items() if name.startswith("GET") and "{" not in name and row.stranger == 200]
    before = {request: text_of(ask(client, request, None)) for request in lists}
    carol = make_user("carol")
    umbrella = make_organization("umbrella", members=(carol,))
    team = accounts.create_team(actor=SYSTEM, organization=umbrella, name="labs")
    accounts.set_team_member(actor=SYSTEM, team=team, user=carol)
    accounts.create_service_account(actor=SYSTEM, organization=umbrella, name="robot")
    access.create_collection(actor=SYSTEM, path="/Vault")
    access.create_grant(actor=SYSTEM, subject="user:carol", role="Custom", collection="/Vault")
    certificates.create_bundle(actor=SYSTEM, user=carol, name="desk")
    jobs.enqueue("test.kind", "", SYSTEM)
    store.refresh()
    for request, text in before.items():
        assert text_of(ask(client, request, None)) == text, request


def test_every_endpoint_is_in_the_matrix() -> None:
    def shape(method: str, path: str) -> str:
        """The names of things made alike, in the table and in the URLs."""
        path = path.split("?")[0]
        for thing in (
            r"\{\w+\}",
            r"[0-9a-f-]{36}",
            "example",
            "alice",
            "acme",
            "payments",
            "Scheduler",
            "Custom",
            "nothing",
            "ci",
        ):
            path = re.sub(rf"(?<=/){thing}(?=/)", "*", path)
        return f"{method} {path}"

    there = {
        shape(method.upper(), endpoint.path.removeprefix("/api/v1"))
        for endpoint in endpoints()
        for method in endpoint.methods
        if endpoint.path.startswith("/api/v1/")
    }
    named = {shape(*request.split(" ", 1)) for request in (*MATRIX, *OPEN_TO_ALL)}
    assert there == named
