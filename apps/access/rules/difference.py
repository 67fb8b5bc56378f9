"""Who holds more, and who holds less, by one policy than by another, where it begins."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator

from apps.access.rules.operations import names_of
from apps.access.rules.policy import Policy, PolicyGrant, PolicyUser
from apps.core.rehearsal import Effect, Shift

_Held = dict[tuple[int, str], set[str]]
"""What is gained or lost, and where → the names of those to whom it happens."""


def difference(before: Policy, after: Policy) -> Effect:
    """What a change gives and takes.

    Looks at the places that may differ: those of grants that came, went or changed, all places of accounts whose groups or
    flags changed, and collections that have other ones above them. What is held at a place holds below it.
    """
    gained: _Held = defaultdict(set)
    lost: _Held = defaultdict(set)
    for user_id, places in _touched(before, after):
        was, would_be = before.user_row(user_id), after.user_row(user_id)
        held, will_hold = before.held(was, places), after.held(would_be, places)
        name = (would_be or was).name  # type: ignore[union-attr]
        for place, mask in _where_it_begins(after, {place: will_hold[place] & ~held[place] for place in places}):
            gained[mask, after.path_of(place)].add(name)
        for place, mask in _where_it_begins(before, {place: held[place] & ~will_hold[place] for place in places}):
            lost[mask, before.path_of(place)].add(name)
    return Effect(_shifts(gained), _shifts(lost))


def _where_it_begins(policy: Policy, masks: dict[uuid.UUID, int]) -> Iterator[tuple[uuid.UUID, int]]:
    """Without what is said of a place above already."""
    for place, mask in masks.items():
        for above in policy.ancestors(place)[1:]:
            mask &= ~masks.get(above, 0)  # noqa: PLW2901
        if mask:
            yield place, mask


def _touched(before: Policy, after: Policy) -> Iterator[tuple[uuid.UUID, frozenset[uuid.UUID]]]:
    """Accounts, with the places at which they may hold something else."""
    by_subject = _changed_places(before, after)
    moved = _moved(before, after)
    for user_id in before.user_ids() | after.user_ids():
        was, would_be = before.user_row(user_id), after.user_row(user_id)
        places = set(moved)
        for subject in _subjects(was) | _subjects(would_be):
            places |= by_subject.get(subject, frozenset())
        if was != would_be:
            places |= _places(before, was) | _places(after, would_be)
        if places:
            yield user_id, frozenset(places)


def _subjects(user: PolicyUser | None) -> frozenset[uuid.UUID]:
    return frozenset() if user is None else user.group_ids | {user.id}


def _places(policy: Policy, user: PolicyUser | None) -> set[uuid.UUID]:
    """All at which a user holds a grant, and the root, where administrators hold everything."""
    places = {grant.place_id for subject in _subjects(user) for grant in policy.grants_to(subject)}
    return places | ({policy.root_id} if policy.root_id is not None and user is not None else set())


def _changed_places(before: Policy, after: Policy) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """User, team or organisation → the places of its grants that came, went or changed."""
    changed = {}
    for subject in before.subject_ids() | after.subject_ids():
        was, would_be = before.grants_to(subject), after.grants_to(subject)
        if was is not would_be and (places := _places_of_differing(was, would_be)):
            changed[subject] = places
    return changed


def _places_of_differing(was: Iterable[PolicyGrant], would_be: Iterable[PolicyGrant]) -> frozenset[uuid.UUID]:
    return frozenset(grant.place_id for grant in set(was) ^ set(would_be))


def _moved(before: Policy, after: Policy) -> frozenset[uuid.UUID]:
    """The collections that are below another one now, without those that only came along."""
    there = [id_ for id_ in after.collection_ids() if before.path_of(id_)]
    return frozenset(id_ for id_ in there if after.ancestors(id_)[1:2] != before.ancestors(id_)[1:2])


def _shifts(held: _Held) -> tuple[Shift, ...]:
    """Operations that happen to the same people in the same collections, together."""
    people: dict[int, set[str]] = defaultdict(set)
    paths: dict[int, set[str]] = defaultdict(set)
    for (mask, path), names in held.items():
        for bit in _bits(mask):
            people[bit] |= names
            paths[bit].add(path)
    together: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = defaultdict(int)
    for bit, names in people.items():
        together[tuple(sorted(names)), tuple(sorted(paths[bit]))] |= bit
    shifts = (Shift(names_of(mask), names, where) for (names, where), mask in together.items())
    return tuple(sorted(shifts, key=lambda shift: (-len(shift.people), shift.people, shift.collections)))


def _bits(mask: int) -> Iterator[int]:
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit
