"""What a grant is on, as the REST API writes it."""

from __future__ import annotations

from apps.core.errors import InvalidInput

_LATER = {
    "kubernetes": "grants on Kubernetes namespaces come with the Kubernetes gateway, which is not there yet",
    "registry": "grants on repositories come with the registry, which is not there yet",
}


def collection_path(resource: str, *, field: str) -> str:
    """The path in "collection:/Shared/payments".

    Raises:
        InvalidInput: it has another form, or is of a kind that comes with a later part of the product.
    """
    kind, _, path = resource.partition(":")
    if kind in _LATER:
        raise InvalidInput.field(field, _LATER[kind])
    if kind != "collection" or not path.startswith("/"):
        raise InvalidInput.field(field, "must be collection:/PATH, for instance collection:/Shared/payments")
    return path
