"""What creating, changing and moving workloads have in common: the checks of a reviewed spec in its collection."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.conf import settings

from apps.access.rules.constraints import ConstraintType, LabelConstraint, missing
from apps.access.selectors import label_constraints_of
from apps.core.errors import InvalidInput, Refused
from apps.gateway.docker import database, nodes
from apps.gateway.docker.call import Call
from apps.gateway.edge.upstream import Answer
from apps.orchestration.rules import fitting
from apps.orchestration.rules.workload import Review, describe, path_text

_SWARM_PORTS = frozenset({2377, 4789, 7946})
"""Managers, overlay networks and gossip: the routing mesh would take their packets away on every node."""


def checked(review: Review) -> dict[str, Any]:
    """Raises InvalidInput naming every field that is wrong."""
    if review.problems:
        errors: dict[str, list[str]] = {}
        for path, sentence in describe(review.problems):
            errors.setdefault(path, []).append(sentence)
        raise InvalidInput(errors=errors)
    return review.spec


def keep_own_ports(call: Call, review: Review) -> None:
    """Nobody answers in our place, or in the swarm's: a port that the mesh publishes is taken from who listens on it.

    Raises:
        InvalidInput: naming the port.
    """
    if call.is_unrestricted:
        return
    for published in review.ports:
        for port in sorted({settings.PORT, *_SWARM_PORTS}):
            if published.first <= port <= published.last:
                raise InvalidInput.field(path_text(published.place), f"the port {port} is the control plane's own")


def scheduling_root(call: Call) -> uuid.UUID | None:
    """The collection whose nodes may be used; None where that is all of them.

    Raises:
        Refused: the caller may schedule nowhere from this collection.
    """
    place = call.subject.collection_id or call.policy.root_id
    root = call.policy.scheduling_root(call.actor, place) if place else None
    if root is None:
        if call.is_unrestricted:
            return None
        raise Refused(decision=call.decide(place, "Node Schedule"))
    return None if root == call.policy.root_id else root


async def require_labels_of_service(call: Call, spec: dict[str, Any]) -> None:
    """The label constraints of the subject's collection, and of those above it.

    Raises:
        InvalidInput: naming all that the service lacks.
    """
    if constraints := await _label_constraints(call):
        asked = fitting.placement_of(spec).get("Constraints") or []
        _refuse(call, [each.sentence for each in missing(spec.get("Labels") or {}, asked, constraints)])


async def require_labels_of_container(call: Call, labels: dict[str, str] | None) -> None:
    """Likewise; nobody places a container, so it is the node that must have the labels asked for. Raises InvalidInput."""
    constraints = await _label_constraints(call)
    if not constraints:
        return
    own = [each for each in constraints if each.type is ConstraintType.LABEL]
    of_node = [each for each in constraints if each.type is not ConstraintType.LABEL]
    lacking = [each.sentence for each in missing(labels or {}, (), own)]
    if of_node:
        node = await nodes.own(call)
        unmet = [each for each in of_node if node is None or not fitting.fits(node, {"Constraints": [each.expression]})]
        lacking += [f"a node with {each.expression}, which {call.facts.node_name} is not" for each in unmet]
    _refuse(call, lacking)


async def _label_constraints(call: Call) -> tuple[LabelConstraint, ...]:
    place = call.subject.collection_id or call.policy.root_id
    return await database.run(label_constraints_of, call.policy, place) if place else ()


def _refuse(call: Call, lacking: list[str]) -> None:
    if lacking:
        raise InvalidInput(f"what runs in {path_of(call)} must have {' and '.join(lacking)}")


def path_of(call: Call) -> str:
    """Of the subject's collection."""
    return call.collection_path(call.subject.collection_id)


def mounts(spec: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Of a service's spec."""
    return ((spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}).get("Mounts")


def summary(spec: dict[str, Any]) -> dict[str, Any]:
    """What the audit log keeps of a container's or a service's spec."""
    container = (spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}
    replicas = ((spec.get("Mode") or {}).get("Replicated") or {}).get("Replicas")
    kept = {"image": container.get("Image") or spec.get("Image"), "replicas": replicas}
    return {key: value for key, value in kept.items() if value is not None}


def message_of(answer: Answer) -> str:
    """The engine's sentence in an error."""
    try:
        return str(json.loads(answer.body)["message"])
    except (ValueError, KeyError, TypeError):
        return f"the engine answered {answer.status}"


def reason_of(answer: Answer) -> str:
    """What the audit log keeps of an error. The engine repeats what it finds invalid, and that may be a secret."""
    return "the engine found the request invalid" if answer.status == 400 else message_of(answer)
