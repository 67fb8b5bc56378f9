"""Placement, as the stock docker CLI meets it on a real engine."""

from __future__ import annotations

import json

import pytest

from tests.support.engine import IMAGE, Engine
from tests.support.installation import IN_PAYMENTS, LABEL, PAYMENTS, Installation, eventually

pytestmark = [pytest.mark.engine, pytest.mark.product]

QUIET = (IMAGE, "sleep", "1000")


def test_on_create_the_label_picks_the_collection_and_without_it_the_callers_default_one(
    installation: Installation, unique: str, swarm: Engine
) -> None:
    installation.bob.docker("create", "--name", f"{unique}-a", *IN_PAYMENTS, *QUIET)
    installation.bob.docker("create", "--name", f"{unique}-b", *QUIET)
    labels = [_labels(swarm, f"{unique}-{name}")[LABEL] for name in "ab"]
    assert labels == [PAYMENTS, "/Shared/Private/bob"]


@pytest.mark.parametrize("path", ["/no/such", "/Shared/other", "/"])
def test_a_path_that_is_absent_or_closed_fails_the_request_with_an_error_that_names_both(
    installation: Installation, unique: str, swarm: Engine, path: str
) -> None:
    label = ("--label", f"{LABEL}={path}")
    refused = installation.bob.docker("service", "create", "-d", "--name", unique, *label, *QUIET, check=False)
    assert f"bob may not do this: Service Create is missing on {path}" in refused.stderr
    assert unique not in swarm.docker("service", "ls").stdout


def test_the_label_is_on_the_service_and_not_on_its_containers_as_a_move_would_restart_every_task(
    installation: Installation, unique: str, swarm: Engine
) -> None:
    installation.bob.docker("service", "create", "-d", "--name", unique, *IN_PAYMENTS, *QUIET)
    spec = json.loads(swarm.docker("service", "inspect", unique).stdout)[0]["Spec"]
    assert spec["Labels"][LABEL] == PAYMENTS
    assert LABEL not in (spec["TaskTemplate"]["ContainerSpec"].get("Labels") or {})


def test_a_label_equal_to_the_one_last_sent_means_no_change(installation: Installation, unique: str, swarm: Engine) -> None:
    installation.bob.docker("service", "create", "-d", "--name", unique, *IN_PAYMENTS, *QUIET)
    installation.bob.docker("service", "update", "-d", "--label-add", f"{LABEL}={PAYMENTS}", "--env-add", "A=1", unique)
    spec = json.loads(swarm.docker("service", "inspect", unique).stdout)[0]["Spec"]
    assert spec["Labels"][LABEL] == PAYMENTS
    assert spec["TaskTemplate"]["ContainerSpec"]["Env"] == ["A=1"]


def test_a_tasks_container_is_in_its_services_collection(installation: Installation, unique: str) -> None:
    installation.bob.docker("service", "create", "--name", unique, *IN_PAYMENTS, *QUIET)
    assert unique in installation.bob.docker("ps", "--format", "{{.Names}}").stdout
    assert unique not in installation.eve.docker("ps", "--format", "{{.Names}}").stdout


def test_an_object_made_behind_our_back_is_seen_where_its_label_says(
    installation: Installation, unique: str, swarm: Engine
) -> None:
    swarm.docker("run", "-d", "--name", f"{unique}-ours", *IN_PAYMENTS, *QUIET)
    swarm.docker("run", "-d", "--name", f"{unique}-roots", *QUIET)
    eventually(lambda: f"{unique}-ours" in installation.bob.docker("ps", "--format", "{{.Names}}").stdout)
    assert f"{unique}-roots" not in installation.bob.docker("ps", "-a", "--format", "{{.Names}}").stdout
    assert f"{unique}-roots" in installation.root.docker("ps", "--format", "{{.Names}}").stdout


def test_predefined_networks_are_visible_to_everyone_signed_in_without_the_containers_of_others(
    installation: Installation, unique: str
) -> None:
    installation.bob.docker("run", "-d", "--name", unique, *IN_PAYMENTS, *QUIET)
    shown = installation.eve.docker("network", "ls", "--format", "{{.Name}}").stdout.split()
    assert {"bridge", "none", "host", "ingress", "docker_gwbridge"} <= set(shown)
    assert unique in installation.bob.docker("network", "inspect", "bridge").stdout
    assert unique not in installation.eve.docker("network", "inspect", "bridge").stdout


@pytest.mark.parametrize("network", ["default", "bridge", "none"])
def test_default_bridge_and_none_need_no_right(installation: Installation, network: str) -> None:
    run = ("run", "--rm", "--network", network, *IN_PAYMENTS, IMAGE, "echo", "hi")
    assert installation.bob.docker(*run).stdout == "hi\n"


def test_the_hosts_network_needs_host_networking_mode(installation: Installation) -> None:
    refused = installation.bob.docker("run", "--rm", "--network", "host", *IN_PAYMENTS, IMAGE, "true", check=False)
    assert "Container Create with Host Networking Mode is missing" in refused.stderr


@pytest.mark.parametrize("network", ["ingress", "docker_gwbridge"])
def test_connecting_to_the_engines_other_networks_is_refused(
    installation: Installation, unique: str, swarm: Engine, network: str
) -> None:
    run = ("run", "--rm", "--name", unique, "--network", network, *IN_PAYMENTS, IMAGE, "true")
    assert installation.bob.docker(*run, check=False).returncode != 0
    assert unique not in swarm.docker("ps", "-a").stdout


def test_images_belong_to_nodes_and_are_seen_and_used_with_the_operation_in_any_collection(installation: Installation) -> None:
    """Bob holds it on payments, Eve on her own private collection: the image is in neither."""
    for somebody in (installation.bob, installation.eve):
        assert IMAGE in somebody.docker("images", "--format", "{{.Repository}}:{{.Tag}}").stdout
        assert somebody.docker("history", IMAGE).stdout
    assert installation.eve.docker("run", "--rm", IMAGE, "echo", "hi").stdout == "hi\n"


def _labels(swarm: Engine, name: str) -> dict[str, str]:
    labels: dict[str, str] = json.loads(swarm.docker("inspect", name).stdout)[0]["Config"]["Labels"]
    return labels
