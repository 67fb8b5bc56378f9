"""The tree of collections: the one lock its changes take, and how paths of a subtree follow.

A subtree follows in a number of statements that does not depend on its size. Creating objects and grants in collections
that do not move waits for none of it.
"""

from __future__ import annotations

from django.db.models import F, Max, Q, QuerySet, Value
from django.db.models.functions import Concat, Left, Length, Substr

from apps.access.models import Collection, CollectionAlias
from apps.access.types import ROOT_PATH
from apps.core import clock
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.core.names import PATH_MAX_CHARS

_BATCH = 1000  # aliases in one INSERT


def lock_tree() -> Collection:
    """Locks the root's row until the end of the transaction: changes of the tree happen one after the other.

    Not against rows that refer to it: objects go on being placed in `/`.
    """
    return Collection.objects.select_for_update(no_key=True).get(path=ROOT_PATH)


def locked(collection: Collection) -> Collection:
    """The collection as it is now, under the tree's lock. Raises NotFound where it is gone."""
    row = Collection.objects.select_for_update().filter(id=collection.id).first()
    if row is None:
        raise NotFound(f"the collection {collection.path} is gone")
    return row


def parent_of(path: str, *, field: str = "path") -> Collection:
    """The collection above a path. Raises InvalidInput where there is none."""
    parent_path = path.rpartition("/")[0] or ROOT_PATH
    parent = Collection.objects.filter(path=parent_path).first()
    if parent is None:
        raise InvalidInput.field(field, f"there is no collection {parent_path} to put it in")
    return parent


def subtree(path: str) -> QuerySet[Collection]:
    """The collection of the path and all below it. Compared by the letter: SQLite's LIKE ignores case."""
    below = f"{path}/"
    return Collection.objects.annotate(start=Left("path", len(below))).filter(Q(path=path) | Q(start=below))


def insert(path: str, parent: Collection) -> Collection:
    """A new collection; the path stops being anybody's former one. Raises Conflict where it, or one like it, exists."""
    require_free(path, parent)
    CollectionAlias.objects.filter(path=path).delete()
    return Collection.objects.create(path=path, parent=parent)


def require_free(path: str, parent: Collection, *, besides: Collection | None = None) -> None:
    """Raises Conflict where the parent has a collection of this name, in whatever case: nobody would tell the two apart.

    Args:
        besides: the collection that is to get the path; it may change the case of its own name.
    """
    like_it = Collection.objects.filter(parent=parent, path__iexact=path)
    if path == ROOT_PATH:
        like_it = Collection.objects.filter(path=ROOT_PATH)
    taken = like_it.exclude(id=besides.id).first() if besides else like_it.first()
    if taken is None:
        return
    if taken.path == path:
        raise Conflict(f"the collection {path} exists already", field="path")
    raise Conflict(f"the collection {taken.path} exists already, and {path} differs from it in capitals only", field="path")


def relocate(collection: Collection, path: str, parent: Collection) -> None:
    """Gives the collection its new place; paths below it follow, and the former ones stay as aliases.

    Raises:
        Conflict: the new path is taken.
        InvalidInput: the new place is inside the collection, or a path below would get too long.
    """
    former = collection.path
    if path == former or path.startswith(f"{former}/"):
        raise InvalidInput.field("path", "a collection cannot be moved to where it is or into itself")
    require_free(path, parent, besides=collection)
    _require_short_paths(former, path)
    aliases = [CollectionAlias(path=old_path, collection_id=id_) for id_, old_path in subtree(former).values_list("id", "path")]
    collection.path, collection.parent, collection.updated_at = path, parent, clock.now()
    moved = Concat(Value(path), Substr("path", len(former) + 1))
    subtree(former).update(path=moved, updated_at=collection.updated_at)
    Collection.objects.filter(id=collection.id).update(parent=parent)
    CollectionAlias.objects.filter(path__in=subtree(path).values("path")).delete()
    CollectionAlias.objects.bulk_create(
        aliases, batch_size=_BATCH, update_conflicts=True, unique_fields=["path"], update_fields=["collection"]
    )


def _require_short_paths(former: str, path: str) -> None:
    longest = subtree(former).aggregate(longest=Max(Length(F("path"))))["longest"]
    if longest - len(former) + len(path) > PATH_MAX_CHARS:
        raise InvalidInput.field("path", f"a path below {path[:80]} would be longer than {PATH_MAX_CHARS} characters")
