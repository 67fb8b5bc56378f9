from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass

from apps.core.lifecycle import Effect, Heir


class Source(enum.StrEnum):
    LOCAL = "local"
    LDAP = "ldap"
    OIDC = "oidc"
    SAML = "saml"
    SCIM = "scim"


EVERYONE = "everyone"
"""The built-in organisation: every active user belongs to it, without membership rows (ADR 0006)."""

INITIAL_ADMINISTRATOR = "admin"
"""The name of the administrator that the first start makes."""

SESSION_COOKIE = "quarterdeck_session"
"""The console's cookie; its value is a session token."""


@dataclass(frozen=True, slots=True)
class SubjectUser:
    """A user as the access policy needs it.

    Args:
        organization_ids: of the organisations the user belongs to, `everyone` included for an active person. A service
            account belongs to none, and holds what is granted to itself.
    """

    id: uuid.UUID
    username: str
    is_active: bool
    is_admin: bool
    organization_ids: frozenset[uuid.UUID]
    team_ids: frozenset[uuid.UUID]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Everybody who can hold a grant.

    Args:
        organizations: id to name ("acme").
        teams: id to full name ("acme/payments").
    """

    users: tuple[SubjectUser, ...]
    organizations: dict[uuid.UUID, str]
    teams: dict[uuid.UUID, str]


@dataclass(frozen=True, slots=True)
class TeamMembership:
    """Args: name: the team's, within its organisation."""

    name: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """Of an organisation, with those of its teams.

    Args:
        name: the organisation's.
    """

    name: str
    is_admin: bool
    teams: tuple[TeamMembership, ...]


@dataclass(frozen=True, slots=True)
class DeparturePreview:
    """What would happen if an account went.

    Args:
        name: the account's.
        heir: who would take over what it owns.
        refusal: why it cannot go; "" where it can.
        effects: what would become of what belongs to it; things of which there are none are left out.
    """

    name: str
    heir: Heir | None
    refusal: str
    effects: list[Effect]
