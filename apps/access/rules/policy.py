"""The compiled access model: who may do what where, decided in memory.

A `Policy` is an immutable snapshot of users, collections and grants. What a user's grants give on one collection is a bit
mask (rules.operations). The first question about a user gathers the grants of the user, the teams and the organisations;
the first question about a collection folds the masks along its ancestors. Both are remembered in bounded caches of the
snapshot, so that the gateway's question is two dictionary look-ups and an AND. Nothing here reads a database.

When something changed, `with_changes` makes the next snapshot: it shares what did not change, and with it what had been
folded for those whom the change does not concern. One changed grant costs them nothing.

What grants on the registry are on are places like collections, below `/` and beside them; the operations of repositories
count there and on `/`, all others in collections only (ADR 20).

Whatever is unknown gives nothing: an actor without a user row, an inactive user, a collection that is not in the snapshot,
an operation that is not in the catalogue. Grants end at their very second, without a new snapshot.
"""

from __future__ import annotations

import copy
import time
import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from apps.access.rules.collection_tree import CollectionTree, PolicyCollection
from apps.access.rules.operations import (
    ALL_MASK,
    OPERATION_BITS,
    counted_mask,
    missing_names,
    needed_mask,
)
from apps.access.rules.repositories import Repositories
from apps.access.types import PRIVATE_PATH, ROOT_PATH, SHARED_PATH
from apps.core.actor import Actor, ActorKind, account_kind
from apps.core.decision import Decision

_NODE_MASK = OPERATION_BITS["Node Schedule"] | OPERATION_BITS["Node View"]
_ACCOUNTS_MASK = OPERATION_BITS["Access View"] | OPERATION_BITS["Account View"]

MAX_CACHED_ACTORS = 4096
MAX_CACHED_ANSWERS = 4096  # of each kind, for one actor

Row = TypeVar("Row")

_NOTHING: Mapping[uuid.UUID, Any] = MappingProxyType({})

ANYWHERE = "every collection"
"""The place a refusal names where holding the operation in any one collection would have been enough."""


@dataclass(frozen=True, slots=True)
class PolicyUser:
    """Args: group_ids: the organisations and teams of the user, the organisation `everyone` included."""

    id: uuid.UUID
    name: str
    is_active: bool
    is_admin: bool
    group_ids: frozenset[uuid.UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class PolicyGrant:
    """One grant, compiled.

    Args:
        subject_id: of the user, team or organisation.
        subject: in words, "team acme/payments".
        role: its name.
        mask: the bits of the role's operations and options.
        place_id: of the collection, or of the repositories.
        expires_at: POSIX time in seconds, None for never.
    """

    subject_id: uuid.UUID
    subject: str
    role: str
    mask: int
    place_id: uuid.UUID
    expires_at: float | None = None


class UserFlags(NamedTuple):
    username: str
    is_active: bool
    is_admin: bool


class _Holdings:
    """What one active user holds, folded as it is asked for. Belongs to one policy."""

    __slots__ = (
        "answers",
        "decisions",
        "granted_masks",
        "grants",
        "is_unrestricted",
        "masks",
        "scheduling_roots",
        "seen_from_below",
        "user",
        "valid_until",
    )

    def __init__(self, user: PolicyUser, grants: tuple[PolicyGrant, ...], valid_until: float | None) -> None:
        self.user = user
        self.is_unrestricted = user.is_admin
        self.grants = grants
        self.valid_until = valid_until
        self.granted_masks: dict[int, int] = defaultdict(int)  # right on a collection, not yet folded
        self.seen_from_below: frozenset[int] | None = None  # until it is asked for
        self.masks: dict[int, int] = {}
        self.answers: dict[tuple[str, int], bool] = {}
        self.decisions: dict[tuple[str, int | None, tuple[str, ...]], Decision] = {}
        self.scheduling_roots: dict[int, uuid.UUID | None] = {}


class Policy:
    """The snapshot. All methods are safe to call from several threads: caches are only ever filled with equal values.

    Args:
        users, collections, grants: the rows. A collection whose parent is missing is left out, with all below it.
        default_collections: user id → collection id.
        aliases: former paths of renamed collections → collection id.
        now: POSIX time in seconds, for grants that end.
    """

    def __init__(
        self,
        *,
        users: Iterable[PolicyUser] = (),
        collections: Iterable[PolicyCollection] = (),
        grants: Iterable[PolicyGrant] = (),
        default_collections: Mapping[uuid.UUID, uuid.UUID] | None = None,
        aliases: Mapping[str, uuid.UUID] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._now = now
        self._users = {user.id.int: user for user in users}
        self._tree = CollectionTree(collections, aliases)
        self._defaults = {user_id.int: collection_id for user_id, collection_id in (default_collections or {}).items()}
        self._grants_of: dict[int, list[PolicyGrant]] = {}
        for grant in grants:
            self._grants_of.setdefault(grant.subject_id.int, []).append(grant)
        self._ends = self._ends_of_grants()
        self._root = self._tree.root
        self._holdings: dict[int, _Holdings] = {}

    def _ends_of_grants(self) -> list[float]:
        return sorted(grant.expires_at for rows in self._grants_of.values() for grant in rows if grant.expires_at)

    # The next snapshot

    def with_changes(
        self,
        *,
        users: Mapping[uuid.UUID, PolicyUser | None] = _NOTHING,
        default_collections: Mapping[uuid.UUID, uuid.UUID | None] = _NOTHING,
        grants: Mapping[uuid.UUID, Sequence[PolicyGrant]] = _NOTHING,
        collections: Mapping[uuid.UUID, PolicyCollection | None] = _NOTHING,
        aliases: Mapping[str, uuid.UUID] | None = None,
    ) -> Policy | None:
        """A snapshot that differs in what is given, and shares the rest, with what was folded of those it does not concern.

        Args:
            users, default_collections, collections: by id; None where there is none any more.
            grants: user, team or organisation → all its grants.
            aliases: all of them; None where none changed.

        Returns:
            None where the tree changed by more than leaves that came or went: then everything is to be compiled anew.
        """
        changed = copy.copy(self)
        if collections or aliases is not None:
            tree = self._tree.with_changes(collections, aliases)
            if tree is None:
                return None
            changed._tree = tree
        changed._users = _replaced(self._users, users)
        changed._defaults = _replaced(self._defaults, default_collections)
        if grants:
            changed._grants_of = _replaced(self._grants_of, {id_: list(rows) or None for id_, rows in grants.items()})
            changed._ends = changed._ends_of_grants()
        changed._holdings = {} if collections else self._holdings_besides({*users, *grants})
        return changed

    def as_known_by(self, subject_ids: AbstractSet[uuid.UUID]) -> Policy:
        """A snapshot with the grants of these users, teams and organisations alone, in which nobody is an administrator."""
        known = copy.copy(self)
        known._users = {key: replace(user, is_admin=False) if user.is_admin else user for key, user in self._users.items()}
        known._grants_of = {id_.int: rows for id_ in subject_ids if (rows := self._grants_of.get(id_.int))}
        known._ends = known._ends_of_grants()
        known._holdings = {}
        return known

    def _holdings_besides(self, changed: AbstractSet[uuid.UUID]) -> dict[int, _Holdings]:
        """Of those who are not among the users, teams and organisations, and in none of them."""
        kept = self._holdings.copy().items()  # at once: other threads fill it
        return {
            key: holdings
            for key, holdings in kept
            if holdings.user.id not in changed and changed.isdisjoint(holdings.user.group_ids)
        }

    # Questions about rights

    def may(self, actor: Actor, operation: str, collection_id: uuid.UUID | None) -> bool:
        """Whether the actor holds the operation on the collection (None: `/`). The hot path: no sentence, no options."""
        if actor.id is None:
            return actor.kind is _SYSTEM
        holdings = self._holdings.get(actor.id.int)
        if holdings is None or holdings.valid_until is not None or actor.kind is not _USER:
            holdings = self._holdings_of(actor)
            if holdings is None:
                return False
        if holdings.is_unrestricted:
            return True
        key = (operation, self._root if collection_id is None else collection_id.int)
        answer = holdings.answers.get(key)
        if answer is None:
            needed = needed_mask(operation)
            answer = needed is not None and self._mask(holdings, key[1]) & needed == needed
            if len(holdings.answers) >= MAX_CACHED_ANSWERS:
                holdings.answers = {}
            holdings.answers[key] = answer
        return answer

    def decide(
        self,
        actor: Actor,
        operation: str,
        collection_id: uuid.UUID | None = None,
        options: tuple[str, ...] = (),
    ) -> Decision:
        """The decision with its reasons: the grants that allow it, or what is missing where.

        Args:
            collection_id: where; None means `/`.
            options: the danger options that the request needs beside the operation.
        """
        holdings = self._holdings_of(actor)
        place = self._root if collection_id is None else collection_id.int
        if holdings is None:
            return self._decide_without_holdings(actor, operation, options, self._path_of_key(place))
        key = (operation, place, options)
        decision = holdings.decisions.get(key)
        if decision is None:
            decision = self._remember(holdings, key, self._decide_at(holdings, operation, place, options))
        return decision

    def decide_in_registry(
        self, actor: Actor, operation: str, repositories: Repositories, options: tuple[str, ...] = ()
    ) -> Decision:
        """Like `decide`, for a repository or a namespace, whether or not it is there: its grants, or those above it."""
        means_something = (needed_mask(operation) or 0) & counted_mask(repositories.path)
        if not means_something and not self.is_unrestricted(actor):
            return self.refuse(actor, operation, repositories.path, options)
        decision = self.decide(actor, operation, self.place_in_registry(repositories), options)
        return replace(decision, resource=repositories.path)

    def holds_anywhere(self, actor: Actor, operation: str, options: tuple[str, ...] = ()) -> Decision:
        """Like `decide`, for what belongs to no collection (images): holding it in any one collection is enough."""
        holdings = self._holdings_of(actor)
        if holdings is None:
            return self._decide_without_holdings(actor, operation, options, ANYWHERE)
        key = (operation, None, options)
        decision = holdings.decisions.get(key)
        if decision is None:
            decision = self._remember(holdings, key, self._decide_anywhere(holdings, operation, options))
        return decision

    def who_may(self, operation: str, collection_id: uuid.UUID | None, options: tuple[str, ...] = ()) -> list[Actor]:
        """Every active account that may do it there, administrators included, by name. `decide` says of each why.

        Looks at the grants on the collection and above it once, and at each account once: nothing is folded or kept.
        """
        place = self._root if collection_id is None else collection_id.int
        needed = needed_mask(operation, options)
        if needed is None or place not in self._tree.rows:
            return []
        held = self._held_by_subject(place)
        may = []
        for user in self._users.values():
            mask = held.get(user.id.int, 0)
            for group_id in user.group_ids:
                mask |= held.get(group_id.int, 0)
            if user.is_active and (user.is_admin or mask & needed == needed):
                may.append(user)
        return [Actor(account_kind(user.name), user.id, user.name, user.is_admin) for user in sorted(may, key=_by_name)]

    def _held_by_subject(self, place: int) -> dict[int, int]:
        """Subject → the bits of its grants on the collection and above it, of those that have not ended."""
        places, now = frozenset(self._tree.ancestors[place]), self._now()
        counted = counted_mask(self._tree.rows[place].path)
        held: dict[int, int] = {}
        for subject, grants in self._grants_of.items():
            mask = 0
            for grant in grants:
                if grant.place_id.int in places and (grant.expires_at is None or grant.expires_at > now):
                    mask |= grant.mask
            if mask & counted:
                held[subject] = mask & counted
        return held

    def what_may(self, actor: Actor) -> list[tuple[str, int]]:
        """The paths at which the actor's rights begin or grow, each with the bits held there; what is below has them, too.

        An administrator may everything, which is `/` alone with every bit.
        """
        holdings = self._holdings_of(actor)
        if holdings is None:
            return []
        if holdings.is_unrestricted:
            return [(ROOT_PATH, ALL_MASK)]
        paths = [(self._tree.rows[key].path, self._mask(holdings, key)) for key in holdings.granted_masks]
        return sorted((path, mask) for path, mask in paths if mask)

    def held(self, user: PolicyUser | None, collection_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
        """The bits that an account holds on each collection: all of them for an administrator, none where either is unknown.
        For comparing policies: nothing is remembered."""
        if user is None or not user.is_active:
            return dict.fromkeys(collection_ids, 0)
        if user.is_admin:
            return {id_: ALL_MASK if id_.int in self._tree.rows else 0 for id_ in collection_ids}
        holdings = self._holdings.get(user.id.int) or self._gather(user)
        return {id_: self._mask(holdings, id_.int) for id_ in collection_ids}

    def refuse(self, actor: Actor, operation: str, path: str, options: tuple[str, ...] = ()) -> Decision:
        """The refusal on a path that is absent or invisible: the same words as where only the right is missing."""
        return Decision(False, operation, path, missing_names(0, operation, options), subject=actor.name)

    def is_unrestricted(self, actor: Actor) -> bool:
        """The system and active administrators: they may everything, and everything is visible to them."""
        holdings = self._holdings_of(actor)
        return holdings.is_unrestricted if holdings is not None else actor.kind is _SYSTEM

    def scheduling_root(self, actor: Actor, collection_id: uuid.UUID) -> uuid.UUID | None:
        """The collection whose subtree's nodes may run the actor's workload in `collection_id`: the ancestor-or-self
        nearest to the root on which the actor holds Node Schedule. None means refused."""
        holdings = self._holdings_of(actor)
        if holdings is None or holdings.is_unrestricted:
            is_known = collection_id.int in self._tree.rows
            return self.root_id if is_known and self.is_unrestricted(actor) else None
        roots = holdings.scheduling_roots
        if collection_id.int not in roots:
            if len(roots) >= MAX_CACHED_ANSWERS:
                roots = holdings.scheduling_roots = {}
            roots[collection_id.int] = self._find_scheduling_root(holdings, collection_id.int)
        return roots[collection_id.int]

    def is_visible(self, actor: Actor, collection_id: uuid.UUID) -> bool:
        """Whether the collection exists for the actor: any operation is held on it, below it or above it.

        A private collection is named after its user, and who may schedule on all nodes is not to learn who there is
        (ADR 12): there it takes more than the nodes' own operations from above, or to be its user, or to read accounts.
        """
        key = collection_id.int
        if key not in self._tree.rows:
            return False
        if actor.id is None:
            return actor.kind is _SYSTEM
        holdings = self._holdings_of(actor)
        if holdings is None:
            return False
        if holdings.is_unrestricted or key in self._seen_from_below(holdings):
            return True
        mask = self._mask(holdings, key)
        if not mask or mask & ~_NODE_MASK or not self._is_private(key):
            return mask != 0
        return bool(self._mask(holdings, self._root) & _ACCOUNTS_MASK) or self._is_private_of(holdings.user, key)

    def has_grant_ending(self, after: float, until: float) -> bool:
        """Whether a grant's end is after the first and not after the second POSIX time: then what was allowed at the first
        may not be at the second, without a new policy."""
        return bisect_right(self._ends, until) > bisect_right(self._ends, after)

    # Questions about the tree and the accounts

    @property
    def root_id(self) -> uuid.UUID | None:
        return self._tree.at(ROOT_PATH)

    def by_path(self, path: str) -> uuid.UUID | None:
        """The collection of a path; of a former path while no other collection has taken it."""
        return self._tree.find(path)

    def place_in_registry(self, repositories: Repositories) -> uuid.UUID | None:
        """The nearest place that covers them: their own, that of the namespace, or the root."""
        namespace = Repositories(repositories.namespace)
        return self._tree.in_registry(repositories.path) or self._tree.in_registry(namespace.path) or self.root_id

    def path_of(self, collection_id: uuid.UUID) -> str:
        """The path; "" where there is no such collection."""
        collection = self._tree.rows.get(collection_id.int)
        return collection.path if collection else ""

    def ancestors(self, collection_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
        """The collection itself first, the root last; empty where there is no such collection."""
        return tuple(self._tree.rows[key].id for key in self._tree.ancestors.get(collection_id.int, ()))

    def collection_ids(self) -> tuple[uuid.UUID, ...]:
        """All collections by path, which puts each before those below it."""
        return self._tree.in_order

    def default_collection(self, user_id: uuid.UUID) -> uuid.UUID | None:
        """Where the user's objects go that name no collection: the chosen one, else the private one, else `/Shared`."""
        chosen = self._defaults.get(user_id.int)
        if chosen is not None and chosen.int in self._tree.rows:
            return chosen
        user = self._users.get(user_id.int)
        private = self._tree.at(f"{PRIVATE_PATH}/{user.name}") if user else None
        return private or self._tree.at(SHARED_PATH)

    def user(self, user_id: uuid.UUID) -> UserFlags | None:
        user = self._users.get(user_id.int)
        return UserFlags(user.name, user.is_active, user.is_admin) if user else None

    def user_row(self, user_id: uuid.UUID) -> PolicyUser | None:
        return self._users.get(user_id.int)

    def user_ids(self) -> frozenset[uuid.UUID]:
        return frozenset(user.id for user in self._users.values())

    def subject_ids(self) -> frozenset[uuid.UUID]:
        """The users, teams and organisations that have grants."""
        return frozenset(rows[0].subject_id for rows in self._grants_of.values() if rows)

    def grants_to(self, subject_id: uuid.UUID) -> Sequence[PolicyGrant]:
        """Of one user, team or organisation, those that have ended included."""
        return self._grants_of.get(subject_id.int, ())

    def group_ids(self, user_id: uuid.UUID) -> frozenset[uuid.UUID]:
        """The organisations and teams of a user."""
        user = self._users.get(user_id.int)
        return user.group_ids if user else frozenset()

    def _is_private(self, key: int) -> bool:
        private = self._tree.at(PRIVATE_PATH)
        return private is not None and private.int in self._tree.ancestors[key][1:]

    def _is_private_of(self, user: PolicyUser, key: int) -> bool:
        own = self._tree.at(f"{PRIVATE_PATH}/{user.name}")
        return own is not None and own.int in self._tree.ancestors[key]

    # Folding

    def _holdings_of(self, actor: Actor) -> _Holdings | None:
        """None for everyone without rights and for the system, which needs none."""
        if actor.kind not in _ACCOUNTS or actor.id is None:
            return None
        holdings = self._holdings.get(actor.id.int)
        if holdings is None or (holdings.valid_until is not None and holdings.valid_until <= self._now()):
            user = self._users.get(actor.id.int)
            if user is None or not user.is_active:
                return None
            holdings = self._gather(user)
            if len(self._holdings) >= MAX_CACHED_ACTORS:
                self._holdings = {}
            self._holdings[actor.id.int] = holdings
        return holdings if actor.kind is account_kind(holdings.user.name) else None

    def _gather(self, user: PolicyUser) -> _Holdings:
        now = self._now()
        grants = tuple(
            grant
            for subject_id in (user.id, *sorted(user.group_ids))
            for grant in self._grants_of.get(subject_id.int, ())
            if (grant.expires_at is None or grant.expires_at > now) and grant.place_id.int in self._tree.rows
        )
        holdings = _Holdings(user, grants, min((grant.expires_at for grant in grants if grant.expires_at), default=None))
        for grant in grants:
            key = grant.place_id.int
            holdings.granted_masks[key] |= grant.mask & counted_mask(self._tree.rows[key].path)
        return holdings

    def _seen_from_below(self, holdings: _Holdings) -> frozenset[int]:
        if holdings.seen_from_below is None:
            rows = self._tree.rows
            granted = (key for key, mask in holdings.granted_masks.items() if mask and not rows[key].is_in_registry)
            holdings.seen_from_below = frozenset(above for key in granted for above in self._tree.ancestors[key])
        return holdings.seen_from_below

    def _mask(self, holdings: _Holdings, key: int) -> int:
        """The folded bits at a place."""
        mask = holdings.masks.get(key)
        if mask is None:
            mask = 0
            for above in self._tree.ancestors.get(key, ()):
                mask |= holdings.granted_masks.get(above, 0)
            if mask:
                mask &= counted_mask(self._tree.rows[key].path)
            if len(holdings.masks) >= MAX_CACHED_ANSWERS:
                holdings.masks = {}
            holdings.masks[key] = mask
        return mask

    def _find_scheduling_root(self, holdings: _Holdings, key: int) -> uuid.UUID | None:
        needed = OPERATION_BITS["Node Schedule"]
        from_the_root = reversed(self._tree.ancestors.get(key, ()))
        root = next((above for above in from_the_root if self._mask(holdings, above) & needed), None)
        return None if root is None else self._tree.rows[root].id

    # Decisions

    @staticmethod
    def _remember(holdings: _Holdings, key: tuple[str, int | None, tuple[str, ...]], decision: Decision) -> Decision:
        if len(holdings.decisions) >= MAX_CACHED_ANSWERS:
            holdings.decisions = {}
        holdings.decisions[key] = decision
        return decision

    def _decide_without_holdings(self, actor: Actor, operation: str, options: tuple[str, ...], resource: str) -> Decision:
        if actor.kind is _SYSTEM:
            return Decision(True, operation, resource, because=(f"the system does it: {actor.name}",), subject=actor.name)
        return Decision(False, operation, resource, missing_names(0, operation, options), subject=actor.name)

    def _decide_at(self, holdings: _Holdings, operation: str, key: int, options: tuple[str, ...]) -> Decision:
        resource = self._path_of_key(key)
        if holdings.is_unrestricted:
            return _allow_administrator(holdings.user, operation, resource)
        held = self._mask(holdings, key)
        needed = needed_mask(operation, options)
        if needed is None or held & needed != needed:
            missing = missing_names(held, operation, options)
            return Decision(False, operation, resource, missing, subject=holdings.user.name)
        places = self._tree.ancestors[key]
        because = self._reasons(holdings, needed, lambda grant: grant.place_id.int in places)
        return Decision(True, operation, resource, because=because, subject=holdings.user.name)

    def _decide_anywhere(self, holdings: _Holdings, operation: str, options: tuple[str, ...]) -> Decision:
        if holdings.is_unrestricted:
            return _allow_administrator(holdings.user, operation, ANYWHERE)
        needed = needed_mask(operation, options)
        held = 0
        for key in holdings.granted_masks:
            mask = self._mask(holdings, key)
            held |= mask
            if needed is not None and mask & needed == needed:
                places = self._tree.ancestors[key]
                because = self._reasons(holdings, needed, lambda grant: grant.place_id.int in places)  # noqa: B023
                return Decision(True, operation, ANYWHERE, because=because, subject=holdings.user.name)
        return Decision(False, operation, ANYWHERE, missing_names(held, operation, options), subject=holdings.user.name)

    def _reasons(self, holdings: _Holdings, needed: int, covers: Callable[[PolicyGrant], bool]) -> tuple[str, ...]:
        return tuple(
            f"{grant.subject} has {grant.role} on {self._tree.rows[grant.place_id.int].path}"
            for grant in holdings.grants
            if grant.mask & needed and covers(grant)
        )

    def _path_of_key(self, key: int) -> str:
        if key == self._root:
            return ROOT_PATH
        collection = self._tree.rows.get(key)
        return collection.path if collection else "a collection that does not exist"


def _by_name(user: PolicyUser) -> str:
    return user.name


def _replaced(rows: dict[int, Row], changes: Mapping[uuid.UUID, Row | None]) -> dict[int, Row]:
    """The rows with the changes; a row that changed to None is gone."""
    if not changes:
        return rows
    replaced = rows.copy()
    for id_, row in changes.items():
        if row is None:
            replaced.pop(id_.int, None)
        else:
            replaced[id_.int] = row
    return replaced


_USER, _SYSTEM = ActorKind.USER, ActorKind.SYSTEM
_ACCOUNTS = frozenset({ActorKind.USER, ActorKind.SERVICE_ACCOUNT})


def _allow_administrator(user: PolicyUser, operation: str, resource: str) -> Decision:
    return Decision(True, operation, resource, because=(f"{user.name} is an administrator",), subject=user.name)
