"""The installation of the benchmarks of access: 10,000 users, 1,000 teams, 10,000 collections, 50,000 grants, 100,000 objects.

`python -m tests.benchmarks.large_world COMMAND` does one thing in a process of its own, on the database of the environment,
and prints its figures as JSON: `build` fills the database, `load` loads the policy, `follow` changes a grant and waits until
another thread decides by it, `rest` asks the REST API.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import django

USERS, TEAMS, ORGANIZATIONS = 10_000, 1_000, 100
COLLECTIONS, DEPTH, GRANTS, OBJECTS = 10_000, 8, 50_000, 100_000
CUSTOM_ROLES = 20
PAGE = 50
ROUNDS = 40

_BATCH = 2_000


def build() -> dict[str, object]:
    """Fills an empty database."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from apps.accounts import services as accounts
    from apps.configuration.services import bump
    from apps.configuration.types import Topic
    from apps.core.actor import Actor

    call_command("migrate", verbosity=0)
    dice = random.Random(1)
    with transaction.atomic():
        accounts.create_user(actor=Actor.system("bench"), username="admin", password=_PASSWORD, is_admin=True)
        users = _build_accounts(dice)
        collections = _build_tree(dice)
        _build_grants(dice, users, collections)
        _build_objects(dice, users, collections)
        bump(Topic.POLICY)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # which its daemon does some minutes after so many rows
    return {}


_PASSWORD = "a password for the bench"


def _build_accounts(dice: random.Random) -> list[Any]:
    from apps.accounts.models import AccountName, Organization, OrganizationMember, Team, TeamMember, User

    users = _insert(User, (User(username=f"user{n}", full_name=f"Person {n}", password="!") for n in range(USERS)))
    organizations = _insert(Organization, (Organization(name=f"org{n}") for n in range(ORGANIZATIONS)))
    _insert(AccountName, (AccountName(name=user.username, user=user) for user in users))
    _insert(AccountName, (AccountName(name=each.name, organization=each) for each in organizations))
    teams = _insert(Team, (Team(organization=organizations[n % ORGANIZATIONS], name=f"team{n}") for n in range(TEAMS)))
    in_teams = {(user.id, dice.choice(teams)) for user in users for _ in range(2)}
    in_organizations = {(user_id, team.organization_id) for user_id, team in in_teams}
    _insert(TeamMember, (TeamMember(user_id=user_id, team=team) for user_id, team in in_teams))
    _insert(
        OrganizationMember,
        (
            OrganizationMember(user_id=user_id, organization_id=id_, is_admin=dice.random() < 0.02)
            for user_id, id_ in in_organizations
        ),
    )
    return users


def _build_tree(dice: random.Random) -> list[Any]:
    from apps.access.models import Collection

    there, new = list(Collection.objects.all()), list[Collection]()
    parents = [row for row in there if row.path == "/Shared"]
    while len(there) + len(new) < COLLECTIONS:
        parent = dice.choice(parents)
        new.append(Collection(path=f"{parent.path}/c{len(new)}", parent=parent))
        if new[-1].path.count("/") < DEPTH:
            parents.append(new[-1])
    return [*there, *_insert(Collection, iter(new))]


def _build_grants(dice: random.Random, users: list[Any], collections: list[Any]) -> None:
    from apps.access.models import Grant, Role
    from apps.access.rules.operations import OPERATIONS
    from apps.accounts.models import Organization, Team

    names = sorted(OPERATIONS)
    custom = (Role(name=f"Role {n}", operations={name: [] for name in dice.sample(names, 12)}) for n in range(CUSTOM_ROLES))
    roles = [*Role.objects.exclude(name="None"), *_insert(Role, custom)]
    teams, organizations = list(Team.objects.all()), list(Organization.objects.filter(is_builtin=False))
    wanted: dict[tuple[str, uuid.UUID, uuid.UUID, uuid.UUID], Grant] = {}
    existing = Grant.objects.count()
    while len(wanted) < GRANTS - existing:
        column, subjects = dice.choices(
            [("user", users), ("team", teams), ("organization", organizations)], weights=[50, 45, 5]
        )[0]
        subject, role, place = dice.choice(subjects), dice.choice(roles), dice.choice(collections)
        wanted[column, subject.id, role.id, place.id] = Grant(
            **{column: subject}, role=role, collection=place, created_by="bench", comment="so that there is one"
        )
    _insert(Grant, iter(wanted.values()))


def _build_objects(dice: random.Random, users: list[Any], collections: list[Any]) -> None:
    from apps.access.models import Placement
    from apps.access.types import ObjectKind

    cluster, kinds = uuid.uuid4(), list(ObjectKind)
    _insert(
        Placement,
        (
            Placement(
                cluster_id=cluster,
                kind=dice.choice(kinds),
                object_id=f"object{n}",
                name=f"name{n}",
                collection=dice.choice(collections),
                owner_id=owner.id,
                owner_name=owner.username,
            )
            for n, owner in ((n, dice.choice(users)) for n in range(OBJECTS))
        ),
    )


def _insert(model: Any, rows: Iterator[Any]) -> list[Any]:
    made: list[Any] = []
    while batch := list(islice(rows, _BATCH)):
        made += model._default_manager.bulk_create(batch)
    return made


def load() -> dict[str, object]:
    """Loads the policy in a process that did nothing else: seconds, and memory before and after in MB."""
    from apps.access.selectors.policy import PolicyStore

    before, start = _pss(), time.perf_counter()
    PolicyStore().refresh()
    return {"seconds": time.perf_counter() - start, "before": before, "after": _pss()}


def _pss() -> float:
    """The proportional share of memory of this process, in MB."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def follow() -> dict[str, object]:
    """From the commit of a grant until a follower decides by it, and how long reading the change took: medians, in ms."""
    from apps.access.models import Collection, Grant
    from apps.access.selectors.policy import PolicyStore
    from apps.access.services import create_grant
    from apps.accounts.models import User
    from apps.core.actor import Actor, ActorKind

    follower, reader, by = PolicyStore(), PolicyStore(), Actor.system("bench")
    threading.Thread(target=lambda: asyncio.run(follower.follow()), daemon=True).start()
    while not follower.is_loaded:
        time.sleep(0.05)
    reader.refresh()
    time.sleep(1)
    visible, reading = [], []
    root = Collection.objects.get(path="/System")
    for user in User.objects.filter(username__endswith="77")[:20]:
        actor = Actor(ActorKind.USER, user.id, user.username)
        Grant.objects.filter(user=user, collection=root).delete()
        create_grant(actor=by, subject=f"user:{user.username}", role="Full Control", collection="/System")
        start = time.perf_counter()
        reader.refresh()
        reading.append(time.perf_counter() - start)
        while not follower.current.may(actor, "Service Create", root.id):
            time.sleep(0.0005)
        visible.append(time.perf_counter() - start)
    return {"visible": statistics.median(visible) * 1000, "reading": statistics.median(reading) * 1000}


def rest() -> dict[str, object]:
    """p95 in ms of each question, asked ROUNDS times as an administrator, and queries of each."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from apps.access.models import Collection
    from apps.accounts.models import User
    from tests.support.accounts import anonymous_client

    answer = anonymous_client().post("/api/v1/auth/login", {"username": "admin", "password": _PASSWORD})
    admin = anonymous_client(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")
    dice = random.Random(2)
    users = list(User.objects.filter(username__startswith="user").values_list("username", flat=True))
    paths = list(Collection.objects.values_list("path", flat=True))
    ids = list(Collection.objects.values_list("id", flat=True))
    asked: dict[str, Callable[[], str]] = {
        "what-can": lambda: f"access/what-can?subject=user:{dice.choice(users)}",
        "who-can": lambda: f"access/who-can?operation=Service+View&target=collection:{dice.choice(paths)}",
        "explain": lambda: (
            f"access/explain?subject=user:{dice.choice(users)}&operation=Service+View&target=collection:{dice.choice(paths)}"
        ),
        "users": lambda: f"users/?offset={dice.randrange(9_000)}&limit={PAGE}",
        "users, searched": lambda: f"users/?search={dice.choice(users)}&limit={PAGE}",
        "organizations": lambda: f"organizations/?limit={PAGE}",
        "teams of one": lambda: f"organizations/org7/teams/?limit={PAGE}",
        "members of one": lambda: f"organizations/org7/members/?limit={PAGE}",
        "collections": lambda: f"collections/?offset={dice.randrange(9_000)}&limit={PAGE}",
        "collections, searched": lambda: f"collections/?search=c{dice.randrange(COLLECTIONS)}&limit={PAGE}",
        "objects of one": lambda: f"collections/{dice.choice(ids)}/objects/?limit={PAGE}",
        "roles": lambda: f"roles/?limit={PAGE}",
        "grants": lambda: f"grants/?offset={dice.randrange(45_000)}&limit={PAGE}",
        "grants of one subject": lambda: f"grants/?subject=user:{dice.choice(users)}&limit={PAGE}",
        "grants, searched": lambda: f"grants/?search={dice.choice(users)}&limit={PAGE}",
        "audit": lambda: f"audit/?limit={PAGE}",
    }
    figures: dict[str, object] = {}
    for name, path in asked.items():
        with CaptureQueriesContext(connection) as captured:
            admin.get(f"/api/v1/{path()}")  # which loads the policy, if it is the first
        queries, took = len(captured), []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            answer = admin.get(f"/api/v1/{path()}")
            took.append(time.perf_counter() - start)
            if answer.status_code != 200:
                raise AssertionError(f"{name}: {answer.status_code} {answer.content[:300]!r}")
        figures[name] = {"p95": sorted(took)[int(len(took) * 0.95)] * 1000, "queries": queries}
    return figures


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
    django.setup()
    print(json.dumps({"build": build, "load": load, "follow": follow, "rest": rest}[sys.argv[1]]()))
