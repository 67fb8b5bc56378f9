from __future__ import annotations

from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Concat

from apps.accounts.models import Organization, Team, User
from apps.accounts.selectors.organizations import organizations_visible_to
from apps.accounts.selectors.users import users_visible_to
from apps.core.actor import Actor


def subjects_visible_to(actor: Actor, *, search: str = "") -> QuerySet[Any, dict[str, str]]:
    """Everybody to whom grants can be made, as `{"kind", "name", "full_name"}` ordered by name.

    Those are the users, organisations, teams and service accounts that the lists of each show to the actor.

    Args:
        search: a part of the name or the full name; "team:" before it leaves only the teams.
    """
    wanted, colon, needle = search.rpartition(":")
    organizations = organizations_visible_to(actor).order_by().values("id")
    in_organization = Concat("organization__name", Value("/"), "name")
    kinds: dict[str, tuple[QuerySet[Any], Any, Any]] = {
        "user": (users_visible_to(actor), F("username"), F("full_name")),
        "organization": (Organization.objects.filter(id__in=organizations), F("name"), F("full_name")),
        "team": (Team.objects.filter(organization_id__in=organizations), in_organization, F("description")),
        "service-account": (User.objects.filter(organization_id__in=organizations), F("username"), F("full_name")),
    }
    found = [
        _found(rows, kind, name, full_name, needle.strip())
        for kind, (rows, name, full_name) in kinds.items()
        if not colon or kind == wanted.strip().lower()
    ]
    rows = found[0] if found else _found(User.objects.none(), "", F("username"), F("full_name"), "")
    return rows.union(*found[1:], all=True).order_by("found_name", "kind")


def _found(rows: QuerySet[Any], kind: str, name: Any, full_name: Any, needle: str) -> QuerySet[Any, dict[str, str]]:
    """Under aliases of its own: `name` and `full_name` are columns already, of some of them."""
    rows = rows.order_by().annotate(kind=Value(kind, CharField()), found_name=name, found_full_name=full_name)
    matches = Q(found_name__icontains=needle) | Q(found_full_name__icontains=needle)
    return rows.filter(matches).values("kind", "found_name", "found_full_name")
