"""Labels with a meaning: which a caller may send, which only we and the engine set.

`com.docker.ucp.access.label` is input (the path of a collection) and never truth; the label the engine gets is the one
we decided on. `com.docker.swarm.*` is how the engine itself tells whose container a task's is: sent by a caller it is a
forgery, and the engine would take it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apps.access.types import ACCESS_LABEL, NONCE_LABEL, STACK_LABEL

_ENGINE_PREFIX = "com.docker.swarm."
_RESERVED_PREFIXES = (_ENGINE_PREFIX, "com.docker.ucp.")


def requested_collection(labels: dict[str, str] | None) -> str | None:
    """The path a caller asks for, None where the labels name none."""
    return (labels or {}).get(ACCESS_LABEL)


def stack_of(labels: Mapping[str, str] | None) -> str:
    """The name of the stack that it is part of, "" where it is of none."""
    return (labels or {}).get(STACK_LABEL, "")


def problems(labels: dict[str, str] | None, path: str, *, may_name_collection: bool) -> Iterator[str]:
    """What a caller may not send, as "path: why".

    The nonce is no problem on the object itself: `docker service update` sends back every label it read. `stamp` replaces it.
    """
    for key in labels or {}:
        folded = key.casefold()
        if key in (ACCESS_LABEL, NONCE_LABEL) and may_name_collection:
            continue
        if folded == ACCESS_LABEL:
            yield f"{path}.{key}: the collection is named by the label {ACCESS_LABEL} of the object itself"
        elif folded.startswith(_RESERVED_PREFIXES):
            yield f"{path}.{key}: labels that start with com.docker.swarm. and com.docker.ucp. are not for callers"


def node_problems(sent: Mapping[str, str], present: Mapping[str, str]) -> tuple[str, ...]:
    """What a caller may not send as labels of a node, as "path: why".

    Clients send back every label they read, so what is there already is no problem; those of our own that schedule work are
    replaced anyway.
    """
    return tuple(
        f"Labels.{key}: labels that start with com.docker.swarm. and com.docker.ucp. are not for callers"
        for key, value in sent.items()
        if key.casefold().startswith(_RESERVED_PREFIXES) and key != ACCESS_LABEL and present.get(key) != value
    )


def stamp(spec: dict[str, Any], collection_path: str, nonce: str = "") -> None:
    """Sets the labels we decided on in `spec["Labels"]`, in place; no nonce removes one that was read and sent back."""
    labels = dict(spec.get("Labels") or {})
    labels.pop(NONCE_LABEL, None)
    labels[ACCESS_LABEL] = collection_path
    if nonce:
        labels[NONCE_LABEL] = nonce
    spec["Labels"] = labels


def disown(spec: dict[str, Any], image_labels: dict[str, str] | None) -> None:
    """Empties in `spec["Labels"]` what a plain container's image says about a task, in place.

    A container inherits its image's labels, and an image can be made of a task's container, or to look like that.
    """
    claims = {key: "" for key in image_labels or {} if key.casefold().startswith(_ENGINE_PREFIX)}
    if claims:
        spec["Labels"] = {**(spec.get("Labels") or {}), **claims}


def stamp_volumes(mounts: list[dict[str, Any]] | None, collection_path: str) -> None:
    """Sets the collection on the volumes that the engine makes for these mounts, the anonymous ones too, in place.

    What nobody placed is placed by its label, so no volume may be made with another.
    """
    for mount in mounts or []:
        if mount.get("Type") != "volume":
            continue
        options = dict(mount.get("VolumeOptions") or {})
        options["Labels"] = {**(options.get("Labels") or {}), ACCESS_LABEL: collection_path}
        options["Labels"].pop(NONCE_LABEL, None)
        mount["VolumeOptions"] = options
