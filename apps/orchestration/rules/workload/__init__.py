"""What the body of a workload asks for: dangers, other objects, and what is wrong with it.

    review = review_container_create(body)        # or review_service(spec), review_exec(body)
    review.problems      → refuse as invalid input
    review.options       → the danger options of the catalogue the caller must hold for the operation
    review.references    → each to be resolved to one object, authorised, and written back with `rewrite`
    review.ports         → of the node, to be compared with those that are the control plane's own
    review.spec          → a deep copy to stamp, constrain and serialise

The engine offers several spellings of one effect (`Binds` and `Mounts`, a local volume with `o=bind`, a network in
`NetworkMode` or in `NetworkingConfig`, …); each maps to the same option here. What the rules do not know to be harmless
needs an option. Where the catalogue has no option of its own, the nearest one counts: OOM priority, realtime scheduling
and storage quotas are "Ulimits", supplementary groups "Security Options", volume plugins "Local Driver Options". Sources:
Engine API descriptions 1.25 to 1.55; moby `runconfig`, `volume/mounts`, `volume/local`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from apps.orchestration.rules import engine_json
from apps.orchestration.rules.workload.body import Body
from apps.orchestration.rules.workload.container import Container, Exec
from apps.orchestration.rules.workload.dangers import (
    is_predefined_network,
    network_options,
    network_problem,
    review_network,
    review_volume_options,
)
from apps.orchestration.rules.workload.inspected import body_of
from apps.orchestration.rules.workload.review import (
    IMAGE,
    Place,
    Published,
    Reference,
    Review,
    describe,
    path_text,
    rewrite,
)
from apps.orchestration.rules.workload.service import Service

__all__ = [
    "IMAGE",
    "Place",
    "Published",
    "Reference",
    "Review",
    "describe",
    "is_predefined_network",
    "network_options",
    "network_problem",
    "path_text",
    "review_container",
    "review_container_create",
    "review_exec",
    "review_exec_start",
    "review_network",
    "review_service",
    "review_volume_options",
    "rewrite",
]


def review_container_create(body: dict[str, Any]) -> Review:
    """Args: body: of `POST /containers/create`."""
    return _reviewed(body, "CONTAINER", Container)


def review_container(inspected: Mapping[str, Any], info: Mapping[str, Any]) -> Review:
    """A container that is there, as if it were created now.

    Args:
        inspected: `GET /containers/{id}/json`.
        info: `GET /info`.
    """
    return review_container_create(body_of(inspected, info))


def review_service(spec: dict[str, Any]) -> Review:
    """Args: spec: of `POST /services/create`, of `…/update`, or a service's `Spec` and `PreviousSpec`."""
    return _reviewed(spec, "SERVICE", Service)


def review_exec(body: dict[str, Any]) -> Review:
    """Args: body: of `POST /containers/{id}/exec`."""
    return _reviewed(body, "EXEC", Exec)


def review_exec_start(body: dict[str, Any]) -> Review:
    """Args: body: of `POST /exec/{id}/start`."""
    return _reviewed(body, "EXEC_START", Body)


def _reviewed(body: dict[str, Any], shape_name: str, collector: type[Body]) -> Review:
    misfits = engine_json.problems(body, engine_json.shape(shape_name))
    if misfits:
        return Review((), (), misfits)
    found = collector(copy.deepcopy(body))
    found.collect()
    return Review(tuple(found.options), tuple(found.references), tuple(found.problems), found.spec, tuple(found.ports))
