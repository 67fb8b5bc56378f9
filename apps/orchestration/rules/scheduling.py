"""The placement constraint that keeps a service on the nodes its author may schedule on.

The control plane keeps a label on each node for every ancestor of the node's collection; a workload that may run below
collection A gets the constraint on A's label. Constraints are joined by "and", so another one can only narrow it; what
a caller sends about our labels is removed first, because a service that moved must not keep its old constraint.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apps.access.types import NODE_LABEL_PREFIX

_CONSTRAINT = re.compile(r"\s*[A-Za-z_][A-Za-z0-9_.-]+\s*(?:==|!=)\s*[A-Za-z0-9:\-_\s.*()?+\[\]\\^$|/]+", re.ASCII)
"""As swarmkit's `constraint.Parse` reads it; what it cannot read is a 500 of the engine."""

_OURS = "node.labels.com.docker.ucp."


def node_labels(present: Mapping[str, str], ancestors: Iterable[uuid.UUID]) -> dict[str, str]:
    """The labels a node should have: those of others as they are, and ours for its collection and each ancestor.

    Args:
        present: the labels it has.
        ancestors: its collection and all above it; empty takes our labels away.
    """
    labels = {key: value for key, value in present.items() if not key.startswith(NODE_LABEL_PREFIX)}
    labels.update({f"{NODE_LABEL_PREFIX}{collection_id}": "true" for collection_id in ancestors})
    return labels


def constraint(collection_id: uuid.UUID) -> str:
    return f"node.labels.{NODE_LABEL_PREFIX}{collection_id}==true"


def constraint_problem(text: str) -> str | None:
    """Why it is no constraint, None where it is one."""
    return None if _CONSTRAINT.fullmatch(text) else "must be like node.role==worker or node.labels.disk!=ssd"


def is_ours(text: str) -> bool:
    """Whether a constraint is on a label that only we keep."""
    return text.strip().casefold().startswith(_OURS)


def ours(spec: Mapping[str, Any]) -> list[str]:
    """The constraints on our labels in a service's spec."""
    placement = (spec.get("TaskTemplate") or {}).get("Placement") or {}
    return [text for text in placement.get("Constraints") or [] if is_ours(text)]


def enforce(spec: dict[str, Any], root: uuid.UUID | None) -> None:
    """Replaces the constraints on our node labels in a service's spec, in place.

    Args:
        spec: of a service.
        root: the collection whose subtree may be scheduled on; None (the collection `/`) sets no constraint.
    """
    replace(spec, [] if root is None else [constraint(root)])


def replace(spec: dict[str, Any], constraints: Sequence[str]) -> None:
    """Makes these the only constraints on our labels in a service's spec, in place."""
    template = spec.get("TaskTemplate") or {}
    spec["TaskTemplate"] = template
    placement = dict(template.get("Placement") or {})
    kept = [text for text in placement.get("Constraints") or [] if not is_ours(text)]
    kept += constraints
    if kept or "Constraints" in placement:
        placement["Constraints"] = kept
    template["Placement"] = placement
