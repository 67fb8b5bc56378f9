from __future__ import annotations

import uuid

import pytest

from apps.core import authorization
from apps.core.actor import Actor, ActorKind
from apps.core.errors import Refused

BOB = Actor(ActorKind.USER, uuid.uuid4(), "bob")


@pytest.fixture
def nobody_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorization, "_decider", authorization._NoDecider())


@pytest.mark.usefixtures("nobody_decides")
def test_without_a_decider_everything_is_refused() -> None:
    for actor in (BOB, Actor.system("test"), Actor.anonymous()):
        with pytest.raises(Refused):
            authorization.authorize(actor, "Service View")


def test_a_change_for_administrators_says_so_and_names_the_operation() -> None:
    with pytest.raises(Refused) as raised:
        authorization.require_administrator(BOB, "create users", operation="User Create")
    assert raised.value.detail == "bob may not create users: only administrators may"
    assert raised.value.extra() == {"operation": "User Create", "collection": "/", "missing": ["Administrator"]}
    authorization.require_administrator(Actor.system("test"), "create users")
