"""A preview tells what the change would do, does none of it, and refuses what the change would be refused."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.access import services
from apps.access.models import Grant
from apps.access.selectors.policy import store
from apps.accounts import services as accounts
from apps.accounts.models import Organization, Team, TeamMember, User
from apps.audit.models import Entry
from apps.configuration.selectors import revisions
from apps.core.actor import Actor
from apps.core.previews import summary
from apps.core.rehearsal import Shift
from tests.support.accounts import SYSTEM, client_of, make_organization, make_user

GRANTS, MEMBERS = "/api/v1/grants/", "/api/v1/organizations/acme/teams/payments/members/"


@pytest.fixture
def payments(administrator: Actor, bob: User) -> Team:
    """A team of bob and alice, and three collections."""
    alice = make_user("alice")
    organization = make_organization("acme", members=(bob, alice))
    team = accounts.create_team(actor=SYSTEM, organization=organization, name="payments")
    for user in (bob, alice):
        accounts.set_team_member(actor=SYSTEM, team=team, user=user)
    for name in ("payments", "payments/eu", "other"):
        services.create_collection(actor=administrator, path=f"/Shared/{name}")
    return team


def state() -> tuple[object, ...]:
    return Grant.objects.count(), TeamMember.objects.count(), Entry.objects.count(), revisions()


def previewed(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    effect: dict[str, Any] = answer.json()
    return effect


def grant_body(**changes: str) -> dict[str, str]:
    body = {"subject": "team:acme/payments", "role": "View Only", "resource": "collection:/Shared/payments"}
    return body | changes


def test_a_grant_says_who_would_gain_what_and_changes_nothing(as_root: APIClient, payments: Team) -> None:
    before = state()
    effect = previewed(as_root.post(f"{GRANTS}?preview=1", grant_body()))
    assert effect["lost"] == []
    [gained] = effect["gained"]
    assert (gained["people"], gained["people_count"]) == (["alice", "bob"], 2)
    assert (gained["collections"], gained["collections_count"]) == (["/Shared/payments"], 1)
    assert "Service Logs" in gained["operations"]
    assert "Service Create" not in gained["operations"]
    assert gained["summary"].startswith("2 people gain ")
    assert state() == before


def test_what_somebody_holds_already_is_not_gained(as_root: APIClient, payments: Team, administrator: Actor) -> None:
    services.create_grant(actor=administrator, subject="user:bob", role="Full Control", collection="/Shared")
    effect = previewed(as_root.post(f"{GRANTS}?preview=1", grant_body()))
    assert {name for shift in effect["gained"] for name in shift["people"]} == {"alice"}
    services.create_grant(actor=administrator, subject="user:alice", role="View Only", collection="/Shared")
    store.refresh()
    assert previewed(as_root.post(f"{GRANTS}?preview=1", grant_body())) == {"gained": [], "lost": []}


def test_an_administrator_gains_nothing_by_a_grant(as_root: APIClient, payments: Team) -> None:
    assert previewed(as_root.post(f"{GRANTS}?preview=1", grant_body(subject="user:root"))) == {"gained": [], "lost": []}


def test_a_removed_grant_is_lost_where_nothing_else_gives_it(as_root: APIClient, payments: Team, administrator: Actor) -> None:
    grant, _ = services.create_grant(
        actor=administrator, subject="team:acme/payments", role="View Only", collection="/Shared/payments"
    )
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared/payments/eu")
    before = state()
    effect = previewed(as_root.delete(f"{GRANTS}{grant.id}/?preview=1"))
    assert effect["gained"] == []
    assert [(shift["people"], shift["collections"]) for shift in effect["lost"]] == [(["alice", "bob"], ["/Shared/payments"])]
    assert state() == before


def test_a_membership_says_what_it_brings_and_what_its_end_takes(
    as_root: APIClient, payments: Team, administrator: Actor
) -> None:
    services.create_grant(actor=administrator, subject="team:acme/payments", role="View Only", collection="/Shared/payments")
    services.create_grant(actor=administrator, subject="organization:acme", role="View Only", collection="/Shared/other")
    make_user("carol")
    before = state()
    effect = previewed(as_root.put(f"{MEMBERS}carol/?preview=1", {"is_admin": False}))
    assert [(shift["people"], shift["collections"]) for shift in effect["gained"]] == [
        (["carol"], ["/Shared/other", "/Shared/payments"])
    ]
    effect = previewed(as_root.delete(f"{MEMBERS}bob/?preview=1"))
    assert [(shift["people"], shift["collections"]) for shift in effect["lost"]] == [(["bob"], ["/Shared/payments"])]
    effect = previewed(as_root.delete("/api/v1/organizations/acme/members/bob/?preview=1"))
    assert effect["lost"][0]["collections"] == ["/Shared/other", "/Shared/payments"]
    assert state() == before


def test_an_edited_role_says_what_these_people_gain_on_how_many_collections(
    as_root: APIClient, payments: Team, administrator: Actor
) -> None:
    services.create_role(actor=administrator, name="Operators", operations={"Service View": []})
    for path in ("/Shared/payments", "/Shared/other", "/System"):
        services.create_grant(actor=administrator, subject="team:acme/payments", role="Operators", collection=path)
    edit: dict[str, dict[str, list[str]]] = {"operations": {"Container Exec": []}}
    effect = previewed(as_root.patch("/api/v1/roles/Operators/?preview=1", edit))["effect"]
    assert [shift["summary"] for shift in effect["gained"]] == ["2 people gain Container Exec on 3 collections"]
    assert [shift["summary"] for shift in effect["lost"]] == ["2 people lose Service View on 3 collections"]
    deleted = previewed(as_root.delete("/api/v1/roles/Operators/?preview=1"))["effect"]
    assert [shift["operations"] for shift in deleted["lost"]] == [["Service View"]]


def test_what_would_be_refused_is_refused_in_a_preview(
    as_root: APIClient, as_bob: APIClient, payments: Team, administrator: Actor
) -> None:
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared/payments")
    before = Grant.objects.count(), TeamMember.objects.count(), revisions()
    assert as_root.post(f"{GRANTS}?preview=1", grant_body(role="Nothing")).json()["errors"] == {
        "role": ["there is no role 'Nothing'"]
    }
    real, preview = as_bob.post(GRANTS, grant_body()), as_bob.post(f"{GRANTS}?preview=1", grant_body())
    assert (preview.status_code, preview.json()) == (403, real.json())
    assert as_bob.put(f"{MEMBERS}bob/?preview=1", {"is_admin": True}).status_code == 403
    assert as_root.post(f"{GRANTS}?preview=perhaps", grant_body()).status_code == 400
    assert (Grant.objects.count(), TeamMember.objects.count(), revisions()) == before


def test_who_administers_an_organisation_previews_what_it_may_change(payments: Team, administrator: Actor, bob: User) -> None:
    accounts.set_member(actor=SYSTEM, organization=Organization.objects.get(name="acme"), user=bob, is_admin=True)
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared/payments")
    store.refresh()
    effect = previewed(client_of(bob).post(f"{GRANTS}?preview=1", grant_body()))
    assert [shift["people"] for shift in effect["gained"]] == [["alice"]]


def test_what_somebody_holds_otherwise_does_not_show_to_who_may_not_see_it(payments: Team, administrator: Actor) -> None:
    """Whether by a grant of their own, through another organisation or as an administrator."""
    head, by_grant, by_team = make_user("head"), make_user("granted"), make_user("teamed")
    organization = Organization.objects.get(name="acme")
    accounts.set_member(actor=SYSTEM, organization=organization, user=head, is_admin=True)
    services.create_grant(
        actor=administrator, subject="team:acme/payments", role="Restricted Control", collection="/Shared/payments"
    )
    services.create_grant(actor=administrator, subject="user:granted", role="View Only", collection="/Shared/payments")
    globex = make_organization("globex", members=(by_team,))
    other = accounts.create_team(actor=SYSTEM, organization=globex, name="other")
    accounts.set_team_member(actor=SYSTEM, team=other, user=by_team)
    services.create_grant(actor=administrator, subject="team:globex/other", role="Full Control", collection="/Shared")
    make_user("nobody")
    store.refresh()
    as_head = client_of(head)

    def gained(name: str) -> Any:
        effect = previewed(as_head.put(f"{MEMBERS}{name}/?preview=1", {}))
        return [(shift["operations"], shift["collections"]) for shift in effect["gained"]]

    for name in (by_grant.username, by_team.username, "root"):
        assert gained(name) == gained("nobody") != []


def test_a_preview_is_one_sentence() -> None:
    one = Shift(("Container Exec",), ("bob",), ("/Shared",))
    assert summary(one, "gain") == "bob gains Container Exec on /Shared"
    many = Shift(("Container Exec", "Service View", "Service Logs"), ("alice", "bob"), ("/Shared", "/System"))
    assert summary(many, "lose") == "2 people lose Container Exec and 2 more on 2 collections"
