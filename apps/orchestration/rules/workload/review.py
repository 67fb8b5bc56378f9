"""What a review of a body finds, and how an object it names is written back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

IMAGE = "image"
"""The kind of a reference to an image; every other kind is an `ObjectKind`."""

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """Another object that the body names.

    Args:
        kind: an ObjectKind's value, or IMAGE.
        ref: its name, id, or prefix of an id, as the caller wrote it.
        operation: what the caller needs there, for instance "Network Connect".
        place: where in the spec it stands.
        prefix, suffix: what surrounds it there ("container:" and "", "" and ":/data:ro").
        is_key: it is the last key of `place` and not the value there.
        options: danger options that `operation` needs there.
    """

    kind: str
    ref: str
    operation: str
    place: Place
    prefix: str = ""
    suffix: str = ""
    is_key: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """Ports of the node that the body asks for, the last included. Args: place: where in the spec that stands."""

    first: int
    last: int
    place: Place


@dataclass(slots=True)
class Review:
    options: tuple[str, ...]
    references: tuple[Reference, ...]
    problems: tuple[str, ...]
    spec: dict[str, Any] = field(default_factory=dict)
    ports: tuple[Published, ...] = ()


def rewrite(spec: dict[str, Any], reference: Reference, resolved: str) -> None:
    """Puts the full id (or the final name) in the place where the caller named the object. In place."""
    *parents, last = reference.place
    target: Any = spec
    for step in parents:
        target = target[step]
    if reference.is_key:
        replaced = {resolved if key == last else key: value for key, value in target.items()}
        target.clear()
        target.update(replaced)
    else:
        target[last] = f"{reference.prefix}{resolved}{reference.suffix}"


def path_text(place: Place) -> str:
    """`HostConfig.Mounts[0].Type` for a place."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


def describe(problems: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(path, sentence) of each problem, for an error by field."""
    for problem in problems:
        path, _, sentence = problem.partition(": ")
        yield path, sentence
