"""The tree of collections: the one lock its changes take, and how paths of a subtree follow."""

from __future__ import annotations

from apps.access.models import Collection, CollectionAlias
from apps.access.types import ROOT_PATH
from apps.core import clock
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.core.names import PATH_MAX_CHARS


def lock_tree() -> Collection:
    """Locks the root's row until the end of the transaction: changes of the tree happen one after the other."""
    return Collection.objects.select_for_update().get(path=ROOT_PATH)


def locked(collection: Collection) -> Collection:
    """The collection as it is now, under the tree's lock. Raises NotFound where it is gone."""
    row = Collection.objects.select_for_update().filter(id=collection.id).first()
    if row is None:
        raise NotFound(f"the collection {collection.path} is gone")
    return row


def parent_of(path: str) -> Collection:
    """The collection above a path. Raises InvalidInput where there is none."""
    parent_path = path.rpartition("/")[0] or ROOT_PATH
    parent = Collection.objects.filter(path=parent_path).first()
    if parent is None:
        raise InvalidInput.field("path", f"there is no collection {parent_path} to put it in")
    return parent


def subtree(collection: Collection) -> list[Collection]:
    """The collection and all below it, the collection itself first.

    SQLite's LIKE ignores case, so what the database found is compared again.
    """
    below = f"{collection.path}/"
    return [collection, *(row for row in Collection.objects.filter(path__startswith=below) if row.path.startswith(below))]


def insert(path: str, parent: Collection) -> Collection:
    """A new collection; the path stops being anybody's former one. Raises Conflict where it exists."""
    if Collection.objects.filter(path=path).exists():
        raise Conflict(f"the collection {path} exists already")
    CollectionAlias.objects.filter(path=path).delete()
    return Collection.objects.create(path=path, parent=parent)


def relocate(collection: Collection, path: str, parent: Collection) -> None:
    """Gives the collection its new place; paths below it follow, and the former ones stay as aliases.

    Raises:
        Conflict: the new path is taken.
        InvalidInput: the new place is inside the collection, or a path below would get too long.
    """
    if path == collection.path or path.startswith(f"{collection.path}/"):
        raise InvalidInput.field("path", "a collection cannot be moved to where it is or into itself")
    if Collection.objects.filter(path=path).exists():
        raise Conflict(f"the collection {path} exists already")
    rows = subtree(collection)
    former = {row.id: row.path for row in rows}
    for row in rows:
        row.path = path + former[row.id].removeprefix(former[collection.id])
        row.updated_at = clock.now()
    too_long = next((row.path for row in rows if len(row.path) > PATH_MAX_CHARS), None)
    if too_long:
        raise InvalidInput.field("path", f"{too_long[:80]}… would be longer than {PATH_MAX_CHARS} characters")
    collection.parent = parent
    Collection.objects.bulk_update(rows, ["path", "parent", "updated_at"])
    CollectionAlias.objects.filter(path__in=[*former.values(), *(row.path for row in rows)]).delete()
    CollectionAlias.objects.bulk_create(CollectionAlias(path=former[row.id], collection=row) for row in rows)
