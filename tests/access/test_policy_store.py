from __future__ import annotations

import asyncio
import datetime
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connections
from pytest_django import DjangoAssertNumQueries

from apps.access import services
from apps.access.models import Collection
from apps.access.selectors import policy as module
from apps.access.selectors.policy import PolicyStore, load_policy, store
from apps.accounts.models import User
from apps.core import authorization, clock
from apps.core.actor import Actor
from apps.core.authorization import Target
from apps.core.errors import Refused
from tests.support.accounts import actor_of, make_user


def test_before_it_is_loaded_everybody_is_refused(root: User) -> None:
    assert not store.is_loaded
    assert not authorization.decide(actor_of(root), "Service View").allowed
    assert authorization.decide(Actor.system("start"), "Service View").allowed


def test_an_unchanged_policy_costs_one_query(bob: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert store.refresh()
    with django_assert_num_queries(1):
        assert not store.refresh()


def test_loading_takes_the_same_number_of_queries_however_many_there_are(
    administrator: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(12):
        load_policy()
    for number in range(5):
        make_user(f"user{number}")
    with django_assert_num_queries(12):
        load_policy()


def test_who_asks_the_port_is_answered_by_the_current_policy(administrator: Actor, bob: User) -> None:
    collection = services.create_collection(actor=administrator, path="/Shared/payments")
    store.refresh()
    with pytest.raises(Refused, match="bob may not do this: Service View is missing on /Shared/payments"):
        authorization.authorize(actor_of(bob), "Service View", Target(collection.id))
    with pytest.raises(Refused, match="is missing on /Shared/former"):
        authorization.authorize(actor_of(bob), "Service View", Target(collection.id, "/Shared/former"))
    services.create_grant(actor=administrator, subject="user:bob", role="View Only", collection="/Shared/payments")
    store.refresh()
    assert authorization.authorize(actor_of(bob), "Service View", Target(collection.id)).because == (
        "user bob has View Only on /Shared/payments",
    )


async def end(following: asyncio.Task[None]) -> None:
    """Ends the follower, and the connections of the threads that did database work for the test."""
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await sync_to_async(connections.close_all)()


@pytest.mark.django_db(transaction=True)
async def test_a_follower_has_a_change_within_a_second_and_says_so() -> None:
    follower, changes = PolicyStore(), asyncio.Queue[None]()
    following = asyncio.create_task(follower.follow(lambda: changes.put_nowait(None)))
    try:
        await asyncio.wait_for(changes.get(), 5)
        assert follower.is_loaded
        bob = await sync_to_async(make_user)("bob")
        await asyncio.wait_for(changes.get(), 1)
        private = await sync_to_async(Collection.objects.get)(path="/Shared/Private/bob")
        assert follower.current.may(actor_of(bob), "Service Create", private.id)
    finally:
        await end(following)


@pytest.mark.django_db(transaction=True)
async def test_a_follower_says_so_when_a_grant_ends() -> None:
    administrator = actor_of(await sync_to_async(make_user)("root", is_admin=True))
    follower, changes = PolicyStore(), asyncio.Queue[None]()
    following = asyncio.create_task(follower.follow(lambda: changes.put_nowait(None)))
    try:
        await asyncio.wait_for(changes.get(), 5)
        ends = clock.now() + datetime.timedelta(seconds=1.5)
        await sync_to_async(services.create_grant)(
            actor=administrator, subject="user:root", role="View Only", collection="/Shared", expires_at=ends
        )
        await asyncio.wait_for(changes.get(), 1)
        await asyncio.wait_for(changes.get(), 3)
        assert ends <= clock.now() <= ends + datetime.timedelta(seconds=1)
    finally:
        await end(following)


@pytest.mark.django_db(transaction=True)
async def test_a_notice_is_heard_long_before_the_next_poll(redis_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 60.0)
    follower, changes = PolicyStore(), asyncio.Queue[None]()
    following = asyncio.create_task(follower.follow(lambda: changes.put_nowait(None)))
    try:
        await asyncio.wait_for(changes.get(), 5)
        await asyncio.sleep(0.3)  # until it listens
        await sync_to_async(make_user)("bob")
        await asyncio.wait_for(changes.get(), 1)
    finally:
        await end(following)


async def test_while_the_database_is_away_the_last_policy_stays_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([None, OperationalError("server closed the connection"), None])
    calls = asyncio.Event()
    loop = asyncio.get_running_loop()
    follower = PolicyStore()

    def refresh() -> bool:
        answer = next(answers, None)
        if answer is None:
            loop.call_soon_threadsafe(calls.set)
            return True
        raise answer

    monkeypatch.setattr(follower, "refresh", refresh)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1

    following = asyncio.create_task(follower.follow(count))
    try:
        async with asyncio.timeout(5):
            while seen < 2:
                await asyncio.sleep(0.01)
        assert not following.done()
    finally:
        await end(following)


def test_rows_of_an_unknown_collection_are_left_out() -> None:
    assert load_policy().path_of(uuid.uuid4()) == ""
