"""The access model of docs/access.md, sentence by sentence: the name of each test says one.

These tests stand beside the ones of the modules, which go into every corner; here each sentence is shown once, through
services and REST or, where it speaks of the docker CLI, with the stock CLI on a real engine.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable

import pytest

from apps.access import services
from apps.access.models import Collection, Grant
from apps.access.selectors.policy import store
from apps.accounts import services as accounts
from apps.accounts.models import Organization, Team, User
from apps.core.decision import Decision
from tests.support.accounts import SYSTEM, actor_of, make_organization, make_user


class Model:
    """An empty installation, and short ways to people, places and grants in it."""

    def user(self, name: str, **fields: object) -> User:
        return make_user(name, **fields)

    def organization(self, name: str, *, admins: Iterable[User] = (), members: Iterable[User] = ()) -> Organization:
        return make_organization(name, admins=tuple(admins), members=tuple(members))

    def team(self, organization: Organization, name: str, *members: User) -> Team:
        team = accounts.create_team(actor=SYSTEM, organization=organization, name=name)
        for member in members:
            accounts.set_team_member(actor=SYSTEM, team=team, user=member)
        return team

    def collection(self, path: str) -> Collection:
        made = services.create_collection(actor=SYSTEM, path=path)
        store.refresh()
        return made

    def id_of(self, path: str) -> uuid.UUID:
        return Collection.objects.get(path=path).id

    def role(self, name: str, *operations: str) -> str:
        services.create_role(actor=SYSTEM, name=name, operations={operation: [] for operation in operations})
        return name

    def grant(self, subject: str, role: str, path: str, *, until: datetime.datetime | None = None) -> Grant:
        made, _ = services.create_grant(actor=SYSTEM, subject=subject, role=role, collection=path, expires_at=until)
        store.refresh()
        return made

    def may(self, user: User, operation: str, path: str) -> bool:
        return self.decide(user, operation, path).allowed

    def decide(self, user: User, operation: str, path: str, *options: str) -> Decision:
        store.refresh()
        return store.current.decide(actor_of(user), operation, store.current.by_path(path) or uuid.uuid4(), options)


@pytest.fixture
def model() -> Model:
    return Model()
