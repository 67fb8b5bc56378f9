"""API versions: `/v1.41/containers/json` is a version and a path; without one the newest that both sides know is meant."""

from __future__ import annotations

import re
from typing import NamedTuple

from apps.core.errors import InvalidInput, NotFound


class Version(NamedTuple):
    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


OLDEST = Version(1, 24)
"""Older versions start containers with a body that changes their host configuration, which no rule of ours looks at."""

NEWEST = Version(1, 55)
"""The newest version whose routes and fields we know."""

_VERSIONED = re.compile(r"/v1\.(\d\d)(/.*)")
_LOOKS_VERSIONED = re.compile(r"/v[0-9]")
_NUMBER = re.compile(r"1\.(\d{1,3})")


def split(path: str) -> tuple[Version | None, str]:
    """The version that the path names, and the rest.

    Raises:
        NotFound: a version in a spelling that only some servers understand (`/v01.41`, `/v1.041`, `/v1.41.0`).
    """
    match = _VERSIONED.fullmatch(path)
    if match:
        return Version(1, int(match[1])), match[2]
    if _LOOKS_VERSIONED.match(path):
        raise NotFound("page not found")
    return None, path


def parse(text: str) -> Version:
    """What an engine says it speaks ("1.41"). Raises ValueError on anything else."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:20]!r} is not an API version")
    return Version(1, int(match[1]))


def clamp(engine: Version) -> Version:
    """The newest version that both the engine and we know."""
    return min(engine, NEWEST)


def choose(asked: Version | None, newest: Version) -> Version:
    """The version to speak to the engine.

    Args:
        newest: see `clamp`.

    Raises:
        InvalidInput: in the engine's own words, which clients recognise.
    """
    if asked is None:
        return newest
    if asked < OLDEST:
        raise InvalidInput(
            f"client version {asked} is too old. Minimum supported API version is {OLDEST}, "
            "please upgrade your client to a newer version"
        )
    if asked > newest:
        raise InvalidInput(f"client version {asked} is too new. Maximum supported API version is {newest}")
    return asked
