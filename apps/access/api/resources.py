"""What a grant is on, as the REST API writes it."""

from __future__ import annotations

from apps.access.types import REGISTRY_PREFIX
from apps.core.errors import InvalidInput


def place_of(resource: str, *, field: str) -> dict[str, str]:
    """The argument of a service that "collection:/Shared/payments" or "registry:acme/*" stands for.

    Raises:
        InvalidInput: it has another form, or is of a cluster that is not there.
    """
    kind, _, place = resource.partition(":")
    if kind == "kubernetes":
        cluster = place.partition("/")[0]
        raise InvalidInput.field(field, f"there is no Kubernetes cluster {cluster[:64]!r}: none can be attached yet")
    if kind == "registry" and place:
        return {"registry": place}
    if kind != "collection" or not place.startswith("/"):
        raise InvalidInput.field(field, "must be collection:/PATH, registry:NAMESPACE/* or registry:NAMESPACE/REPOSITORY")
    return {"collection": place}


def resource_text(path: str) -> str:
    """What `place_of` reads, of the path of a place."""
    return path if path.startswith(REGISTRY_PREFIX) else f"collection:{path}"
