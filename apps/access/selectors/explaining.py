"""The explorer's three questions: may they, who can, what can. The sentences are those of `Policy.decide`, as in refusals."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

from apps.access.rules.operations import OPERATIONS, REPOSITORY_MASK, mask_of, names_of
from apps.access.rules.policy import Policy
from apps.access.rules.repositories import Repositories, repositories
from apps.access.selectors.collections import may_read_everything
from apps.access.selectors.grants import parse_subject
from apps.access.types import ROOT_PATH, SubjectKind
from apps.accounts.models import User
from apps.core.actor import Actor, account_kind
from apps.core.authorization import authorize
from apps.core.decision import Decision
from apps.core.errors import InvalidInput, NotFound


def explain(
    actor: Actor,
    policy: Policy,
    *,
    subject: str,
    operation: str,
    collection: str = ROOT_PATH,
    registry: str = "",
    options: tuple[str, ...] = (),
) -> Decision:
    """May SUBJECT do OPERATION on the collection, or on the repositories, and through what?

    Args:
        subject: "user:bob" or "service-account:acme/ci".
        collection: a path; or
        registry: "acme/*" or "acme/web", which need not be there.

    Raises:
        InvalidInput: the subject is no account, or the operation or an option does not exist.
        NotFound: there is no such account, or the actor may ask about nobody else.
    """
    _require_catalogued(operation, options)
    asked = _account(actor, policy, subject)
    if registry:
        return policy.decide_in_registry(asked, operation, _repositories(registry, operation), options)
    collection_id = _visible(actor, policy, collection)
    if collection_id is None:
        return policy.refuse(asked, operation, collection, options)
    return policy.decide(asked, operation, collection_id, options)


def who_can(
    actor: Actor,
    policy: Policy,
    *,
    operation: str,
    collection: str = ROOT_PATH,
    registry: str = "",
    options: tuple[str, ...] = (),
) -> Sequence[Decision]:
    """Who may do it there, by name, each with the reasons. A reason is looked up when it is read: a page costs a page.

    Args:
        collection, registry: where, as for `explain`.

    Raises:
        Refused: the actor is no administrator and lacks Access View.
        InvalidInput: the operation or an option does not exist, or there is no such collection.
    """
    _require_catalogued(operation, options)
    if not policy.is_unrestricted(actor):
        authorize(actor, "Access View")
    if registry:
        wanted = _repositories(registry, operation)
        may = policy.who_may(operation, policy.place_in_registry(wanted), options)
        return _Reasons(may, lambda account: policy.decide_in_registry(account, operation, wanted, options))
    collection_id = policy.by_path(collection)
    if collection_id is None:
        raise InvalidInput.field("target", f"there is no collection {collection[:512]!r}")
    may = policy.who_may(operation, collection_id, options)
    return _Reasons(may, lambda account: policy.decide(account, operation, collection_id, options))


@dataclass(frozen=True, slots=True)
class Held:
    """What an account may do at a place and below it: "Service Create", "Service Create with Host Bind Mounts"."""

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
    accounts: list[Actor]
    decide: Callable[[Actor], Decision]

    def __len__(self) -> int:
        return len(self.accounts)

    @overload
    def __getitem__(self, index: int) -> Decision: ...
    @overload
    def __getitem__(self, index: slice) -> list[Decision]: ...
    def __getitem__(self, index: int | slice) -> Decision | list[Decision]:
        if isinstance(index, int):
            return self.decide(self.accounts[index])
        return [self.decide(account) for account in self.accounts[index]]


def _require_catalogued(operation: str, options: tuple[str, ...]) -> None:
    catalogued = OPERATIONS.get(operation)
    if catalogued is None:
        raise InvalidInput.field("operation", f"there is no operation {operation[:80]!r}")
    unknown = sorted(set(options) - set(catalogued.options))
    if unknown:
        raise InvalidInput.field("option", f"{operation} has no option {unknown[0][:80]!r}")


def _repositories(text: str, operation: str) -> Repositories:
    """Raises InvalidInput, too, where nobody asks for the operation there."""
    wanted = repositories(text, field="target")
    if not mask_of({operation: ()}) & REPOSITORY_MASK:
        raise InvalidInput.field("operation", f"{operation} means nothing on {wanted.path}")
    return wanted


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
