from __future__ import annotations

from apps.access.rules.operations import OPERATIONS
from apps.access.rules.policy import Policy
from apps.access.selectors.collections import may_read_everything
from apps.access.selectors.grants import parse_subject
from apps.access.types import ROOT_PATH, SubjectKind
from apps.accounts.models import User
from apps.core.actor import Actor, ActorKind
from apps.core.decision import Decision
from apps.core.errors import InvalidInput, NotFound


def explain(
    actor: Actor, policy: Policy, *, subject: str, operation: str, path: str = ROOT_PATH, options: tuple[str, ...] = ()
) -> Decision:
    """May SUBJECT do OPERATION on the collection, and through what?

    Args:
        subject: "user:bob".

    Raises:
        InvalidInput: the subject is no user, or the operation or an option does not exist.
        NotFound: there is no such user, or the actor may ask about nobody else.
    """
    kind, _, username = parse_subject(subject)
    if kind is not SubjectKind.USER:
        raise InvalidInput.field("subject", "must be user:NAME")
    catalogued = OPERATIONS.get(operation)
    if catalogued is None:
        raise InvalidInput.field("operation", f"there is no operation {operation[:80]!r}")
    unknown = sorted(set(options) - set(catalogued.options))
    if unknown:
        raise InvalidInput.field("option", f"{operation} has no option {unknown[0][:80]!r}")
    user = (
        User.objects.filter(username=username).first() if username == actor.name or may_read_everything(actor, policy) else None
    )
    if user is None:
        raise NotFound(f"there is no {subject}, or you may not see it")
    asked = Actor(ActorKind.USER, user.id, user.username, is_administrator=user.is_admin)
    collection_id = policy.by_path(path)
    if collection_id is None or not policy.is_visible(actor, collection_id):
        return policy.refuse(asked, operation, path, options)
    return policy.decide(asked, operation, collection_id, options)
