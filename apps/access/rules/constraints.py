"""Label constraints: what a workload must carry to be created in a collection, or in one below it.

Of three types: `label`, a label of the workload itself; `node` and `engine`, a placement constraint on the labels of nodes
or engines (`node.labels.disk==ssd`), as the swarm scheduler reads them. With `equality` false the label must not have the
value, and the placement constraint is `!=`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.errors import InvalidInput

MAX_CONSTRAINTS = 20
_KEY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?")
_VALUE = re.compile(r"[A-Za-z0-9:*_.\- /]{0,255}")
_RESERVED_PREFIXES = ("com.docker.swarm.", "com.docker.ucp.")
_EXPRESSION = re.compile(r"\s*(node|engine)\.labels\.(\S+?)\s*(==|!=)\s*(.*?)\s*", re.IGNORECASE | re.DOTALL)


class ConstraintType(enum.StrEnum):
    LABEL = "label"
    NODE = "node"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class LabelConstraint:
    """Args: equality: whether the label must have the value, or must not."""

    type: ConstraintType
    key: str
    value: str
    equality: bool = True

    @property
    def expression(self) -> str:
        """As a placement constraint; of the types `node` and `engine`."""
        return f"{self.type.value}.labels.{self.key}{'==' if self.equality else '!='}{self.value}"

    @property
    def sentence(self) -> str:
        """What has to be done, for the person whose workload lacks it."""
        if self.type is not ConstraintType.LABEL:
            return f"the placement constraint {self.expression}"
        return f"the label {self.key}={self.value}" if self.equality else f"another label {self.key} than {self.value}"

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type.value, "key": self.key, "value": self.value, "equality": self.equality}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> LabelConstraint:
        return cls(ConstraintType(row["type"]), row["key"], row["value"], row["equality"])


def missing(
    labels: Mapping[str, str], placement_constraints: Iterable[str], constraints: Iterable[LabelConstraint]
) -> tuple[LabelConstraint, ...]:
    """The constraints that a workload does not meet, in their order.

    Args:
        labels: of the workload.
        placement_constraints: as the client wrote them: "node.labels.disk == ssd".
        constraints: of the workload's collection and those above it.
    """
    asked = {(parsed[1].lower(), parsed[2], parsed[3] == "==", parsed[4]) for parsed in _parsed(placement_constraints)}
    return tuple(each for each in constraints if not _is_met(each, labels, asked))


def _parsed(expressions: Iterable[str]) -> Iterable[re.Match[str]]:
    return (match for match in map(_EXPRESSION.fullmatch, expressions) if match)


def _is_met(each: LabelConstraint, labels: Mapping[str, str], asked: set[tuple[str, str, bool, str]]) -> bool:
    if each.type is ConstraintType.LABEL:
        return (labels.get(each.key) == each.value) is each.equality
    return (each.type.value, each.key, each.equality, each.value) in asked


def check(constraints: Sequence[LabelConstraint]) -> None:
    """Refuses what no workload can meet, and what means something else already.

    Raises:
        InvalidInput: naming the constraint by its place in the list.
    """
    if len(constraints) > MAX_CONSTRAINTS:
        raise InvalidInput.field("label_constraints", f"has more than {MAX_CONSTRAINTS} constraints")
    for place, each in enumerate(constraints):
        if problem := _problem(each, constraints[:place]):
            raise InvalidInput.field(f"label_constraints[{place}]", problem)


def _problem(each: LabelConstraint, before: Iterable[LabelConstraint]) -> str | None:
    if not _KEY.fullmatch(each.key):
        return "key must be 1 to 128 letters, digits, '.', '_', '-' and '/', and start and end with a letter or digit"
    if each.key.casefold().startswith(_RESERVED_PREFIXES):
        return f"labels that start with {' and '.join(_RESERVED_PREFIXES)} are not for callers"
    if not _VALUE.fullmatch(each.value) or each.value != each.value.strip():
        return "value must be at most 255 letters, digits, spaces, '.', '_', '-', ':', '*' and '/'"
    same_label = [other for other in before if (other.type, other.key) == (each.type, each.key)]
    if each in same_label:
        return "stands here twice"
    if any((each.equality and other.equality) or _contradict(each, other) for other in same_label):
        return f"no workload can meet this and another constraint on {each.key} at once"
    return None


def _contradict(one: LabelConstraint, other: LabelConstraint) -> bool:
    return one.value == other.value and one.equality is not other.equality
