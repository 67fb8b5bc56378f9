from __future__ import annotations

import enum


class SubjectKind(enum.StrEnum):
    USER = "user"
    TEAM = "team"
    ORGANIZATION = "organization"


class ObjectKind(enum.StrEnum):
    """Kinds of Swarm objects that are in a collection."""

    SERVICE = "service"
    CONTAINER = "container"
    NETWORK = "network"
    VOLUME = "volume"
    SECRET = "secret"  # noqa: S105 - a kind, not a secret
    CONFIG = "config"
    NODE = "node"
    STACK = "stack"


ACCESS_LABEL = "com.docker.ucp.access.label"
"""On an object: the path of its collection; input on create, and the copy the engine keeps."""

NONCE_LABEL = "com.docker.ucp.access.nonce"
"""On an object: joins it to the pending placement that was committed before the create was forwarded."""

NODE_LABEL_PREFIX = "com.docker.ucp.collection."
"""On a node: `<prefix><collection id>=true` for its collection and every ancestor of it."""

ROOT_PATH, SYSTEM_PATH, SHARED_PATH, PRIVATE_PATH = "/", "/System", "/Shared", "/Shared/Private"
