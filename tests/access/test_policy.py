from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.access.rules.collection_tree import PolicyCollection
from apps.access.rules.operations import OPERATIONS, SYSTEM_GROUP, mask_of, needed_mask
from apps.access.rules.policy import ANYWHERE, Policy, PolicyGrant, PolicyUser
from apps.access.rules.repositories import Repositories
from apps.access.rules.roles import BUILTIN_ROLES
from apps.core.actor import Actor, ActorKind

MASKS = {role.name: mask_of(role.operations) for role in BUILTIN_ROLES}
BOB, ALICE, ROOT_USER, TEAM, ORGANIZATION = (uuid.UUID(int=number) for number in range(1, 6))
NAMES = {BOB: "bob", ALICE: "alice", ROOT_USER: "root"}
TREE = (
    "/",
    "/System",
    "/Shared",
    "/Shared/Private",
    "/Shared/Private/bob",
    "/Shared/payments",
    "/Shared/payments/eu",
    "/Shared/other",
)
IDS = {path: uuid.UUID(int=100 + number) for number, path in enumerate(TREE)}


def collections() -> list[PolicyCollection]:
    return [PolicyCollection(IDS[path], path, IDS[path.rpartition("/")[0] or "/"] if path != "/" else None) for path in TREE]


def grant(subject: uuid.UUID, role: str, path: str, expires_at: float | None = None) -> PolicyGrant:
    words = {BOB: "user bob", ALICE: "user alice", TEAM: "team acme/payments", ORGANIZATION: "organization acme"}
    return PolicyGrant(subject, words[subject], role, MASKS[role], IDS[path], expires_at)


def policy(*grants: PolicyGrant, now: Callable[[], float] = lambda: 1000.0, bob_is_active: bool = True) -> Policy:
    users = [
        PolicyUser(BOB, "bob", bob_is_active, False, frozenset({TEAM, ORGANIZATION})),
        PolicyUser(ALICE, "alice", True, False),
        PolicyUser(ROOT_USER, "root", True, True),
    ]
    return Policy(users=users, collections=collections(), grants=grants, now=now)


def actor(user_id: uuid.UUID) -> Actor:
    return Actor(ActorKind.USER, user_id, NAMES.get(user_id, "somebody"))


def test_a_grant_covers_the_collection_and_what_is_below_it_and_nothing_else() -> None:
    given_ = policy(grant(TEAM, "Restricted Control", "/Shared/payments"))
    allowed = {path for path in TREE if given_.may(actor(BOB), "Service Create", IDS[path])}
    assert allowed == {"/Shared/payments", "/Shared/payments/eu"}
    assert not any(given_.may(actor(ALICE), "Service Create", IDS[path]) for path in TREE)


def test_the_decision_names_the_grants_that_allow_it() -> None:
    given_ = policy(grant(TEAM, "Restricted Control", "/Shared/payments"), grant(BOB, "View Only", "/Shared"))
    decision = given_.decide(actor(BOB), "Service View", IDS["/Shared/payments/eu"])
    assert decision.allowed
    assert decision.because == (
        "user bob has View Only on /Shared",
        "team acme/payments has Restricted Control on /Shared/payments",
    )


def test_the_refusal_names_operation_and_path() -> None:
    given_ = policy(grant(TEAM, "Restricted Control", "/Shared/payments"))
    assert (
        given_.decide(actor(BOB), "Service Create", IDS["/Shared/other"]).sentence
        == "bob may not do this: Service Create is missing on /Shared/other"
    )
    assert (
        given_.decide(actor(BOB), "Service Create", IDS["/Shared/payments"], ("Host Bind Mounts",)).sentence
        == "bob may not do this: Service Create with Host Bind Mounts is missing on /Shared/payments"
    )


def test_an_option_no_operation_has_is_refused_to_everybody_but_administrators() -> None:
    given_ = policy(grant(BOB, "Full Control", "/"))
    assert given_.decide(actor(BOB), "Service Create", IDS["/Shared"], ("Host Bind Mounts",)).allowed
    assert not given_.decide(actor(BOB), "Service Create", IDS["/Shared"], ("Time Travel",)).allowed
    assert given_.decide(actor(ROOT_USER), "Service Create", IDS["/Shared"], ("Time Travel",)).allowed


def test_rights_of_several_grants_add_up() -> None:
    given_ = policy(grant(BOB, "View Only", "/Shared"), grant(ORGANIZATION, "Scheduler", "/Shared/payments"))
    assert given_.may(actor(BOB), "Service View", IDS["/Shared/payments"])
    assert given_.may(actor(BOB), "Node Schedule", IDS["/Shared/payments"])
    assert not given_.may(actor(BOB), "Node Schedule", IDS["/Shared"])


@pytest.mark.parametrize(
    "nobody",
    [
        Actor.anonymous(),
        actor(uuid.UUID(int=999)),
        Actor(ActorKind.SERVICE_ACCOUNT, BOB, "bob"),
        dataclasses.replace(actor(uuid.UUID(int=999)), is_administrator=True),
    ],
)
def test_whoever_is_unknown_holds_nothing(nobody: Actor) -> None:
    given_ = policy(grant(BOB, "Full Control", "/"))
    assert not given_.may(nobody, "Service View", None)
    assert not given_.decide(nobody, "Service View", IDS["/Shared"]).allowed
    assert not given_.holds_anywhere(nobody, "Image View").allowed
    assert not given_.is_visible(nobody, IDS["/Shared"])
    assert given_.scheduling_root(nobody, IDS["/Shared"]) is None


def test_an_inactive_user_holds_nothing() -> None:
    given_ = policy(grant(BOB, "Full Control", "/"), bob_is_active=False)
    assert not given_.may(actor(BOB), "Service View", None)
    assert not given_.decide(actor(BOB), "Service View").allowed


def test_administrators_and_the_system_hold_everything() -> None:
    given_ = policy()
    for somebody in (actor(ROOT_USER), Actor.system("node labels")):
        assert given_.may(somebody, "Node Update", IDS["/System"])
        assert given_.decide(somebody, "Node Update", IDS["/System"]).allowed
        assert given_.holds_anywhere(somebody, "Image Push").allowed
        assert given_.is_visible(somebody, IDS["/Shared/Private/bob"])
        assert given_.scheduling_root(somebody, IDS["/Shared/payments"]) == IDS["/"]
        assert given_.is_unrestricted(somebody)
    assert given_.decide(actor(ROOT_USER), "Node Update").because == ("root is an administrator",)


def test_the_flag_of_an_administrator_is_the_rows_and_not_the_callers() -> None:
    assert not policy().may(dataclasses.replace(actor(BOB), is_administrator=True), "Node Update", None)


def test_a_collection_that_does_not_exist_gives_nothing() -> None:
    given_ = policy(grant(BOB, "Full Control", "/"))
    absent = uuid.UUID(int=12345)
    assert not given_.may(actor(BOB), "Service View", absent)
    assert not given_.decide(actor(BOB), "Service View", absent).allowed
    assert not given_.is_visible(actor(ROOT_USER), absent)
    assert given_.scheduling_root(actor(BOB), absent) is None
    assert given_.ancestors(absent) == ()


def test_system_operations_count_on_the_root_only() -> None:
    below, on_root = policy(grant(BOB, "Auditor", "/Shared")), policy(grant(BOB, "Auditor", "/"))
    assert not below.may(actor(BOB), "Audit View", IDS["/Shared"])
    assert not below.may(actor(BOB), "Audit View", None)
    assert on_root.may(actor(BOB), "Audit View", None)
    assert not on_root.may(actor(BOB), "Audit View", IDS["/Shared"])
    assert on_root.may(actor(BOB), "Service View", IDS["/Shared"])


def test_a_system_operation_granted_below_the_root_makes_nothing_visible() -> None:
    role = PolicyGrant(BOB, "user bob", "Custom", mask_of({"Audit View": ()}), IDS["/Shared/payments"])
    assert not any(policy(role).is_visible(actor(BOB), IDS[path]) for path in TREE)


def test_a_grant_ends_at_its_second_without_a_new_policy() -> None:
    time = [1000.0]
    given_ = policy(grant(BOB, "Full Control", "/Shared", expires_at=1010.0), grant(BOB, "View Only", "/"), now=lambda: time[0])
    assert given_.may(actor(BOB), "Service Create", IDS["/Shared"])
    assert given_.decide(actor(BOB), "Service Create", IDS["/Shared"]).allowed
    time[0] = 1009.999
    assert given_.may(actor(BOB), "Service Create", IDS["/Shared"])
    time[0] = 1010.0
    assert not given_.may(actor(BOB), "Service Create", IDS["/Shared"])
    assert not given_.decide(actor(BOB), "Service Create", IDS["/Shared"]).allowed
    assert given_.may(actor(BOB), "Service View", IDS["/Shared"])


def test_it_is_known_when_a_grant_has_ended_since() -> None:
    given_ = policy(grant(BOB, "Full Control", "/Shared", expires_at=1010.0), grant(BOB, "View Only", "/"))
    assert not given_.has_grant_ending(1000.0, 1009.9)
    assert given_.has_grant_ending(1009.9, 1010.0)
    assert not given_.has_grant_ending(1010.0, 2000.0)


def test_images_need_the_operation_in_any_one_collection() -> None:
    given_ = policy(grant(TEAM, "Restricted Control", "/Shared/payments"))
    assert given_.holds_anywhere(actor(BOB), "Image Create").allowed
    refused = given_.holds_anywhere(actor(BOB), "Image Remove", ("Force Remove",))
    assert refused.sentence == f"bob may not do this: Image Remove with Force Remove is missing on {ANYWHERE}"
    assert not given_.holds_anywhere(actor(ALICE), "Image Create").allowed


def test_work_runs_below_the_highest_collection_one_may_schedule_on() -> None:
    given_ = policy(grant(ORGANIZATION, "Scheduler", "/Shared"), grant(BOB, "Scheduler", "/Shared/payments"))
    assert given_.scheduling_root(actor(BOB), IDS["/Shared/payments/eu"]) == IDS["/Shared"]
    assert given_.scheduling_root(actor(BOB), IDS["/System"]) is None
    assert given_.scheduling_root(actor(ALICE), IDS["/Shared/payments"]) is None


def test_a_collection_is_visible_on_below_and_above_what_one_holds() -> None:
    given_ = policy(grant(TEAM, "Restricted Control", "/Shared/payments"), grant(ALICE, "None", "/"))
    assert {path for path in TREE if given_.is_visible(actor(BOB), IDS[path])} == {
        "/",
        "/Shared",
        "/Shared/payments",
        "/Shared/payments/eu",
    }
    assert not any(given_.is_visible(actor(ALICE), IDS[path]) for path in TREE)


def test_who_may_use_the_nodes_of_shared_does_not_learn_who_there_is() -> None:
    scheduler = grant(ORGANIZATION, "Scheduler", "/Shared")
    shared = {"/", "/Shared", "/Shared/Private", "/Shared/payments", "/Shared/payments/eu", "/Shared/other"}

    def seen(user: uuid.UUID, *grants: PolicyGrant) -> set[str]:
        users = [PolicyUser(id_, NAMES[id_], True, False, frozenset({ORGANIZATION})) for id_ in (BOB, ALICE)]
        given_ = Policy(users=users, collections=collections(), grants=[scheduler, *grants], now=lambda: 1000.0)
        return {path for path in TREE if given_.is_visible(actor(user), IDS[path])}

    assert seen(ALICE) == shared
    assert seen(BOB) == shared | {"/Shared/Private/bob"}
    assert seen(ALICE, grant(ALICE, "View Only", "/Shared")) == shared | {"/Shared/Private/bob"}
    assert seen(ALICE, grant(ALICE, "Scheduler", "/Shared/Private/bob")) == shared | {"/Shared/Private/bob"}
    reader = PolicyGrant(ALICE, "user alice", "Custom", mask_of({"Account View": ()}), IDS["/"])
    assert seen(ALICE, reader) == shared | {"/Shared/Private/bob"}


def test_paths_and_former_paths_are_found() -> None:
    aliases = {"/Shared/billing": IDS["/Shared/payments"], "/Shared/other": IDS["/System"], "/Shared/gone": uuid.UUID(int=7)}
    given_ = Policy(collections=collections(), aliases=aliases)
    assert given_.by_path("/Shared/billing") == IDS["/Shared/payments"]
    assert given_.by_path("/Shared/other") == IDS["/Shared/other"]
    assert given_.by_path("/Shared/gone") is None
    assert given_.path_of(IDS["/Shared/payments"]) == "/Shared/payments"
    assert given_.ancestors(IDS["/Shared/payments/eu"]) == tuple(
        IDS[path] for path in ("/Shared/payments/eu", "/Shared/payments", "/Shared", "/")
    )


def test_the_default_collection_is_the_chosen_one_else_the_private_one() -> None:
    chosen = Policy(
        users=[PolicyUser(BOB, "bob", True, False)], collections=collections(), default_collections={BOB: IDS["/Shared/other"]}
    )
    assert chosen.default_collection(BOB) == IDS["/Shared/other"]
    assert policy().default_collection(BOB) == IDS["/Shared/Private/bob"]
    assert policy().default_collection(ALICE) == IDS["/Shared"]


def test_the_flags_of_a_user_are_told() -> None:
    assert policy().user(ROOT_USER) == ("root", True, True)
    assert policy().user(uuid.UUID(int=999)) is None


def test_an_empty_policy_refuses_everything_but_the_system() -> None:
    assert not Policy().may(actor(BOB), "Service View", None)
    assert not Policy().decide(actor(ROOT_USER), "Service View").allowed
    assert Policy().may(Actor.system("start"), "Service View", None)


# The policy against the model written down naively

paths = st.one_of(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4).map(lambda names: "/" + "/".join(names)),
    st.lists(st.sampled_from(["bob", "alice", "a"]), max_size=2).map(lambda names: "/".join(["/Shared/Private", *names])),
)
operations = st.sampled_from(
    [
        *("Service Create", "Service View", "Node Schedule", "Node View", "Image View"),
        *("Audit View", "Account View", "Access View", "Repository View", "Repository Push"),
    ]
)
subjects = st.sampled_from([BOB, ALICE, TEAM, ORGANIZATION])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[PolicyCollection], list[PolicyGrant], list[PolicyUser]]:
    tree = {"/"}
    for path in draw(st.lists(paths, max_size=8)):
        parts = path[1:].split("/")
        tree |= {"/" + "/".join(parts[: depth + 1]) for depth in range(len(parts))}
    ids = {path: uuid.uuid5(uuid.NAMESPACE_URL, path) for path in tree}
    rows = [PolicyCollection(ids[path], path, ids[path.rpartition("/")[0] or "/"] if path != "/" else None) for path in tree]
    namespaces = st.dictionaries(st.sampled_from(["acme", "bob"]), st.sets(st.sampled_from(["x", "y"])))
    for namespace, names in draw(namespaces).items():
        whole = ids[f"registry:{namespace}/*"] = uuid.uuid5(uuid.NAMESPACE_URL, namespace)
        rows.append(PolicyCollection(whole, f"registry:{namespace}/*", None))
        for path in (f"registry:{namespace}/{name}" for name in names):
            ids[path] = uuid.uuid5(uuid.NAMESPACE_URL, path)
            rows.append(PolicyCollection(ids[path], path, whole))
    roles = st.dictionaries(operations, st.just(()), max_size=4).map(mask_of)
    grants = draw(
        st.lists(
            st.builds(
                PolicyGrant,
                subjects,
                st.just("somebody"),
                st.just("Custom"),
                roles,
                st.sampled_from(sorted(ids.values())),
                st.sampled_from([None, 500.0, 1500.0]),
            ),
            max_size=8,
        )
    )
    groups = st.frozensets(st.sampled_from([TEAM, ORGANIZATION]))
    users = [
        PolicyUser(id_, NAMES[id_], draw(st.booleans()), draw(st.integers(0, 9)) == 0, draw(groups)) for id_ in (BOB, ALICE)
    ]
    return rows, grants, users


@given(worlds(), operations)
@settings(max_examples=200, deadline=None)
def test_the_policy_decides_as_the_model_says(
    world: tuple[list[PolicyCollection], list[PolicyGrant], list[PolicyUser]], operation: str
) -> None:
    rows, grants, users = world
    compiled = Policy(users=users, collections=rows, grants=grants, now=lambda: 1000.0)
    path_of = {row.id: row.path for row in rows}
    for user in users:
        asking = actor(user.id)
        held = {row.path: _naively_held(user, row.path, grants, path_of) for row in rows}
        given_at = [path_of[each.place_id] for each in grants if _naively_held(user, path_of[each.place_id], [each], path_of)]
        for namespace, name in (("acme", "x"), ("acme", ""), ("bob", "y"), ("nobody", "x")):
            asked = Repositories(namespace, name)
            is_held = operation in _naively_held(user, asked.path, grants, path_of)
            decision = compiled.decide_in_registry(asking, operation, asked)
            assert decision.allowed is (user.is_active and (user.is_admin or is_held))
            assert decision.resource == asked.path
        for row in rows:
            expected = user.is_active and (user.is_admin or operation in held[row.path])
            assert compiled.may(asking, operation, row.id) is expected
            decision = compiled.decide(asking, operation, row.id)
            assert decision.allowed is expected
            assert bool(decision.because) is expected
            assert bool(decision.missing) is not expected
            if row.is_in_registry:
                continue
            visible = user.is_active and (user.is_admin or _naively_sees(user, row.path, held, given_at))
            assert compiled.is_visible(asking, row.id) is visible
            roots = [path for path in held if _is_within(row.path, path) and (user.is_admin or "Node Schedule" in held[path])]
            root = compiled.scheduling_root(asking, row.id)
            assert (path_of[root] if root else None) == (min(roots, key=len) if roots and user.is_active else None)
        anywhere = user.is_active and (user.is_admin or any(operation in names for names in held.values()))
        assert compiled.holds_anywhere(asking, operation).allowed is anywhere


@given(worlds(), operations)
@settings(max_examples=100, deadline=None)
def test_who_may_and_what_may_agree_with_each_decision(
    world: tuple[list[PolicyCollection], list[PolicyGrant], list[PolicyUser]], operation: str
) -> None:
    rows, grants, users = world
    compiled = Policy(users=users, collections=rows, grants=grants, now=lambda: 1000.0)
    for row in rows:
        expected = {user.id for user in users if compiled.may(actor(user.id), operation, row.id)}
        assert {each.id for each in compiled.who_may(operation, row.id)} == expected
    for user in users:
        begins = compiled.what_may(actor(user.id))
        for row in rows:
            covering = [mask for path, mask in begins if _is_within(row.path, path)]
            held = any(mask & needed_mask(operation) for mask in covering)  # type: ignore[operator]
            counts = user.is_admin or _means_something(operation, row.path)
            assert compiled.may(actor(user.id), operation, row.id) is (held and counts)


def _naively_held(user: PolicyUser, path: str, grants: list[PolicyGrant], path_of: dict[uuid.UUID, str]) -> set[str]:
    return {
        name
        for each in grants
        for name in OPERATIONS
        if each.subject_id in {user.id, *user.group_ids}
        and (each.expires_at is None or each.expires_at > 1000.0)
        and _is_within(path, path_of[each.place_id])
        and each.mask & mask_of({name: ()})
        and _means_something(name, path)
    }


def _means_something(operation: str, path: str) -> bool:
    group = OPERATIONS[operation].group
    if group == "Repository":
        return path == "/" or path.startswith("registry:")
    return path == "/" or (group != SYSTEM_GROUP and not path.startswith("registry:"))


def _naively_sees(user: PolicyUser, path: str, held: dict[str, set[str]], given_at: list[str]) -> bool:
    collections_ = [other for other in held if other.startswith("/")]
    near = [other for other in collections_ if _is_within(other, path) or _is_within(path, other)]
    if not any(_counts(held, other, path) for other in near):
        return False
    if path == "/Shared/Private" or not _is_within(path, "/Shared/Private"):
        return True
    is_given_here_or_below = any(_is_within(other, path) for other in given_at)
    is_own = _is_within(path, f"/Shared/Private/{user.name}")
    reads_accounts = bool(held["/"] & {"Access View", "Account View"})
    return bool(held[path] - {"Node Schedule", "Node View"}) or is_given_here_or_below or is_own or reads_accounts


def _counts(held: dict[str, set[str]], other: str, path: str) -> bool:
    """What is held above counts where it reaches down to the path, which system operations do not."""
    return bool(held[other]) if _is_within(other, path) else bool(held[other] & held[path])


def _is_within(path: str, ancestor: str) -> bool:
    return ancestor == "/" or path == ancestor or path.startswith(ancestor.removesuffix("/*") + "/")
