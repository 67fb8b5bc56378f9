from __future__ import annotations

import enum
import uuid


class Topic(enum.StrEnum):
    """What processes keep in memory and must notice changes of."""

    POLICY = "policy"  # accounts' flags, memberships, roles, collections, grants
    CREDENTIALS = "credentials"  # sessions, tokens and client certificates that ended
    PLACEMENTS = "placements"  # objects that changed their collection
    CLUSTERS = "clusters"  # attached, detached, another address


class PolicyPart(enum.StrEnum):
    """What can change of the topic POLICY by itself; `bump` is told which."""

    USER = "user"  # name, flags, memberships, default collection
    GRANTS = "grants"  # those of one user, team or organisation, and what it is called
    ROLE = "role"
    PLACE = "place"  # a collection, or repositories that grants are on

    def of(self, id_: uuid.UUID) -> str:
        """The change of the one with the id, as `bump` takes it."""
        return f"{self.value}:{id_}"
