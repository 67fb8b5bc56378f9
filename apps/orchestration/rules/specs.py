"""Comparing specs of services and nodes, as far as we change them ourselves. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from apps.access.types import ACCESS_LABEL, NODE_LABEL_PREFIX, NONCE_LABEL

Spec = Mapping[str, Any]
Json = dict[str, Any]


def are_equal(one: Spec, other: Spec) -> bool:
    """Whether two specs of a service say the same, but for the nonce of its creation."""
    return _without_nonce(one) == _without_nonce(other)


def _without_nonce(spec: Spec) -> Json:
    labels = {key: value for key, value in (spec.get("Labels") or {}).items() if key != NONCE_LABEL}
    return _said({**spec, "Labels": labels})


def has_same_tasks(one: Spec, other: Spec) -> bool:
    """Whether the tasks of both specs are the same, but for the nodes where they may run and the collection of volumes.

    The swarm lets running tasks be where only their placement constraints change and still fit.
    """
    return _tasks(one) == _tasks(other)


def _tasks(spec: Spec) -> Json:
    template = copy.deepcopy(dict(spec.get("TaskTemplate") or {}))
    (template.get("Placement") or {}).pop("Constraints", None)
    for mount in (template.get("ContainerSpec") or {}).get("Mounts") or []:
        (((mount or {}).get("VolumeOptions") or {}).get("Labels") or {}).pop(ACCESS_LABEL, None)
    return _said(template)


def take_mounts(spec: Json, other: Spec) -> None:
    """Gives the service's spec the mounts of the other one, which has the same tasks, in place."""
    mounts = ((other.get("TaskTemplate") or {}).get("ContainerSpec") or {}).get("Mounts")
    if mounts:
        spec["TaskTemplate"]["ContainerSpec"]["Mounts"] = copy.deepcopy(mounts)


def _said(value: Spec) -> Json:
    """Without what says nothing: the engine leaves out what is empty, and clients write it or not."""
    said = {key: _item_said(item) for key, item in value.items()}
    return {key: item for key, item in said.items() if item not in (None, "", 0, False, [], {})}


def _item_said(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _said(value)
    return [_item_said(item) for item in value] if isinstance(value, list) else value


def rolls_back_by_itself(spec: Spec) -> bool:
    return (spec.get("UpdateConfig") or {}).get("FailureAction") == "rollback"


def differ_in_our_labels_only(one: Spec, other: Spec) -> bool:
    """Of a node: whether nobody but us changed it between the two."""
    return _without_ours(one) == _without_ours(other)


def _without_ours(spec: Spec) -> Json:
    labels = {key: value for key, value in (spec.get("Labels") or {}).items() if not key.startswith(NODE_LABEL_PREFIX)}
    return _said({**spec, "Labels": labels})
