from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.access import services
from apps.access.models import Collection
from apps.access.rules.constraints import ConstraintType, LabelConstraint, check, missing
from apps.access.selectors import label_constraints_of
from apps.access.selectors.policy import store
from apps.audit.models import Entry
from apps.core.actor import Actor
from apps.core.errors import InvalidInput

LABEL, NODE, ENGINE = ConstraintType.LABEL, ConstraintType.NODE, ConstraintType.ENGINE
SSD = LabelConstraint(NODE, "disk", "ssd")


def test_a_label_must_have_the_value() -> None:
    owner = LabelConstraint(LABEL, "owner", "payments")
    assert missing({"owner": "payments", "x": "y"}, (), [owner]) == ()
    for labels in ({}, {"owner": "billing"}, {"Owner": "payments"}):
        assert missing(labels, (), [owner]) == (owner,)
    assert owner.sentence == "the label owner=payments"


def test_a_label_must_not_have_the_value() -> None:
    not_legacy = LabelConstraint(LABEL, "tier", "legacy", equality=False)
    assert missing({}, (), [not_legacy]) == missing({"tier": "new"}, (), [not_legacy]) == ()
    assert missing({"tier": "legacy"}, (), [not_legacy]) == (not_legacy,)
    assert not_legacy.sentence == "another label tier than legacy"


@pytest.mark.parametrize("written", ["node.labels.disk==ssd", " node.labels.disk == ssd ", "NODE.LABELS.disk==ssd"])
def test_a_placement_constraint_counts_however_it_is_spaced(written: str) -> None:
    assert missing({}, ["node.role==worker", written], [SSD]) == ()


@pytest.mark.parametrize(
    "written",
    ["node.labels.disk!=ssd", "node.labels.disk==hdd", "engine.labels.disk==ssd", "node.labels.disk.x==ssd", "disk==ssd", ""],
)
def test_another_placement_constraint_does_not(written: str) -> None:
    assert missing({"disk": "ssd"}, [written], [SSD]) == (SSD,)
    assert SSD.sentence == "the placement constraint node.labels.disk==ssd"


def test_engines_and_inequality_are_told_apart() -> None:
    not_old = LabelConstraint(ENGINE, "os", "old", equality=False)
    assert missing({}, ["engine.labels.os!=old"], [not_old]) == ()
    assert missing({}, ["engine.labels.os==old"], [not_old, SSD]) == (not_old, SSD)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ([LabelConstraint(LABEL, "", "x")], "key must be"),
        ([LabelConstraint(LABEL, "a b", "x")], "key must be"),
        ([LabelConstraint(LABEL, "com.docker.ucp.access.label", "x")], "are not for callers"),
        ([LabelConstraint(NODE, "Com.Docker.Swarm.x", "x")], "are not for callers"),
        ([LabelConstraint(LABEL, "a", "x\ny")], "value must be"),
        ([LabelConstraint(LABEL, "a", " x")], "value must be"),
        ([LabelConstraint(LABEL, "a", "x" * 256)], "value must be"),
        ([SSD, SSD], "stands here twice"),
        ([SSD, LabelConstraint(NODE, "disk", "hdd")], "no workload can meet this"),
        ([SSD, LabelConstraint(NODE, "disk", "ssd", equality=False)], "no workload can meet this"),
        ([LabelConstraint(LABEL, f"k{number}", "x") for number in range(21)], "more than 20"),
    ],
)
def test_what_no_workload_can_carry_is_refused(wrong: list[LabelConstraint], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        check(wrong)


def test_several_values_may_be_excluded() -> None:
    check([LabelConstraint(NODE, "disk", value, equality=False) for value in ("tape", "floppy")])


def test_a_collection_has_its_own_constraints_and_those_above_it(administrator: Actor) -> None:
    owner = LabelConstraint(LABEL, "owner", "payments")
    services.create_collection(actor=administrator, path="/Shared/a", label_constraints=[SSD])
    below = services.create_collection(actor=administrator, path="/Shared/a/b", label_constraints=[owner])
    beside = services.create_collection(actor=administrator, path="/Shared/ab")
    store.refresh()
    assert label_constraints_of(store.current, below.id) == (SSD, owner)
    assert label_constraints_of(store.current, beside.id) == ()


def test_constraints_are_set_shown_and_audited_over_rest(as_root: APIClient) -> None:
    ssd = {"type": "node", "key": "disk", "value": "ssd", "equality": True}
    made = as_root.post("/api/v1/collections/", {"path": "/Shared/a", "label_constraints": [ssd | {"equality": True}]}).json()
    assert (made["label_constraints"], made["inherited_label_constraints"]) == ([ssd], [])
    below = as_root.post("/api/v1/collections/", {"path": "/Shared/a/b"}).json()
    assert below["inherited_label_constraints"] == [{"collection": "/Shared/a", **ssd}]
    url = f"/api/v1/collections/{made['id']}/"
    other = {"type": "label", "key": "owner", "value": "payments"}
    changed = as_root.patch(url, {"label_constraints": [other]})
    assert changed.json()["label_constraints"] == [other | {"equality": True}]
    assert changed["ETag"] == as_root.get(url)["ETag"]
    detail = Entry.objects.get(operation="Collection Update").detail
    assert detail == {"label_constraints": {"from": [ssd], "to": [other | {"equality": True}]}}
    refused = as_root.patch(url, {"label_constraints": [other, other]})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["label_constraints[1]"])
    for wrong in ([{**other, "type": "moon"}], [{"type": "label"}], "x", [other | {"colour": "red"}]):
        assert as_root.patch(url, {"label_constraints": wrong}).status_code == 400
    assert Collection.objects.get(id=made["id"]).label_constraints == [other | {"equality": True}]
    assert as_root.patch(url, {"label_constraints": []}).json()["label_constraints"] == []


def test_a_built_in_collection_may_have_constraints_and_stays_where_it_is(administrator: Actor) -> None:
    shared = Collection.objects.get(path="/Shared")
    services.update_collection(actor=administrator, collection=shared, label_constraints=[SSD])
    shared.refresh_from_db()
    assert (shared.path, shared.label_constraints) == ("/Shared", [SSD.to_json()])
