"""The policy this process decides by: compiled from the rows, and where they changed compiled again, as far as they did.

Every change of what the policy depends on raises the revision POLICY in its own transaction, and says what changed
(ADR 10). `web` looks at the revision at the start of each request (`controlplane.middleware.PolicyMiddleware`), so who
writes reads the own writes; the long-running listeners (gateway, streams, projector) run `store.follow`, which hears the
notice of a change within milliseconds and finds it by polling within half a second where the notice is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import Error, connection, connections
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from apps.access.models import Collection, CollectionAlias, DefaultCollection, Grant, RegistryScope, Role
from apps.access.rules.collection_tree import PolicyCollection
from apps.access.rules.operations import mask_of
from apps.access.rules.policy import Policy, PolicyGrant, PolicyUser
from apps.accounts.selectors import subjects
from apps.accounts.types import Subjects, SubjectUser
from apps.configuration.selectors import changes_between, revisions
from apps.configuration.types import PolicyPart, Topic
from apps.core import clock, notices
from apps.core.actor import Actor
from apps.core.authorization import Target
from apps.core.decision import Decision

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5


def load_policy() -> Policy:
    """Compiles the rows, in a number of queries that does not depend on how many there are."""
    accounts = subjects()
    return Policy(
        users=map(_policy_user, accounts.users),
        collections=_places(Collection.objects.all(), RegistryScope.objects.all()),
        grants=_grants(accounts, Grant.objects.all()),
        default_collections=dict(DefaultCollection.objects.values_list("user_id", "collection_id")),
        aliases=_aliases(),
        now=lambda: clock.now().timestamp(),
    )


def changed_policy(policy: Policy, changed: Iterable[str]) -> Policy | None:
    """Compiles what changed alone, from the rows as they are now, in a bounded number of queries.

    Args:
        changed: "kind:id" of each, in the words of `configuration.types.PolicyPart`.

    Returns:
        None where more of the tree changed than can be told apart.
    """
    ids: dict[PolicyPart, set[uuid.UUID]] = {part: set() for part in PolicyPart}
    for each in changed:
        part, _, id_ = each.partition(":")
        ids[PolicyPart(part)].add(uuid.UUID(id_))
    users, holders, places = ids[PolicyPart.USER], ids[PolicyPart.GRANTS], ids[PolicyPart.PLACE]
    if ids[PolicyPart.ROLE]:
        of_roles = _with_holder(Grant.objects.filter(role_id__in=ids[PolicyPart.ROLE]))
        holders |= set(of_roles.values_list("holder_id", flat=True))
    accounts = subjects(users | holders) if users or holders else Subjects((), {}, {})
    found = {user.id: _policy_user(user) for user in accounts.users}
    grants: dict[uuid.UUID, list[PolicyGrant]] = {id_: [] for id_ in holders}
    for grant in _grants(accounts, _of_subjects(holders)) if holders else ():
        grants[grant.subject_id].append(grant)
    defaults = dict(DefaultCollection.objects.filter(user_id__in=users).values_list("user_id", "collection_id"))
    found_places = _places(Collection.objects.filter(id__in=places), RegistryScope.objects.filter(id__in=places))
    rows = {row.id: row for row in found_places}
    return policy.with_changes(
        users={id_: found.get(id_) for id_ in users},
        default_collections={id_: defaults.get(id_) for id_ in users},
        grants=grants,
        collections={id_: rows.get(id_) for id_ in places},
        aliases=_aliases() if places else None,
    )


def _policy_user(user: SubjectUser) -> PolicyUser:
    return PolicyUser(user.id, user.username, user.is_active, user.is_admin, user.organization_ids | user.team_ids)


def _places(collections: QuerySet[Collection], scopes: QuerySet[RegistryScope]) -> Iterator[PolicyCollection]:
    yield from (PolicyCollection(*row) for row in collections.values_list("id", "path", "parent_id"))
    for scope in scopes.select_related("user", "organization"):
        yield PolicyCollection(scope.id, scope.repositories.path, scope.parent_id)


def _aliases() -> dict[str, uuid.UUID]:
    return dict(CollectionAlias.objects.values_list("path", "collection_id"))


def _with_holder(grants: QuerySet[Grant]) -> QuerySet[Any]:
    return grants.annotate(holder_id=Coalesce("user_id", "team_id", "organization_id"))


def _of_subjects(ids: set[uuid.UUID]) -> QuerySet[Grant]:
    return Grant.objects.filter(Q(user_id__in=ids) | Q(team_id__in=ids) | Q(organization_id__in=ids))


def _grants(accounts: Subjects, grants: QuerySet[Grant]) -> Iterator[PolicyGrant]:
    """Those of the accounts."""
    roles = {id_: (name, mask_of(operations)) for id_, name, operations in Role.objects.values_list("id", "name", "operations")}
    names: dict[uuid.UUID, str] = {user.id: f"user {user.username}" for user in accounts.users}
    names.update({id_: f"organization {name}" for id_, name in accounts.organizations.items()})
    names.update({id_: f"team {name}" for id_, name in accounts.teams.items()})
    columns = ("holder_id", "role_id", "collection_id", "registry_scope_id", "expires_at")
    rows = _with_holder(grants).order_by().values_list(*columns)
    for subject_id, role_id, collection_id, scope_id, expires_at in rows:
        # Rows written between our queries are missing in the earlier ones; the raised revision loads them again.
        if subject_id in names and role_id in roles:
            role, mask = roles[role_id]
            ends = expires_at.timestamp() if expires_at else None
            yield PolicyGrant(subject_id, names[subject_id], role, mask, collection_id or scope_id, ends)


class PolicyStore:
    """Holds the current policy of this process. Until the first refresh it is empty, and everything is refused."""

    def __init__(self) -> None:
        self._policy = Policy()
        self._revision: int | None = None
        self._lock = threading.Lock()

    @property
    def current(self) -> Policy:
        """The latest policy loaded, from memory."""
        return self._policy

    @property
    def is_loaded(self) -> bool:
        return self._revision is not None

    def refresh(self) -> bool:
        """Loads what changed of the policy: one small query where nothing did. Returns whether something did.

        The revision is read before the rows: a change between the two is loaded once more, and never missed. Not to be
        called in a transaction that may yet be rolled back: another change would get the same revision.
        """
        if revisions().get(Topic.POLICY, 0) == self._revision:
            return False
        with self._lock:
            revision = revisions().get(Topic.POLICY, 0)
            if revision == self._revision:
                return False
            self._policy = self._changed_since(self._revision, revision) or load_policy()
            self._revision = revision
            return True

    def _changed_since(self, seen: int | None, revision: int) -> Policy | None:
        """None where everything is to be loaded."""
        changed = changes_between(Topic.POLICY, seen, revision) if seen is not None else None
        return changed_policy(self._policy, changed) if changed is not None else None

    def in_transaction(self) -> Policy:
        """The policy as it would be if this transaction were committed. It is not kept."""
        revision = revisions().get(Topic.POLICY, 0)
        if revision == self._revision:
            return self._policy
        return self._changed_since(self._revision, revision) or load_policy()

    def forget(self) -> None:
        """The next refresh loads whatever the revision says: for a database that was replaced under us."""
        with self._lock:
            self._policy = Policy()
            self._revision = None

    async def follow(self, on_change: Callable[[], None] | None = None) -> None:
        """Keeps the policy current until cancelled. While the database is away the last policy stays in force.

        Args:
            on_change: called in the event loop after each new policy, the first included, and after a grant ended by its
                time: what is running is to be decided on again.
        """
        changed = asyncio.Event()
        executor = ThreadPoolExecutor(1, thread_name_prefix="policy")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(notices.wake(changed, Topic.POLICY.value))
                looked_at = clock.now().timestamp()
                while True:
                    changed.clear()
                    is_new = await loop.run_in_executor(executor, self._refresh_patiently)
                    before, looked_at = looked_at, clock.now().timestamp()
                    if on_change is not None and (is_new or self._policy.has_grant_ending(before, looked_at)):
                        on_change()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL_SECONDS):
                            await changed.wait()
        finally:
            executor.submit(connections.close_all)  # those of its thread
            executor.shutdown(wait=False)

    def _refresh_patiently(self) -> bool:
        try:
            return self.refresh()
        except Error as error:
            logger.warning("the policy cannot be read, the last one stays in force: %s", error)
            connection.close()
            return False


store = PolicyStore()
"""The one of this process."""


class StoreDecider:
    """What `core.authorization` asks: the current policy, with the target's own spelling in the sentence."""

    def decide(self, actor: Actor, operation: str, target: Target, options: tuple[str, ...] = ()) -> Decision:
        decision = store.current.decide(actor, operation, target.collection_id, options)
        if decision.allowed or not target.path or decision.resource == target.path:
            return decision
        return dataclasses.replace(decision, resource=target.path)
