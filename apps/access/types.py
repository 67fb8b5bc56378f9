from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass


class SubjectKind(enum.StrEnum):
    USER = "user"
    TEAM = "team"
    ORGANIZATION = "organization"
    SERVICE_ACCOUNT = "service-account"


class Keep(enum.Enum):
    """For an argument of which None means something: it stays as it is."""

    KEEP = "keep"


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


OBJECT_KINDS = tuple((kind.value, kind.value) for kind in ObjectKind)
"""As choices of a field."""


ACCESS_LABEL = "com.docker.ucp.access.label"
"""On an object: the path of its collection; input on create, and the copy the engine keeps."""

NONCE_LABEL = "com.docker.ucp.access.nonce"
"""On an object: joins it to the pending placement that was committed before the create was forwarded."""

STACK_LABEL = "com.docker.stack.namespace"
"""On what `docker stack deploy` makes: the name of the stack."""

CONFIRM_LABEL = "com.docker.ucp.access.confirm"
"""On a node that is moved with the docker CLI: confirms that its tasks are stopped. Input only, never kept."""

NODE_LABEL_PREFIX = "com.docker.ucp.collection."
"""On a node: `<prefix><collection id>=true` for its collection and every ancestor of it."""

REGISTRY_PREFIX = "registry:"
"""Before `acme/*` or `acme/web`: repositories, as the path of a place beside those of collections."""

ROOT_PATH, SYSTEM_PATH, SHARED_PATH, PRIVATE_PATH = "/", "/System", "/Shared", "/Shared/Private"


ANY_NODE = "*"
"""As the node of a volume that a service names: its tasks make it wherever they start."""


@dataclass(frozen=True, slots=True)
class PlacementInfo:
    """Which collection an object is in, and whose it is (nobody's where it was made behind our back)."""

    collection_id: uuid.UUID
    owner_id: uuid.UUID | None
    owner_name: str


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """An object of a cluster. Args: node_id: the node it is on, for kinds whose names repeat per node; "" otherwise."""

    kind: ObjectKind
    object_id: str
    name: str = ""
    node_id: str = ""


@dataclass(frozen=True, slots=True)
class AdoptableObject:
    """An object that is there on a cluster, for `access.services.adopt`.

    Args:
        node_id: the node it is on, for kinds whose names repeat per node; "" otherwise.
        label: the value of ACCESS_LABEL, "" without.
        nonce: the value of NONCE_LABEL, "" without.
        role: of a swarm node, "manager" or "worker"; "" for everything else.
    """

    kind: ObjectKind
    object_id: str
    name: str = ""
    node_id: str = ""
    label: str = ""
    nonce: str = ""
    role: str = ""
