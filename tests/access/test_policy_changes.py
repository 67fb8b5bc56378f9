"""What a process holds after it followed changes one by one is what it would hold had it loaded everything anew."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from typing import Any

import pytest

from apps.access import services
from apps.access.models import Collection, Grant, Role
from apps.access.rules.policy import Policy
from apps.access.selectors import policy as module
from apps.access.selectors.policy import PolicyStore, load_policy
from apps.accounts import services as accounts
from apps.accounts.models import Organization, Team, User
from apps.configuration import services as configuration
from apps.configuration.models import RevisionChange
from apps.configuration.types import Topic
from apps.core.actor import Actor
from apps.core.errors import QuarterdeckError
from tests.support.accounts import PASSWORD, actor_of, make_organization

STEPS = 60


def content_of(policy: Policy) -> dict[str, Any]:
    """Everything a policy answers from, in an order of its own."""
    return {
        "users": policy._users,
        "collections": policy._tree.rows,
        "ancestors": policy._tree.ancestors,
        "paths": policy._tree._by_path,
        "repositories": policy._tree._in_registry,
        "former paths": policy._tree.former_paths,
        "defaults": {user: chosen for user, chosen in policy._defaults.items() if chosen.int in policy._tree.rows},
        "grants": {subject: sorted(map(repr, rows)) for subject, rows in policy._grants_of.items() if rows},
        "ends": policy._ends,
        "root": policy.root_id,
    }


def assert_like_loaded_anew(policy: Policy) -> None:
    anew = load_policy()
    assert content_of(policy) == content_of(anew)
    for user in User.objects.all():
        actor = actor_of(user)
        for collection in Collection.objects.all():
            for operation in ("Service View", "Service Create", "Node Schedule", "Audit View"):
                assert policy.decide(actor, operation, collection.id) == anew.decide(actor, operation, collection.id)
            assert policy.scheduling_root(actor, collection.id) == anew.scheduling_root(actor, collection.id)
            assert policy.is_visible(actor, collection.id) == anew.is_visible(actor, collection.id)


class World:
    """Makes random changes through the services, as REST does."""

    def __init__(self, seed: int, administrator: Actor) -> None:
        self._random = random.Random(seed)
        self._by = administrator
        self._made = 0

    def change(self) -> None:
        """Some change; one that the services refuse is none."""
        with contextlib.suppress(QuarterdeckError):
            self._random.choice(self._changes())()

    def _changes(self) -> list[Callable[[], object]]:
        return [
            *(self._add_user, self._add_team, self._add_organization, self._add_collection, self._add_role) * 2,
            *(self._add_service_account, self._remove_service_account),
            *(self._grant, self._grant_on_repositories, self._join_team, self._join_organization) * 3,
            *(self._edit_role, self._revoke, self._leave, self._flag, self._move, self._choose_default),
            *(self._remove_user, self._remove_collection, self._remove_team, self._remove_organization, self._rename),
        ]

    def _name(self) -> str:
        self._made += 1
        return f"n{self._made}"

    def _some(self, model: Any, **conditions: Any) -> Any:
        rows = list(model._default_manager.filter(**conditions))
        if not rows:
            raise QuarterdeckError("there is none")
        return self._random.choice(rows)

    def _add_user(self) -> None:
        accounts.create_user(actor=self._by, username=self._name(), password=PASSWORD)

    def _add_organization(self) -> None:
        make_organization(self._name())

    def _add_service_account(self) -> None:
        organization = self._some(Organization, is_builtin=False)
        accounts.create_service_account(actor=self._by, organization=organization, name=self._name())

    def _remove_service_account(self) -> None:
        accounts.delete_service_account(actor=self._by, account=self._some(User, organization__isnull=False))

    def _add_team(self) -> None:
        accounts.create_team(actor=self._by, organization=self._some(Organization), name=self._name())

    def _add_collection(self) -> None:
        path = self._some(Collection).path.rstrip("/")
        services.create_collection(actor=self._by, path=f"{path}/{self._name()}")

    def _add_role(self) -> None:
        services.create_role(actor=self._by, name=self._name(), operations={"Service View": []})

    def _grant_on_repositories(self) -> None:
        namespace = self._some(self._random.choice([User, Organization]))
        services.create_grant(
            actor=self._by,
            subject=f"user:{self._some(User)}",
            role=self._random.choice(["Registry Read", "Registry Write", "Auditor"]),
            registry=f"{namespace}/{self._random.choice(['*', 'web', 'shop'])}",
        )

    def _grant(self) -> None:
        holder = self._some(self._random.choice([User, Team, Organization]))
        kind = "service-account" if "/" in str(holder) and isinstance(holder, User) else type(holder).__name__.lower()
        services.create_grant(
            actor=self._by,
            subject=f"{kind}:{holder}",
            role=self._some(Role).name,
            collection=self._some(Collection).path,
        )

    def _revoke(self) -> None:
        services.delete_grant(actor=self._by, grant=self._some(Grant))

    def _edit_role(self) -> None:
        operations: dict[str, list[str]] = {self._random.choice(["Service View", "Node Schedule", "Service Create"]): []}
        services.update_role(actor=self._by, role=self._some(Role, is_builtin=False), name=self._name(), operations=operations)

    def _join_team(self) -> None:
        accounts.set_team_member(actor=self._by, team=self._some(Team), user=self._some(User))

    def _join_organization(self) -> None:
        accounts.set_member(actor=self._by, organization=self._some(Organization), user=self._some(User))

    def _leave(self) -> None:
        accounts.remove_member(actor=self._by, organization=self._some(Organization), user=self._some(User))

    def _flag(self) -> None:
        user, flag = self._some(User, username__startswith="n"), self._random.random() < 0.5
        if self._random.random() < 0.5:
            accounts.update_user(actor=self._by, user=user, is_admin=flag)
        else:
            accounts.update_user(actor=self._by, user=user, is_active=flag)

    def _move(self) -> None:
        path = self._some(Collection).path.rstrip("/")
        services.update_collection(
            actor=self._by, collection=self._some(Collection, is_builtin=False), path=f"{path}/{self._name()}"
        )

    def _choose_default(self) -> None:
        services.set_default_collection(actor=self._by, user=self._some(User), path=self._some(Collection).path)

    def _remove_user(self) -> None:
        accounts.delete_user(actor=self._by, user=self._some(User, username__startswith="n"))

    def _remove_collection(self) -> None:
        services.delete_collection(
            actor=self._by, collection=self._some(Collection, is_builtin=False), with_grants=True, move_to="/Shared"
        )

    def _remove_team(self) -> None:
        accounts.delete_team(actor=self._by, team=self._some(Team))

    def _remove_organization(self) -> None:
        accounts.delete_organization(actor=self._by, organization=self._some(Organization, is_builtin=False))

    def _rename(self) -> None:
        if self._random.random() < 0.5:
            accounts.update_user(actor=self._by, user=self._some(User, username__startswith="n"), username=self._name())
        else:
            accounts.update_organization(
                actor=self._by, organization=self._some(Organization, is_builtin=False), name=self._name()
            )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("at_once", [1, 4])
def test_following_changes_is_loading_everything_anew(administrator: Actor, seed: int, at_once: int) -> None:
    world, follower = World(seed, administrator), PolicyStore()
    follower.refresh()
    for _ in range(STEPS // at_once):
        for _ in range(at_once):
            world.change()
        follower.refresh()
        assert_like_loaded_anew(follower.current)


@pytest.fixture
def followed(administrator: Actor, bob: User, monkeypatch: pytest.MonkeyPatch) -> PolicyStore:
    """One that has loaded everything once, and is not to do it again."""
    follower = PolicyStore()
    make_organization("acme")
    follower.refresh()
    follower.current.decide(actor_of(bob), "Service View")
    monkeypatch.setattr(module, "load_policy", lambda: pytest.fail("everything was loaded anew"))
    return follower


def single_changes(administrator: Actor, bob: User) -> dict[str, Callable[[], object]]:
    def on_acme() -> Organization:
        return Organization.objects.get(name="acme")

    return {
        "grant": lambda: services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/"),
        "collection": lambda: services.create_collection(actor=administrator, path="/Shared/payments"),
        "collection removed": lambda: services.delete_collection(
            actor=administrator, collection=Collection.objects.get(path="/Shared/payments")
        ),
        "user": lambda: accounts.create_user(actor=administrator, username="carol", password=PASSWORD),
        "user renamed": lambda: accounts.update_user(actor=administrator, user=bob, full_name="Bob B."),
        "member": lambda: accounts.set_member(actor=administrator, organization=on_acme(), user=bob),
        "team": lambda: accounts.create_team(actor=administrator, organization=on_acme(), name="payments"),
        "team member": lambda: accounts.set_team_member(actor=administrator, team=Team.objects.get(), user=bob),
        "team removed": lambda: accounts.delete_team(actor=administrator, team=Team.objects.get()),
        "organization renamed": lambda: accounts.update_organization(actor=administrator, organization=on_acme(), name="acme2"),
        "user removed": lambda: accounts.delete_user(actor=administrator, user=User.objects.get(username="carol")),
    }


def test_a_single_change_never_loads_everything(
    followed: PolicyStore, administrator: Actor, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, change in single_changes(administrator, bob).items():
        change()
        followed.refresh()
        assert content_of(followed.current) == content_of(load_policy()), name


def test_a_changed_grant_leaves_what_was_folded_for_others(followed: PolicyStore, administrator: Actor, bob: User) -> None:
    folded = followed.current._holdings[bob.id.int]
    services.create_grant(actor=administrator, subject="user:root", role="View Only", collection="/Shared")
    followed.refresh()
    assert followed.current._holdings[bob.id.int] is folded
    services.create_grant(actor=administrator, subject="organization:everyone", role="View Only", collection="/Shared")
    followed.refresh()
    assert bob.id.int not in followed.current._holdings


def test_a_moved_collection_is_loaded_with_everything(administrator: Actor) -> None:
    collection = services.create_collection(actor=administrator, path="/Shared/payments")
    services.create_collection(actor=administrator, path="/Shared/payments/eu")
    follower = PolicyStore()
    follower.refresh()
    services.update_collection(actor=administrator, collection=collection, path="/Shared/billing")
    assert follower.refresh()
    assert follower.current.by_path("/Shared/billing/eu") == follower.current.by_path("/Shared/payments/eu")
    assert_like_loaded_anew(follower.current)


def test_who_cannot_be_told_what_changed_loads_everything(administrator: Actor, bob: User) -> None:
    follower = PolicyStore()
    follower.refresh()
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared")
    RevisionChange.objects.all().delete()
    assert follower.refresh()
    assert_like_loaded_anew(follower.current)
    Grant.objects.filter(user=bob).delete()
    configuration.bump(Topic.POLICY)
    assert follower.refresh()
    assert_like_loaded_anew(follower.current)
