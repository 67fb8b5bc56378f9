"""What moving an object to another collection needs: one operation where it is, and one where it goes.

Where it goes, the danger options that its body would need there come on top. Nodes are made by joining the swarm, and whoever
moves one changes it on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apps.access.types import ObjectKind

LEAVE: Mapping[ObjectKind, str] = MappingProxyType(
    {
        ObjectKind.SERVICE: "Service Update",
        ObjectKind.CONTAINER: "Container Remove",
        ObjectKind.NETWORK: "Network Remove",
        ObjectKind.VOLUME: "Volume Remove",
        ObjectKind.SECRET: "Secret Update",
        ObjectKind.CONFIG: "Config Update",
        ObjectKind.NODE: "Node Update",
        ObjectKind.STACK: "Service Update",
    }
)
"""Where it is: the operation that changes it, or removes what cannot be changed."""

ENTER: Mapping[ObjectKind, str] = MappingProxyType(
    {
        ObjectKind.SERVICE: "Service Create",
        ObjectKind.CONTAINER: "Container Create",
        ObjectKind.NETWORK: "Network Create",
        ObjectKind.VOLUME: "Volume Create/Attach",
        ObjectKind.SECRET: "Secret Create",
        ObjectKind.CONFIG: "Config Create",
        ObjectKind.NODE: "Node Update",
        ObjectKind.STACK: "Service Create",
    }
)
"""Where it goes."""
