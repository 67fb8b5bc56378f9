from __future__ import annotations

import uuid

from apps.access.models import Collection
from apps.access.rules.constraints import LabelConstraint
from apps.access.rules.policy import Policy


def label_constraints_of(policy: Policy, collection_id: uuid.UUID) -> tuple[LabelConstraint, ...]:
    """What a workload must carry to be created in the collection: its own constraints and those above it. One query."""
    return tuple(each for _, each in _constraints(policy.ancestors(collection_id)))


def inherited_label_constraints(policy: Policy, collection_id: uuid.UUID) -> list[tuple[str, LabelConstraint]]:
    """Those of the collections above it, each with the path of the collection that has it."""
    return _constraints(policy.ancestors(collection_id)[1:])


def _constraints(collection_ids: tuple[uuid.UUID, ...]) -> list[tuple[str, LabelConstraint]]:
    rows = Collection.objects.filter(id__in=collection_ids).exclude(label_constraints=[]).order_by("path")
    found = rows.values_list("path", "label_constraints")
    return [(path, LabelConstraint.from_json(each)) for path, constraints in found for each in constraints]
