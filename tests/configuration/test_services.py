from __future__ import annotations

import json
import threading

import pytest
import redis
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.configuration import selectors, services
from apps.configuration.types import Topic
from apps.core import notices


@pytest.mark.django_db
def test_a_revision_rises_with_its_transaction_and_not_without() -> None:
    before = selectors.revisions().get("policy", 0)
    services.bump(Topic.POLICY)
    assert selectors.revisions()["policy"] == before + 1

    def change() -> None:
        with transaction.atomic():
            services.bump(Topic.POLICY)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert selectors.revisions()["policy"] == before + 1


@pytest.mark.django_db
def test_an_absent_redis_breaks_nothing(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, settings: Settings
) -> None:
    notices._client.cache_clear()
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"
    with django_capture_on_commit_callbacks(execute=True):
        services.bump(Topic.CREDENTIALS)
    notices._client.cache_clear()
    assert selectors.revisions()["credentials"] == 1


@pytest.mark.django_db
def test_processes_hear_of_it_on_commit(
    redis_server: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with redis.Redis.from_url(redis_server) as client, client.pubsub(ignore_subscribe_messages=True) as subscriber:
        subscriber.subscribe("quarterdeck:credentials")
        subscriber.get_message(timeout=5)
        with django_capture_on_commit_callbacks(execute=True):
            services.bump(Topic.CREDENTIALS, session="1")
            assert subscriber.get_message(timeout=0.2) is None
        message = subscriber.get_message(timeout=5)
        assert message is not None
        assert json.loads(message["data"]) == {"session": "1"}


@pytest.mark.django_db(transaction=True)
def test_concurrent_changes_all_count() -> None:
    before = selectors.revisions().get("placements", 0)

    def bump() -> None:
        for _ in range(10):
            with transaction.atomic():
                services.bump(Topic.PLACEMENTS)
        connection.close()

    threads = [threading.Thread(target=bump) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert selectors.revisions()["placements"] == before + 40


@pytest.mark.django_db
def test_a_revision_of_the_policy_says_what_changed() -> None:
    seen = selectors.revisions().get("policy", 0)
    services.bump(Topic.POLICY, "user:1", "grants:1")
    services.bump(Topic.POLICY, "grants:1", "role:2")
    assert selectors.changes_between(Topic.POLICY, seen, seen + 2) == frozenset({"user:1", "grants:1", "role:2"})
    assert selectors.changes_between(Topic.POLICY, seen + 1, seen + 2) == frozenset({"grants:1", "role:2"})


@pytest.mark.django_db
def test_what_changed_is_not_told_where_it_may_be_anything() -> None:
    seen = selectors.revisions().get("policy", 0)
    services.bump(Topic.POLICY, "user:1")
    services.bump(Topic.POLICY)
    assert selectors.changes_between(Topic.POLICY, seen, seen + 2) is None
    services.bump(Topic.POLICY, *(f"user:{number}" for number in range(selectors.MAX_CHANGES + 1)))
    assert selectors.changes_between(Topic.POLICY, seen + 2, seen + 3) is None
    assert selectors.changes_between(Topic.POLICY, seen + 5, seen) is None


@pytest.mark.django_db
def test_old_changes_are_forgotten_and_not_mistaken_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_KEPT_CHANGES", 3)
    monkeypatch.setattr(services, "_REMOVED_EVERY", 1)
    seen = selectors.revisions().get("policy", 0)
    for number in range(5):
        services.bump(Topic.POLICY, f"user:{number}")
    assert selectors.changes_between(Topic.POLICY, seen, seen + 5) is None
    assert selectors.changes_between(Topic.POLICY, seen + 2, seen + 5) == frozenset({"user:2", "user:3", "user:4"})
