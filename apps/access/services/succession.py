"""What becomes of grants, private collections and owned objects when an account goes, told beforehand and then done.

Whoever inherits gets the private collection inside the own one, with everything in it, and owns what the other one owned.
Without an heir the collection is set aside under another name, and the objects keep the name of an owner who is gone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.db.models import Q, QuerySet

from apps.access.models import Collection, Grant, Placement
from apps.access.services import tree
from apps.access.services.registry_scopes import scopes_of
from apps.access.types import PRIVATE_PATH
from apps.accounts.models import User
from apps.configuration.services import bump
from apps.configuration.types import Topic
from apps.core.errors import Conflict
from apps.core.lifecycle import SHOWN_NAMES, Change, Departure, Effect, Heir, Leaver

ENDS = "they end at once"
STAYS = "they stay, and count again when the account is active again"


def private_path(username: str) -> str:
    return f"{PRIVATE_PATH}/{username}"


def resting_path(username: str, heir: Heir | None) -> str:
    """Where a private collection goes that is not empty. Names with a space are nobody's user name."""
    if heir is None:
        return _free_path(f"{PRIVATE_PATH}/Formerly {username[:50]}")
    return _free_path(f"{private_path(heir.name)}/{username}")


def _free_path(path: str) -> str:
    """The path, or the first of "path 2", "path 3" … that is free."""
    candidate, number = path, 1
    while Collection.objects.filter(path__iexact=candidate).exists():
        number += 1
        candidate = f"{path} {number}"
    return candidate


def is_of_use_to_nobody_else(collection: Collection, user_id: uuid.UUID) -> bool:
    """Whether nothing is in a private collection, and nobody but its user holds a grant on it."""
    is_empty = not collection.placements.exists() and not collection.children.exists()
    return is_empty and not collection.grants.exclude(user_id=user_id).exists()


def lay_to_rest(collection: Collection, username: str, heir: Heir | None) -> None:
    """Moves a private collection that is not empty, under the tree's lock.

    Raises:
        Conflict: the heir has no private collection it could go to.
    """
    path = resting_path(username, heir)
    if heir is not None and not Collection.objects.filter(path=private_path(heir.name)).exists():
        raise Conflict(f"{heir.name} has no private collection that could take over the one of {username}")
    tree.relocate(collection, path, tree.parent_of(path))


def hand_over_objects(change: Change) -> None:
    """The heir owns what a deleted account owned."""
    if change.heir is None:
        return
    owned = Placement.objects.filter(owner_id=change.subject_id)
    if owned.update(owner_id=change.heir.id, owner_name=change.heir.name):
        bump(Topic.PLACEMENTS)


def rename_owner(change: Change) -> None:
    """Objects are shown with the name their owner has now."""
    if Placement.objects.filter(owner_id=change.subject_id).update(owner_name=change.name):
        bump(Topic.PLACEMENTS)


def forecast(departure: Departure) -> Iterator[Effect]:
    """What `core.lifecycle.effects_of` asks of this app."""
    yield _of_grants(departure)
    yield from _of_namespace(departure)
    if departure.leaver is Leaver.USER:
        yield from _of_private_collection(departure)
    if departure.leaver is not Leaver.TEAM:
        yield _of_owned_objects(departure)


def _of_grants(departure: Departure) -> Effect:
    id_ = departure.subject_id
    grants = Grant.objects.filter(
        {
            Leaver.USER: Q(user_id=id_),
            Leaver.SERVICE_ACCOUNT: Q(user_id=id_),
            Leaver.TEAM: Q(team_id=id_),
            Leaver.ORGANIZATION: Q(organization_id=id_) | Q(team__organization_id=id_) | Q(user__organization_id=id_),
        }[departure.leaver]
    )
    return Effect("grants", grants.count(), _places_of(grants), ENDS if departure.is_final else STAYS)


def _of_namespace(departure: Departure) -> Iterator[Effect]:
    """What is granted to others on the repositories."""
    grants = Grant.objects.filter(registry_scope__in=scopes_of(departure.subject_id))
    if departure.is_final:
        yield Effect("grants on its repositories", grants.count(), _places_of(grants), ENDS)


def _places_of(grants: QuerySet[Grant]) -> tuple[str, ...]:
    spelled_out = Grant.objects.spelled_out().filter(id__in=grants.values("id"))
    named = spelled_out.order_by("collection__path", "registry_scope__repository", "role__name")
    return tuple(f"{grant.role.name} on {grant.path}" for grant in named[:SHOWN_NAMES])


def _of_private_collection(departure: Departure) -> Iterator[Effect]:
    path = private_path(departure.name)
    collection = Collection.objects.filter(path=path).first()
    if collection is None:
        return
    objects = Placement.objects.filter(collection__in=tree.subtree(path).values("id"))
    outcome = _fate_of_collection(departure, collection)
    yield Effect("private collection", 1, (path,), f"it {outcome}")
    yield _of_objects("objects in the private collection", objects, f"they stay in the collection, which {outcome}")


def _fate_of_collection(departure: Departure, collection: Collection) -> str:
    if not departure.is_final:
        return "stays as it is"
    if is_of_use_to_nobody_else(collection, departure.subject_id):
        return "is deleted, because it is empty"
    path = resting_path(departure.name, departure.heir)
    return f"moves to {path}" if departure.heir else f"is set aside as {path}"


def _of_owned_objects(departure: Departure) -> Effect:
    owners = User.objects.filter(Q(id=departure.subject_id) | Q(organization_id=departure.subject_id))
    if not departure.is_final:
        outcome = "they stay, and belong to the account"
    elif departure.heir:
        outcome = f"they stay where they are, and {departure.heir.name} owns them"
    else:
        outcome = "they stay where they are, and nobody owns them any more"
    return _of_objects("owned objects", Placement.objects.filter(owner_id__in=owners.values_list("id", flat=True)), outcome)


def _of_objects(what: str, placements: QuerySet[Placement], outcome: str) -> Effect:
    named = placements.order_by("kind", "name", "id").values_list("kind", "name")[:SHOWN_NAMES]
    return Effect(what, placements.count(), tuple(f"{kind} {name}".strip() for kind, name in named), outcome)
