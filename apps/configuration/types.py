from __future__ import annotations

import enum


class Topic(enum.StrEnum):
    """What processes keep in memory and must notice changes of."""

    POLICY = "policy"  # accounts' flags, memberships, roles, collections, grants
    CREDENTIALS = "credentials"  # sessions, tokens and client certificates that ended
    PLACEMENTS = "placements"  # objects that changed their collection
    CLUSTERS = "clusters"  # attached, detached, another address
