"""The access policy in a large installation (`large_world`): deciding beside cedarpy and pycasbin, loading, following, REST.

The peers get the same users, teams, organisations, collections and grants, and answer the same questions; where one of them
disagrees with us, the benchmark fails.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apps.access.rules.collection_tree import PolicyCollection
from apps.access.rules.operations import OPERATIONS, mask_of
from apps.access.rules.policy import Policy, PolicyGrant, PolicyUser
from apps.access.rules.roles import BUILTIN_ROLES
from apps.core import crypto
from apps.core.actor import Actor, ActorKind
from tests.benchmarks import large_world as world
from tests.benchmarks import peers
from tests.support.postgresql import postgresql
from tests.support.redis import redis_server

MEDIAN_MICROSECONDS, P99_MICROSECONDS, TIMES_FASTER = 1.0, 20.0, 20
LOAD_SECONDS, LOAD_MEGABYTES, VISIBLE_MILLISECONDS = 2.0, 250.0, 100.0
QUESTION_MILLISECONDS, LIST_MILLISECONDS = 200.0, 100.0
QUESTIONS, ACTORS, ASKED_OF_PEERS = 100_000, 500, 8

Question = tuple[Actor, str, PolicyCollection]


def run() -> None:
    """Prints every figure; fails with those that miss their bounds."""
    missed = [*_decisions()]
    for name, database in (("SQLite", _sqlite), ("PostgreSQL", postgresql)):
        with database() as url:
            missed += _on(name, url)
    assert not missed, "; ".join(missed)


# Decisions


def _decisions() -> Iterator[str]:
    dice = random.Random(1)
    users, collections, grants = _rows(dice)
    policy = Policy(users=users, collections=collections, grants=grants)
    asking = [Actor(ActorKind.USER, uuid.UUID(str(user.id)), user.name) for user in dice.sample(users, ACTORS)]
    pool = [(dice.choice(asking), dice.choice(sorted(OPERATIONS)), dice.choice(collections)) for _ in range(QUESTIONS // 5)]
    questions = [dice.choice(pool) for _ in range(QUESTIONS)]
    median, p99 = _quantiles(lambda asked: policy.may(asked[0], asked[1], asked[2].id), pool, questions)
    with_reasons = _quantiles(lambda asked: policy.decide(asked[0], asked[1], asked[2].id), pool, questions)
    print(f"   {'may':34} {median:9.2f} µs   p99 {p99:6.2f} µs")
    print(f"   {'decide, with the reasons':34} {with_reasons[0]:9.2f} µs   p99 {with_reasons[1]:6.2f} µs")
    yield from _over("a decision's median", median, MEDIAN_MICROSECONDS)
    yield from _over("a decision's p99", p99, P99_MICROSECONDS)
    sample = _some_of_each_answer(policy, pool)
    fastest = min(_peer(peer, policy, users, collections, grants, sample) for peer in peers.PEERS)
    print(f"   {'the faster of them':34} {fastest / median:9,.0f} times slower")
    yield from _over("how much faster the faster peer may be", TIMES_FASTER, fastest / median)


def _some_of_each_answer(policy: Policy, pool: list[Question]) -> list[Question]:
    """Questions with both answers: a peer that refuses everything would be fast and wrong."""
    allowed = [asked for asked in pool if policy.may(asked[0], asked[1], asked[2].id)]
    refused = [asked for asked in pool if not policy.may(asked[0], asked[1], asked[2].id)]
    return [*allowed[:ASKED_OF_PEERS], *refused[:ASKED_OF_PEERS]]


def _peer(
    peer: peers.Peer,
    policy: Policy,
    users: list[PolicyUser],
    collections: list[PolicyCollection],
    grants: list[PolicyGrant],
    questions: list[Question],
) -> float:
    """Prints its figures, and returns the median of a decision in microseconds."""
    start = time.perf_counter()
    ask = peer.load(users, collections, grants)
    loaded = time.perf_counter() - start
    for actor, operation, place in questions:
        assert ask(str(actor.id), operation, place.path) is policy.may(actor, operation, place.id), (
            f"{peer.name} answers otherwise: {actor.name}, {operation}, {place.path}"
        )
    median, p99 = _quantiles(lambda asked: ask(str(asked[0].id), asked[1], asked[2].path), [], questions)
    print(f"   {peer.name:34} {median:9,.0f} µs   p99 {p99:,.0f} µs   loaded in {loaded:.1f} s")
    return median


def _quantiles(ask: Callable[[Question], object], warm: list[Question], questions: list[Question]) -> tuple[float, float]:
    """Median and p99 in microseconds, the clock's own share taken off."""
    for asked in warm:
        ask(asked)
    clock = time.perf_counter_ns
    own = statistics.median(-(clock() - clock()) for _ in range(1_000))
    took = []
    for asked in questions:
        start = clock()
        ask(asked)
        took.append(clock() - start - own)
    took.sort()
    return took[len(took) // 2] / 1000, took[int(len(took) * 0.99)] / 1000


def _rows(dice: random.Random) -> tuple[list[PolicyUser], list[PolicyCollection], list[PolicyGrant]]:
    """Compiled rows of the same numbers as `large_world`, without a database."""

    def new() -> uuid.UUID:
        return uuid.UUID(int=dice.getrandbits(128))

    organizations = [new() for _ in range(world.ORGANIZATIONS)]
    teams = {new(): organizations[number % world.ORGANIZATIONS] for number in range(world.TEAMS)}
    users = []
    for number in range(world.USERS):
        own = dice.sample([*teams], 2)
        users.append(PolicyUser(new(), f"user{number}", True, False, frozenset([*own, *(teams[team] for team in own)])))
    collections = [PolicyCollection(new(), "/", None)]
    parents = list(collections)
    while len(collections) < world.COLLECTIONS:
        parent = dice.choice(parents)
        row = PolicyCollection(new(), f"{parent.path.rstrip('/')}/c{len(collections)}", parent.id)
        collections.append(row)
        if row.path.count("/") < world.DEPTH:
            parents.append(row)
    roles = [(role.name, mask_of(role.operations)) for role in BUILTIN_ROLES if role.name not in {"None", "Auditor"}]
    grants = []
    for _ in range(world.GRANTS):
        subject = dice.choice(dice.choices([[user.id for user in users[:1]], [*teams], organizations], [0, 90, 10])[0])
        if dice.random() < 0.5:
            subject = dice.choice(users).id
        role, mask = dice.choice(roles)
        grants.append(PolicyGrant(subject, "somebody", role, mask, dice.choice(collections).id))
    return users, collections, grants


# Loading, following and REST, each in processes of their own


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="qd-bench-") as name:
        yield f"sqlite:///{name}/db.sqlite3"


def _on(name: str, url: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="qd-bench-") as directory:
        environment = _environment(Path(directory), url)
        with redis_server(Path(directory) / "run" / "redis.sock"):
            _child("build", environment)
            loaded, followed, asked = (_child(command, environment) for command in ("load", "follow", "rest"))
    print(f"   on {name}")
    print(f"   {'the policy, loaded anew':34} {loaded['seconds']:9.2f} s    {loaded['before']:.0f} -> {loaded['after']:.0f} MB")
    faster = loaded["seconds"] * 1000 / followed["reading"]
    print(f"   {'a changed grant, read':34} {followed['reading']:9.2f} ms   {faster:,.0f} times faster")
    print(f"   {'a changed grant, seen elsewhere':34} {followed['visible']:9.2f} ms")
    yield from _over(f"{name}: loading", loaded["seconds"], LOAD_SECONDS)
    yield from _over(f"{name}: memory", loaded["after"], LOAD_MEGABYTES)
    yield from _over(f"{name}: a changed grant", followed["visible"], VISIBLE_MILLISECONDS)
    for question, figures in asked.items():
        print(f"   {question:34} {figures['p95']:9.1f} ms   {figures['queries']} queries")
        bound = QUESTION_MILLISECONDS if question in {"what-can", "who-can", "explain"} else LIST_MILLISECONDS
        yield from _over(f"{name}: {question}", figures["p95"], bound)


def _environment(directory: Path, url: str) -> dict[str, str]:
    run = directory / "run"
    run.mkdir(mode=0o700)
    crypto.create_master_key(directory / "secrets" / "master.key")
    (directory / "static").mkdir()
    return {
        **os.environ,
        "DATABASE_URL": url,
        "QUARTERDECK_DATA_DIR": str(directory),
        "QUARTERDECK_RUN_DIR": str(run),
        "REDIS_URL": f"unix://{run}/redis.sock",
        "DJANGO_SETTINGS_MODULE": "controlplane.settings",
    }


def _child(command: str, environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.large_world", command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stderr[-2000:]}"
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _over(what: str, measured: float, bound: float) -> Iterator[str]:
    if measured > bound:
        yield f"{what}: {measured:.2f}, more than {bound:g}"
