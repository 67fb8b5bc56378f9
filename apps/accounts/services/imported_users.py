"""One line of an imported list: what is wrong with it beside the accounts that are there, and writing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.contrib.auth.hashers import make_password

from apps.accounts.models import AccountName, Organization, Team, User
from apps.accounts.rules.transfer import LineProblem, Membership, WantedUser
from apps.accounts.services.organizations import add_member, end_membership
from apps.accounts.services.passwords import store_password
from apps.accounts.services.teams import add_team_member, end_team_membership
from apps.accounts.services.users import insert_user, update_user
from apps.accounts.services.validation import check_password_rules
from apps.accounts.types import Source
from apps.core import lifecycle
from apps.core.actor import Actor
from apps.core.errors import Conflict, InvalidInput
from apps.core.names import RESERVED, RESERVED_ACCOUNT_NAMES

NAMES_IN_A_QUERY = 500


class KnownAccounts:
    """The accounts that lines are compared with, asked for in as few queries as the list has thousands of lines."""

    def __init__(self) -> None:
        self.existing_count = 0
        self._organizations = dict(Organization.objects.values_list("name", "is_builtin"))
        self._teams = {f"{of}/{name}" for of, name in Team.objects.values_list("organization__name", "name")}
        administrators = User.objects.filter(is_admin=True, is_active=True)
        self._administrators = set(administrators.values_list("username", flat=True))
        self._demoted: list[WantedUser] = []

    def problems_of(self, lines: Sequence[WantedUser]) -> Iterator[LineProblem]:
        """Of lines of different users."""
        for start in range(0, len(lines), NAMES_IN_A_QUERY):
            chunk = lines[start : start + NAMES_IN_A_QUERY]
            yield from self._problems_of_chunk(chunk, [line.username for line in chunk])

    def problems_of_all(self) -> Iterator[LineProblem]:
        """What is wrong only with all lines together: nobody would administer the installation any more."""
        if not self._administrators:
            for line in self._demoted:
                changed = "is_admin" if line.is_admin is False else "is_active"
                yield LineProblem(line.line, changed, "would leave no active administrator")

    def _problems_of_chunk(self, lines: Sequence[WantedUser], names: list[str]) -> Iterator[LineProblem]:
        users = {user.username: user for user in User.objects.filter(username__in=names)}
        taken = set(AccountName.objects.filter(name__in=names, user=None).values_list("name", flat=True))
        new = [name for name in names if name not in users and name not in taken]
        refused = lifecycle.problems_of_new_names(new)
        self.existing_count += len(users)
        for line in lines:
            user = users.get(line.username)
            if line.username in taken:
                yield LineProblem(line.line, "username", "is the name of an organisation")
            elif user is None and line.username in RESERVED_ACCOUNT_NAMES:
                yield LineProblem(line.line, "username", RESERVED)
            elif line.username in refused:
                yield LineProblem(line.line, "username", refused[line.username])
            self._note_administrator(line, user)
            yield from self._problems_of_memberships(line)
            if line.password:
                yield from _problems_of_password(line, user)

    def _note_administrator(self, line: WantedUser, user: User | None) -> None:
        is_admin = line.is_admin if line.is_admin is not None else bool(user and user.is_admin)
        is_active = line.is_active if line.is_active is not None else user is None or user.is_active
        if is_admin and is_active:
            self._administrators.add(line.username)
        elif line.username in self._administrators:
            self._administrators.remove(line.username)
            self._demoted.append(line)

    def _problems_of_memberships(self, line: WantedUser) -> Iterator[LineProblem]:
        for organization in line.organizations or ():
            is_builtin = self._organizations.get(organization.name)
            if is_builtin is None:
                yield LineProblem(line.line, "organizations", f"there is no organisation {organization.name[:80]!r}")
            elif is_builtin:
                yield LineProblem(line.line, "organizations", f"everybody belongs to {organization.name}, which is built in")
        for team in line.teams or ():
            if team.name not in self._teams:
                yield LineProblem(line.line, "teams", f"there is no team {team.name[:80]!r}")


def _problems_of_password(line: WantedUser, user: User | None) -> Iterator[LineProblem]:
    if user is not None and user.source != Source.LOCAL:
        yield LineProblem(line.line, "password", f"is kept elsewhere ({user.source})")
        return
    named = User(username=line.username, full_name=line.full_name or "", email=line.email or "")
    try:
        check_password_rules(line.password or "", named)
    except InvalidInput as error:
        yield LineProblem(line.line, "password", " ".join(error.errors["password"]))


def write_user(actor: Actor, line: WantedUser, hashed_password: str) -> None:
    """Makes the user as the line wants, in the transaction of a caller who has authorised the actor.

    Args:
        hashed_password: "" where the line has none.

    Raises:
        QuarterdeckError: the accounts are not any more as they were when the line was looked at.
    """
    user = User.objects.people().filter(username=line.username).first()
    if user is None:
        user = _insert(actor, line, hashed_password)
    else:
        user = update_user(
            actor=actor,
            user=user,
            full_name=line.full_name,
            email=line.email,
            is_admin=line.is_admin,
            is_active=line.is_active,
        )
        if hashed_password:
            store_password(actor, user, hashed_password)
    _set_organizations(actor, user, line)
    _set_teams(actor, user, line)


def _insert(actor: Actor, line: WantedUser, hashed_password: str) -> User:
    user = User(
        username=line.username,
        full_name=line.full_name or "",
        email=line.email or "",
        is_admin=line.is_admin is True,
        is_active=line.is_active is not False,
        password=hashed_password or make_password(None),
    )
    insert_user(actor, user)
    return user


def _set_organizations(actor: Actor, user: User, line: WantedUser) -> None:
    """Exactly those of the line, and those of its teams."""
    of_teams = {team.name.partition("/")[0]: False for team in line.teams or ()}
    wanted = of_teams | {each.name: each.is_admin for each in line.organizations or ()}
    memberships = user.organization_memberships.select_related("organization")
    current = {row.organization.name: row for row in memberships}
    for name, row in current.items():
        if line.organizations is not None and name not in wanted:
            end_membership(actor, row.organization, user)
    for name, is_admin in wanted.items():
        is_said = line.organizations is not None
        if name not in current or (is_said and current[name].is_admin != is_admin):
            add_member(actor, _organization(name), user, is_admin=is_admin)


def _set_teams(actor: Actor, user: User, line: WantedUser) -> None:
    """Exactly those of the line."""
    if line.teams is None:
        return
    current = {str(row.team): row for row in user.team_memberships.select_related("team__organization")}
    wanted = {team.name: team for team in line.teams}
    for name, row in current.items():
        if name not in wanted:
            end_team_membership(actor, row.team, user)
    for name, team in wanted.items():
        if name not in current or current[name].is_admin != team.is_admin:
            add_team_member(actor, _team(team), user, is_admin=team.is_admin)


def _organization(name: str) -> Organization:
    organization = Organization.objects.filter(name=name, is_builtin=False).first()
    if organization is None:
        raise Conflict(f"the organisation {name} is gone")
    return organization


def _team(wanted: Membership) -> Team:
    of, _, name = wanted.name.partition("/")
    team = Team.objects.select_related("organization").filter(organization__name=of, name=name).first()
    if team is None:
        raise Conflict(f"the team {wanted.name} is gone")
    return team
