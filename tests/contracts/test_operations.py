"""The catalogue is enforced: each operation and each danger option is asked for somewhere, or stands in the one list of
those that wait for a part of the product."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from rest_framework.test import APIClient

from apps.access.rules import moving
from apps.access.rules.operations import OPERATIONS, WAITS_FOR
from apps.gateway.docker.routes import ROUTES
from apps.orchestration.rules import workload
from tests.orchestration.test_workload import CONTAINER_DANGERS, SERVICE_DANGERS

DECIDING = {"authorize", "decide", "find_and_decide", "holds_anywhere", "may", "_may"}
"""The functions by which code asks whether somebody may; their operation is written out where it is always the same."""

CONTAINER: dict[str, Any] = {
    "Image": "a",
    "HostConfig": {
        "Binds": ["data:/data"],
        "NetworkMode": "container:a",
        "PidMode": "container:b",
        "VolumesFrom": ["c", "d:ro"],
    },
    "NetworkingConfig": {"EndpointsConfig": {"backend": {"Links": ["e:e"]}}},
}
SERVICE: dict[str, Any] = {
    "TaskTemplate": {
        "ContainerSpec": {
            "Image": "a",
            "Secrets": [{"SecretID": "s", "SecretName": "s", "File": {"Name": "s"}}],
            "Configs": [{"ConfigID": "c", "ConfigName": "c", "File": {"Name": "c"}}],
        },
        "Networks": [{"Target": "backend"}],
    }
}


def calls_in_the_code() -> Iterator[ast.Call]:
    for path in (Path(settings.BASE_DIR) / "apps").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield node


def decided_by_name() -> set[str]:
    found = set()
    for call in calls_in_the_code():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in DECIDING:
            found |= {str(argument.value) for argument in call.args if isinstance(argument, ast.Constant)}
    return found & set(OPERATIONS)


def asked_for() -> set[str]:
    """By a row of the gateway, for something that a workload names, for where an object is moved to, or by name."""
    routed = (
        {route.operation for route in ROUTES if route.operation in OPERATIONS}
        | set(moving.LEAVE.values())
        | set(moving.ENTER.values())
    )
    reviews = (workload.review_container_create(CONTAINER), workload.review_service(SERVICE))
    named = {reference.operation for review in reviews for reference in review.references}
    return routed | named | decided_by_name()


def options_asked_for() -> set[tuple[str, str]]:
    """The options that the reviews of bodies find, each by a body of the reviews' own tests."""
    found = {("Container Create", option) for _, options in CONTAINER_DANGERS for option in options}
    of_services = {option for _, options in SERVICE_DANGERS for option in options}
    plugin = {"Type": "volume", "VolumeOptions": {"DriverConfig": {"Name": "plugin"}}, "Target": "/x"}
    for template in (
        {"Networks": [{"Target": "host"}]},
        {"LogDriver": {"Name": "gelf"}},
        {"ContainerSpec": {"Mounts": [plugin]}},
    ):
        review = workload.review_service({"TaskTemplate": template})
        of_services |= set(review.options) | {option for reference in review.references for option in reference.options}
    found |= {(operation, option) for operation in ("Service Create", "Service Update") for option in of_services}
    found |= {("Container Exec", option) for option in workload.review_exec({"Cmd": ["sh"], "Privileged": True}).options}
    found |= {("Network Create", option) for option in workload.review_network({"Attachable": True})}
    found |= {("Volume Create/Attach", option) for option in workload.review_volume_options("plugin", {})}
    return found


def test_every_operation_is_asked_for_or_waits_for_a_part() -> None:
    assert set(OPERATIONS) - asked_for() == set(WAITS_FOR)


def test_every_danger_option_of_an_operation_that_is_asked_for_is_asked_for() -> None:
    catalogued = {
        (operation.name, option.value)
        for operation in OPERATIONS.values()
        if operation.name not in WAITS_FOR
        for option in operation.options
    }
    assert catalogued == options_asked_for()


def test_the_catalogue_marks_what_waits(as_bob: APIClient) -> None:
    shown = {row["name"]: row["waits_for"] for row in as_bob.get("/api/v1/operations/").json()}
    assert shown == {name: WAITS_FOR.get(name, "") for name in OPERATIONS}
