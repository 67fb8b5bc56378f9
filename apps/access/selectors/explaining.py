"""The explorer's three questions: may they, who can, what can. The sentences are those of `Policy.decide`, as in refusals."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from apps.access.rules.operations import OPERATIONS, names_of
from apps.access.rules.policy import Policy
from apps.access.selectors.collections import may_read_everything
from apps.access.selectors.grants import parse_subject
from apps.access.types import ROOT_PATH, SubjectKind
from apps.accounts.models import User
from apps.core.actor import Actor, account_kind
from apps.core.authorization import authorize
from apps.core.decision import Decision
from apps.core.errors import InvalidInput, NotFound


def explain(
    actor: Actor, policy: Policy, *, subject: str, operation: str, path: str = ROOT_PATH, options: tuple[str, ...] = ()
) -> Decision:
    """May SUBJECT do OPERATION on the collection, and through what?

    Args:
        subject: "user:bob" or "service-account:acme/ci".

    Raises:
        InvalidInput: the subject is no account, or the operation or an option does not exist.
        NotFound: there is no such account, or the actor may ask about nobody else.
    """
    _require_catalogued(operation, options)
    asked = _account(actor, policy, subject)
    collection_id = _visible(actor, policy, path)
    if collection_id is None:
        return policy.refuse(asked, operation, path, options)
    return policy.decide(asked, operation, collection_id, options)


def who_can(
    actor: Actor, policy: Policy, *, operation: str, path: str = ROOT_PATH, options: tuple[str, ...] = ()
) -> Sequence[Decision]:
    """Who may do it there, by name, each with the reasons. A reason is looked up when it is read: a page costs a page.

    Raises:
        Refused: the actor is no administrator and lacks Access View.
        InvalidInput: the operation or an option does not exist, or there is no such collection.
    """
    _require_catalogued(operation, options)
    if not policy.is_unrestricted(actor):
        authorize(actor, "Access View")
    collection_id = policy.by_path(path)
    if collection_id is None:
        raise InvalidInput.field("target", f"there is no collection {path[:512]!r}")
    return _Reasons(policy, policy.who_may(operation, collection_id, options), operation, collection_id, options)


@dataclass(frozen=True, slots=True)
class Held:
    """What an account may do on a collection and below it: "Service Create", "Service Create with Host Bind Mounts"."""

    path: str
    operations: tuple[str, ...]


def what_can(actor: Actor, policy: Policy, *, subject: str) -> list[Held]:
    """Where the account's rights begin or grow, and what it may do from there down.

    Raises:
        InvalidInput: the subject is no account.
        NotFound: there is no such account, or the actor may ask about nobody else.
    """
    return [Held(path, names_of(mask)) for path, mask in policy.what_may(_account(actor, policy, subject))]


@dataclass(frozen=True, slots=True)
class _Reasons(Sequence[Decision]):
    policy: Policy
    accounts: list[Actor]
    operation: str
    collection_id: uuid.UUID
    options: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.accounts)

    @overload
    def __getitem__(self, index: int) -> Decision: ...
    @overload
    def __getitem__(self, index: slice) -> list[Decision]: ...
    def __getitem__(self, index: int | slice) -> Decision | list[Decision]:
        if isinstance(index, int):
            return self._decide(self.accounts[index])
        return [self._decide(account) for account in self.accounts[index]]

    def _decide(self, account: Actor) -> Decision:
        return self.policy.decide(account, self.operation, self.collection_id, self.options)


def _require_catalogued(operation: str, options: tuple[str, ...]) -> None:
    catalogued = OPERATIONS.get(operation)
    if catalogued is None:
        raise InvalidInput.field("operation", f"there is no operation {operation[:80]!r}")
    unknown = sorted(set(options) - set(catalogued.options))
    if unknown:
        raise InvalidInput.field("option", f"{operation} has no option {unknown[0][:80]!r}")


def _account(actor: Actor, policy: Policy, subject: str) -> Actor:
    """The account that is asked about: one's own, or anybody's for who may read everything."""
    kind, organization, name = parse_subject(subject)
    if kind not in (SubjectKind.USER, SubjectKind.SERVICE_ACCOUNT):
        raise InvalidInput.field("subject", "must be user:NAME or service-account:ORGANIZATION/NAME")
    username = f"{organization}/{name}" if organization else name
    user = None
    if username == actor.name or may_read_everything(actor, policy):
        user = User.objects.filter(username=username).first()
    if user is None:
        raise NotFound(f"there is no {subject}, or you may not see it")
    return Actor(account_kind(user.username), user.id, user.username, is_administrator=user.is_admin)


def _visible(actor: Actor, policy: Policy, path: str) -> uuid.UUID | None:
    collection_id = policy.by_path(path)
    return collection_id if collection_id is not None and policy.is_visible(actor, collection_id) else None
