from __future__ import annotations

import datetime

import pytest

from apps.access import services
from apps.access.models import Collection, Grant
from apps.access.selectors.policy import store
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, Refused
from tests.access.conftest import at_the_same_time
from tests.support.accounts import SYSTEM, actor_of, make_organization

IN_AN_HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def acme(administrator: Actor, bob: User) -> None:
    """The organisation acme with the team payments, of which bob is a member, and the collection /Shared/payments."""
    organization = make_organization("acme")
    team = accounts.create_team(actor=SYSTEM, organization=organization, name="payments")
    accounts.set_team_member(actor=SYSTEM, team=team, user=bob)
    services.create_collection(actor=administrator, path="/Shared/payments")


def may(user: User, operation: str, path: str) -> bool:
    store.refresh()
    return store.current.may(actor_of(user), operation, Collection.objects.get(path=path).id)


@pytest.mark.parametrize("subject", ["user:bob", "team:acme/payments", "organization:acme", "organization:everyone"])
def test_a_grant_reaches_the_user_through_every_kind_of_subject(administrator: Actor, bob: User, subject: str) -> None:
    assert not may(bob, "Service Create", "/Shared/payments")
    grant, is_new = services.create_grant(
        actor=administrator, subject=subject, role="Restricted Control", collection="/Shared/payments"
    )
    assert is_new
    assert may(bob, "Service Create", "/Shared/payments")
    services.delete_grant(actor=administrator, grant=grant)
    assert not may(bob, "Service Create", "/Shared/payments")
    assert list(Entry.objects.filter(target_kind="grant").order_by("time").values_list("operation", flat=True)) == [
        "Grant Create",
        "Grant Delete",
    ]


def test_the_same_grant_again_is_the_same_grant(administrator: Actor) -> None:
    first, _ = services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared")
    again, is_new = services.create_grant(actor=administrator, subject="user:BOB", role="View Only", collection="/Shared")
    assert (again.id, is_new) == (first.id, False)
    assert Entry.objects.filter(operation__startswith="Grant").count() == 1


def test_granting_again_changes_the_end(administrator: Actor, bob: User) -> None:
    ends = clock.now() + IN_AN_HOUR
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared", expires_at=ends)
    grant, is_new = services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared")
    assert not is_new
    assert Grant.objects.get(id=grant.id).expires_at is None
    assert Entry.objects.get(operation="Grant Update").detail["former_expires_at"] == clock.isoformat(ends)


def test_a_grant_ends_in_a_policy_that_was_loaded_before(
    administrator: Actor, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = clock.now() + IN_AN_HOUR
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared", expires_at=ends)
    assert may(bob, "Service View", "/Shared")
    monkeypatch.setattr(clock, "now", lambda: ends)
    assert not may(bob, "Service View", "/Shared")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subject": "user:nobody"}, "subject"),
        ({"subject": "bob"}, "subject"),
        ({"subject": "team:payments"}, "subject"),
        ({"subject": "team:acme/other"}, "subject"),
        ({"subject": "service-account:acme/ci"}, "subject"),
        ({"role": "Root"}, "role"),
        ({"collection": "/Shared/absent"}, "resource"),
        ({"expires_at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)}, "expires_at"),
    ],
)
def test_a_wrong_grant_names_the_field(administrator: Actor, wrong: dict[str, object], field: str) -> None:
    right = {"subject": "user:bob", "role": "View Only", "collection": "/Shared"}
    count = Grant.objects.count()
    with pytest.raises(InvalidInput) as raised:
        services.create_grant(actor=administrator, **{**right, **wrong})  # type: ignore[arg-type]
    assert list(raised.value.errors) == [field]
    assert Grant.objects.count() == count


def test_only_administrators_change_grants(administrator: Actor, bob: User) -> None:
    grant, _ = services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared")
    with pytest.raises(Refused, match="bob may not create grants: only administrators may"):
        services.create_grant(actor=actor_of(bob), subject="user:bob", role="Full Control", collection="/")
    with pytest.raises(Refused, match="bob may not remove grants"):
        services.delete_grant(actor=actor_of(bob), grant=grant)
    assert Grant.objects.filter(id=grant.id).exists()


@pytest.mark.django_db(transaction=True)
def test_no_grant_is_made_to_who_is_being_removed() -> None:
    organization = make_organization("race")
    for number in range(6):
        team = accounts.create_team(actor=SYSTEM, organization=organization, name=f"team{number}")
        at_the_same_time(
            lambda: accounts.delete_team(actor=SYSTEM, team=team),  # noqa: B023
            lambda: services.create_grant(
                actor=SYSTEM,
                subject=f"team:race/team{number}",  # noqa: B023
                role="View Only",
                collection="/Shared",
            ),
        )
        assert not organization.teams.filter(id=team.id).exists()
    assert not Grant.objects.filter(team__isnull=False, role__name="View Only").exists()


def test_leaving_the_team_ends_what_it_gave(administrator: Actor, bob: User) -> None:
    services.create_grant(
        actor=administrator, subject="team:acme/payments", role="Restricted Control", collection="/Shared/payments"
    )
    assert may(bob, "Service Create", "/Shared/payments")
    team = bob.team_memberships.get().team
    accounts.remove_team_member(actor=SYSTEM, team=team, user=bob)
    assert not may(bob, "Service Create", "/Shared/payments")


def test_deactivation_ends_everything(bob: User) -> None:
    assert may(bob, "Service Create", "/Shared/Private/bob")
    accounts.update_user(actor=SYSTEM, user=bob, is_active=False)
    assert not may(bob, "Service Create", "/Shared/Private/bob")
    assert not may(bob, "Node Schedule", "/Shared")
