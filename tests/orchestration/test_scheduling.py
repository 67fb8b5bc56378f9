"""The labels we set and the constraint that a caller cannot remove."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from apps.orchestration.rules import labels, scheduling

ROOT = uuid.UUID("11111111-2222-3333-4444-555555555555")
OURS = f"node.labels.com.docker.ucp.collection.{ROOT}==true"


def test_the_constraint_is_added_beside_the_callers_own() -> None:
    spec: dict[str, Any] = {"TaskTemplate": {"Placement": {"Constraints": ["node.role==worker"], "MaxReplicas": 1}}}

    scheduling.enforce(spec, ROOT)

    assert spec["TaskTemplate"]["Placement"] == {"Constraints": ["node.role==worker", OURS], "MaxReplicas": 1}


@pytest.mark.parametrize(
    "sent",
    [
        "node.labels.com.docker.ucp.collection.99999999-2222-3333-4444-555555555555==true",
        " node.labels.com.docker.ucp.collection.x != true",
        "NODE.LABELS.com.docker.ucp.collection.x==true",
        OURS,
    ],
)
def test_what_the_caller_says_about_our_labels_is_replaced(sent: str) -> None:
    spec: dict[str, Any] = {"TaskTemplate": {"Placement": {"Constraints": [sent]}}}

    scheduling.enforce(spec, ROOT)

    assert spec["TaskTemplate"]["Placement"]["Constraints"] == [OURS]


def test_the_root_collection_sets_no_constraint_and_takes_an_old_one_away() -> None:
    spec: dict[str, Any] = {"TaskTemplate": {"Placement": {"Constraints": [OURS]}}}

    scheduling.enforce(spec, None)

    assert spec["TaskTemplate"]["Placement"]["Constraints"] == []


def test_a_spec_without_a_placement_gets_one() -> None:
    spec: dict[str, Any] = {"TaskTemplate": {"Placement": None}}

    scheduling.enforce(spec, ROOT)

    assert spec["TaskTemplate"]["Placement"]["Constraints"] == [OURS]


def test_a_spec_without_a_template_gets_one() -> None:
    spec: dict[str, Any] = {"TaskTemplate": None}

    scheduling.enforce(spec, ROOT)

    assert spec["TaskTemplate"]["Placement"]["Constraints"] == [OURS]


def test_the_label_we_decided_on_replaces_what_was_sent() -> None:
    spec: dict[str, Any] = {
        "Labels": {"com.docker.ucp.access.label": "/System", "com.docker.ucp.access.nonce": "old", "a": "b"}
    }

    assert labels.requested_collection(spec["Labels"]) == "/System"
    labels.stamp(spec, "/Shared/payments")

    assert spec["Labels"] == {"com.docker.ucp.access.label": "/Shared/payments", "a": "b"}


def test_a_create_carries_the_nonce_of_its_placement() -> None:
    spec: dict[str, Any] = {"Labels": None}

    labels.stamp(spec, "/Shared", nonce="n1")

    assert spec["Labels"] == {"com.docker.ucp.access.label": "/Shared", "com.docker.ucp.access.nonce": "n1"}


def test_what_an_image_says_about_a_task_is_emptied() -> None:
    spec: dict[str, Any] = {"Labels": None}

    labels.disown(spec, {"com.docker.swarm.service.id": "theirs", "maintainer": "x"})
    assert spec["Labels"] == {"com.docker.swarm.service.id": ""}

    labels.disown(spec, {"maintainer": "x"})
    labels.disown(spec, None)
    assert spec["Labels"] == {"com.docker.swarm.service.id": ""}


def test_volumes_of_mounts_are_stamped_and_nothing_else() -> None:
    mounts: list[dict[str, Any]] = [
        {
            "Type": "volume",
            "Source": "v",
            "VolumeOptions": {"NoCopy": True, "Labels": {"com.docker.ucp.access.label": "/System"}},
        },
        {"Type": "volume", "Target": "/anonymous"},
        {"Type": "volume", "Target": "/a", "VolumeOptions": {"Labels": {"com.docker.ucp.access.nonce": "n", "a": "b"}}},
        {"Type": "tmpfs", "Target": "/t"},
    ]

    labels.stamp_volumes(mounts, "/Shared")

    assert mounts[0]["VolumeOptions"] == {"NoCopy": True, "Labels": {"com.docker.ucp.access.label": "/Shared"}}
    assert mounts[1]["VolumeOptions"] == {"Labels": {"com.docker.ucp.access.label": "/Shared"}}
    assert mounts[2]["VolumeOptions"] == {"Labels": {"com.docker.ucp.access.label": "/Shared", "a": "b"}}
    assert mounts[3] == {"Type": "tmpfs", "Target": "/t"}
