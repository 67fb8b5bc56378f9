"""Scheduling: on which nodes work may run."""

from __future__ import annotations

from typing import Any

import pytest

from apps.access import services
from apps.access.models import Grant
from apps.access.selectors.policy import store
from apps.accounts.models import User
from apps.orchestration.rules import scheduling
from tests.access.model.conftest import Model
from tests.support.accounts import SYSTEM, actor_of


@pytest.fixture
def tree(model: Model) -> Model:
    """A tree without the grant to everyone."""
    services.delete_grant(actor=SYSTEM, grant=Grant.objects.get(organization__name="everyone"))
    for path in ("/Prod", "/Prod/Apps", "/Prod/Apps/web"):
        model.collection(path)
    return model


def root_for(user: User, model: Model, path: str) -> str:
    root = store.current.scheduling_root(actor_of(user), model.id_of(path))
    return store.current.path_of(root) if root else ""


def test_work_runs_on_the_nodes_below_the_ancestor_nearest_to_the_root_on_which_one_holds_node_schedule(
    tree: Model, bob: User
) -> None:
    tree.grant("user:bob", "Scheduler", "/Prod/Apps")
    assert root_for(bob, tree, "/Prod/Apps/web") == "/Prod/Apps"
    tree.grant("user:bob", "Scheduler", "/Prod")
    assert root_for(bob, tree, "/Prod/Apps/web") == "/Prod"
    assert root_for(bob, tree, "/Prod") == "/Prod"


def test_who_holds_node_schedule_nowhere_above_is_refused(tree: Model, bob: User) -> None:
    tree.grant("user:bob", "Scheduler", "/Shared")
    assert root_for(bob, tree, "/Prod/Apps/web") == ""


def test_node_schedule_below_the_workload_opens_nothing(tree: Model, bob: User) -> None:
    tree.grant("user:bob", "Scheduler", "/Prod/Apps/web")
    assert root_for(bob, tree, "/Prod/Apps") == ""


def test_it_is_enforced_by_a_label_that_is_kept_for_every_ancestor_of_the_nodes_collection(tree: Model) -> None:
    ancestors = store.current.ancestors(tree.id_of("/Prod/Apps"))
    labels = scheduling.node_labels({"zone": "a"}, ancestors)
    ours = {f"com.docker.ucp.collection.{tree.id_of(path)}": "true" for path in ("/", "/Prod", "/Prod/Apps")}
    assert labels == {"zone": "a", **ours}
    spec: dict[str, Any] = {}
    scheduling.enforce(spec, tree.id_of("/Prod"))
    (constraint,) = spec["TaskTemplate"]["Placement"]["Constraints"]
    assert constraint == f"node.labels.com.docker.ucp.collection.{tree.id_of('/Prod')}==true"


def test_for_the_root_no_constraint_is_added(tree: Model, bob: User) -> None:
    tree.grant("user:bob", "Scheduler", "/")
    assert root_for(bob, tree, "/Prod/Apps/web") == "/"
    spec: dict[str, Any] = {"TaskTemplate": {}}
    scheduling.enforce(spec, None)
    assert not spec["TaskTemplate"]["Placement"].get("Constraints")


def test_detaching_removes_these_labels_and_leaves_those_of_others() -> None:
    assert scheduling.node_labels({"zone": "a", "com.docker.ucp.collection.1": "true"}, ()) == {"zone": "a"}
