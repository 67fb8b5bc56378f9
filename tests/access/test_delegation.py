"""An organisation administrator may grant to the own teams and service accounts only what they hold there."""

from __future__ import annotations

import datetime

import pytest
from rest_framework.test import APIClient

from apps.access import services
from apps.access.models import Grant
from apps.access.rules.delegation import Holding, missing_to_grant
from apps.access.rules.operations import mask_of, names_of
from apps.access.rules.roles import BUILTIN_ROLES
from apps.access.selectors.policy import store
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, Refused
from tests.support.accounts import SYSTEM, actor_of, client_of, make_organization, make_user

OPERATIONS = {role.name: role.operations for role in BUILTIN_ROLES}
NOON = datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


def holding(role: str, path: str, expires_at: datetime.datetime | None = None) -> Holding:
    return Holding(path, mask_of(OPERATIONS[role]), expires_at)


def missing(holdings: list[Holding], role: str, path: str, until: datetime.datetime | None = None) -> tuple[str, ...]:
    return names_of(missing_to_grant(holdings, OPERATIONS[role], path, until))


def test_what_is_held_on_a_collection_is_held_below_it_and_not_above_or_beside_it() -> None:
    held = [holding("View Only", "/Shared/a")]
    assert missing(held, "View Only", "/Shared/a") == missing(held, "View Only", "/Shared/a/b") == ()
    for path in ("/Shared", "/Shared/ab", "/"):
        assert "Service View" in missing(held, "View Only", path)


def test_what_is_held_adds_up() -> None:
    held = [holding("View Only", "/"), holding("Scheduler", "/Shared")]
    assert missing(held, "Scheduler", "/Shared/a") == ()
    assert missing(held, "Scheduler", "/System") == ("Node Schedule",)


def test_an_option_is_held_only_by_a_role_that_has_it() -> None:
    assert missing([holding("Full Control", "/")], "Full Control", "/Shared") == ()
    lacking = missing([holding("Restricted Control", "/")], "Full Control", "/Shared")
    assert "Service Create with Host Bind Mounts" in lacking
    assert "Service Create" not in lacking


def test_what_ends_cannot_be_granted_beyond_its_end() -> None:
    held = [holding("View Only", "/Shared", NOON)]
    assert missing(held, "View Only", "/Shared", NOON) == missing(held, "View Only", "/Shared", NOON - HOUR) == ()
    assert missing(held, "View Only", "/Shared", NOON + HOUR) != ()
    assert missing(held, "View Only", "/Shared", None) != ()


def test_system_operations_count_on_the_root_only() -> None:
    held = [holding("View Only", "/"), holding("Registry Read", "/")]
    assert missing(held, "Auditor", "/Shared") == ()
    assert "Audit View" in missing(held, "Auditor", "/")


@pytest.fixture
def head(administrator: Actor) -> User:
    """Who administers acme, and holds Restricted Control on /Shared/acme through its team payments."""
    head = make_user("head")
    acme = make_organization("acme", admins=(head,))
    other = make_organization("other")
    team = accounts.create_team(actor=SYSTEM, organization=acme, name="payments")
    accounts.set_team_member(actor=SYSTEM, team=team, user=head)
    accounts.create_team(actor=SYSTEM, organization=acme, name="billing")
    accounts.create_team(actor=SYSTEM, organization=other, name="theirs")
    for path in ("/Shared/acme", "/Hidden"):
        services.create_collection(actor=administrator, path=path)
    services.create_grant(
        actor=administrator, subject="team:acme/payments", role="Restricted Control", collection="/Shared/acme"
    )
    store.refresh()
    return head


def test_what_is_held_may_be_granted_to_the_own_teams(head: User) -> None:
    grant, is_new = services.create_grant(
        actor=actor_of(head), subject="team:acme/billing", role="View Only", collection="/Shared/acme", comment="on call"
    )
    assert (is_new, grant.created_by) == (True, "head")
    until = clock.now() + HOUR
    services.update_grant(actor=actor_of(head), grant=grant, expires_at=until)
    assert Grant.objects.get(id=grant.id).expires_at == until
    services.delete_grant(actor=actor_of(head), grant=grant)
    assert not Grant.objects.filter(id=grant.id).exists()


def test_what_is_not_held_is_refused_and_named(head: User) -> None:
    count = Grant.objects.count()
    with pytest.raises(Refused) as raised:
        services.create_grant(actor=actor_of(head), subject="team:acme/billing", role="Full Control", collection="/Shared/acme")
    assert raised.value.detail.startswith(
        "head may not grant Full Control on /Shared/acme: one grants what one holds there for as long, and head lacks "
        "Container Create with Additional Kernel Capabilities, Container Create with Cgroup Parent, "
        "Container Create with Container Namespaces, Container Create with Devices, "
        "Container Create with Host Bind Mounts and "
    )
    assert raised.value.decision is not None
    assert "Container Exec" in raised.value.decision.missing
    assert Grant.objects.count() == count


@pytest.mark.parametrize(
    "subject", ["user:bob", "user:head", "user:nobody", "organization:acme", "organization:everyone", "team:other/theirs"]
)
def test_nothing_is_granted_outside_the_own_organisation(head: User, bob: User, subject: str) -> None:
    count = Grant.objects.count()
    with pytest.raises(Refused, match=r"head may not grant to .*: only to teams and service accounts of acme"):
        services.create_grant(actor=actor_of(head), subject=subject, role="View Only", collection="/Shared/acme")
    assert Grant.objects.count() == count


def test_an_invisible_collection_and_an_absent_one_are_the_same(head: User) -> None:
    for path in ("/Hidden", "/Absent"):
        for role in ("View Only", "None"):
            with pytest.raises(InvalidInput) as raised:
                services.create_grant(actor=actor_of(head), subject="team:acme/billing", role=role, collection=path)
            assert raised.value.errors == {"resource": [f"there is no collection '{path}'"]}


def test_a_right_that_ends_is_not_made_to_last_through_the_own_team(administrator: Actor, head: User) -> None:
    until = clock.now() + HOUR
    temporary, _ = services.create_grant(
        actor=administrator, subject="team:acme/payments", role="Full Control", collection="/Shared/acme", expires_at=until
    )
    actor = actor_of(head)
    for end in (None, until + HOUR):
        with pytest.raises(Refused, match="head lacks"):
            services.create_grant(
                actor=actor, subject="team:acme/payments", role="Full Control", collection="/Shared/acme", expires_at=end
            )
        with pytest.raises(Refused, match="head lacks"):
            services.update_grant(actor=actor, grant=temporary, expires_at=end)
    assert Grant.objects.get(id=temporary.id).expires_at == until
    services.create_grant(
        actor=actor, subject="team:acme/billing", role="Full Control", collection="/Shared/acme", expires_at=until
    )


def test_who_may_not_make_a_grant_may_not_take_it_away(administrator: Actor, head: User, bob: User) -> None:
    full, _ = services.create_grant(
        actor=administrator, subject="team:acme/billing", role="Full Control", collection="/Shared/acme"
    )
    foreign, _ = services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared/acme")
    for grant in (full, foreign):
        with pytest.raises(Refused, match="head may not grant"):
            services.delete_grant(actor=actor_of(head), grant=grant)
        with pytest.raises(Refused, match="head may not grant"):
            services.update_grant(actor=actor_of(head), grant=grant, comment="mine")
    assert Grant.objects.filter(id__in=[full.id, foreign.id], comment="").count() == 2


def test_a_member_and_a_team_administrator_grant_nothing(head: User, bob: User) -> None:
    organization = head.organization_memberships.get().organization
    accounts.set_member(actor=SYSTEM, organization=organization, user=bob)
    accounts.set_team_member(actor=SYSTEM, team=organization.teams.get(name="payments"), user=bob, is_admin=True)
    with pytest.raises(Refused, match="bob may not create grants: only administrators may"):
        services.create_grant(actor=actor_of(bob), subject="team:acme/billing", role="View Only", collection="/Shared/acme")


def test_a_service_account_is_granted_what_its_organisations_administrator_holds(head: User) -> None:
    organization = head.organization_memberships.get().organization
    account = accounts.create_service_account(actor=SYSTEM, organization=organization, name="ci")
    services.create_grant(actor=actor_of(head), subject="service-account:acme/ci", role="View Only", collection="/Shared/acme")
    assert Grant.objects.get(user=account).subject_kind == "service-account"
    with pytest.raises(InvalidInput, match="there is no service-account:acme/other"):
        services.create_grant(
            actor=actor_of(head), subject="service-account:acme/other", role="View Only", collection="/Shared/acme"
        )
    with pytest.raises(InvalidInput, match="there is no user:acme/ci"):
        services.create_grant(actor=SYSTEM, subject="user:acme/ci", role="View Only", collection="/Shared/acme")


def test_over_rest_the_list_shows_the_own_teams_grants_with_what_may_be_done(
    administrator: Actor, as_root: APIClient, head: User
) -> None:
    as_head = client_of(head)
    for role in ("View Only", "Full Control"):
        services.create_grant(actor=administrator, subject="team:acme/billing", role=role, collection="/Shared/acme")
    services.create_grant(actor=administrator, subject="team:other/theirs", role="View Only", collection="/Shared/acme")
    rows = as_head.get("/api/v1/grants/?collection=/Shared/acme").json()["results"]
    assert {(row["subject"], row["role"]): row["capabilities"]["update"] for row in rows} == {
        ("team:acme/payments", "Restricted Control"): True,
        ("team:acme/billing", "View Only"): True,
        ("team:acme/billing", "Full Control"): False,
    }
    body = {"subject": "team:acme/billing", "role": "Full Control", "resource": "collection:/Shared/acme"}
    refused = as_head.post("/api/v1/grants/", body)
    assert (refused.status_code, refused.json()["collection"]) == (403, "/Shared/acme")
    assert "Container Exec" in refused.json()["missing"]
    assert Entry.objects.filter(outcome="refused", actor_name="head", operation="Grant Create").count() == 1
