"""The stock docker CLI with client bundles, through the whole product, on a real swarm: what works, and what is refused."""

from __future__ import annotations

import json
import time

import pytest

from tests.gateway.docker.conftest import IN_PAYMENTS, LABEL, PAYMENTS, Installation, eventually
from tests.support.engine import IMAGE, Engine

pytestmark = [pytest.mark.engine, pytest.mark.product]

DAEMON = "Error response from daemon: "

TICKING = (IMAGE, "sh", "-c", "while :; do echo tick; sleep 0.2; done")


@pytest.fixture
def service(installation: Installation, unique: str) -> str:
    """A running service of Bob's in /Shared/payments."""
    installation.bob.docker("service", "create", "--name", unique, *IN_PAYMENTS, *TICKING)
    return unique


@pytest.fixture
def container(installation: Installation, unique: str) -> str:
    """A running container of Bob's in /Shared/payments."""
    installation.bob.docker("run", "-d", "--name", unique, *IN_PAYMENTS, *TICKING)
    return unique


def test_version_and_info(installation: Installation) -> None:
    version = json.loads(installation.bob.docker("version", "--format", "{{json .Server}}").stdout)
    assert version["Components"][-1]["Name"] == "Quarterdeck"
    info = json.loads(installation.bob.docker("info", "--format", "{{json .}}").stdout)
    assert info["Swarm"]["ControlAvailable"]
    assert not info["Swarm"]["RemoteManagers"]
    assert installation.eve.docker("info").stdout
    assert json.loads(installation.root.docker("info", "--format", "{{json .}}").stdout)["DockerRootDir"]


def test_life_of_a_service(installation: Installation, service: str, swarm: Engine) -> None:
    bob = installation.bob
    assert service in bob.docker("service", "ls").stdout
    assert "Running" in bob.docker("service", "ps", service).stdout
    bob.docker("service", "scale", f"{service}=2")
    assert bob.docker("service", "ls", "--filter", f"name={service}", "--format", "{{.Replicas}}").stdout.strip() == "2/2"
    bob.docker("service", "update", "-d", "--env-add", "A=b", service)
    with bob.popen("service", "logs", "-f", service) as logs:
        assert logs.stdout is not None
        assert "tick" in logs.stdout.readline()
    spec = json.loads(swarm.docker("service", "inspect", service).stdout)[0]["Spec"]
    assert spec["Labels"][LABEL] == PAYMENTS
    (constraint,) = spec["TaskTemplate"]["Placement"]["Constraints"]
    assert constraint.startswith("node.labels.com.docker.ucp.collection.")
    bob.docker("service", "rm", service)
    assert service not in bob.docker("service", "ls").stdout


def test_what_others_own_is_neither_listed_nor_found(installation: Installation, service: str, swarm: Engine) -> None:
    eve = installation.eve
    service_id = swarm.docker("service", "inspect", service, "--format", "{{.ID}}").stdout.strip()
    for ours, theirs in ((service, "qdnosuchthing"), (service_id, "qdnosuchid"), (service_id[:12], "qdnosuchpref")):
        for command in (("service", "inspect"), ("service", "ps"), ("service", "rm"), ("service", "logs")):
            hidden = eve.docker(*command, ours, check=False)
            missing = eve.docker(*command, theirs, check=False)
            assert hidden.returncode == missing.returncode != 0
            assert hidden.stderr.replace(ours, "X") == missing.stderr.replace(theirs, "X")
    assert not eve.docker("service", "ls", "-q").stdout
    assert not eve.docker("ps", "-aq").stdout
    assert eve.docker("service", "ls", "-q", "--filter", f"id={service_id}").stdout == ""
    swarm.docker("service", "inspect", service)


@pytest.mark.parametrize("collection", ["/Shared/other", "/no/such", "/"])
def test_creating_elsewhere_is_refused_in_the_same_words(
    installation: Installation, unique: str, swarm: Engine, collection: str
) -> None:
    label = f"{LABEL}={collection}"
    service = installation.bob.docker("service", "create", "-d", "--name", unique, "--label", label, IMAGE, check=False)
    assert f"bob may not do this: Service Create is missing on {collection}" in sentences(service.stderr)
    container = installation.bob.docker("run", "--rm", "--label", label, IMAGE, "true", check=False)
    assert f"bob may not do this: Container Create is missing on {collection}" in sentences(container.stderr)
    assert unique not in swarm.docker("service", "ls").stdout


def sentences(stderr: str) -> list[str]:
    """What the engine's side said, line by line; before version 24 `docker run` ends the sentence with a stop of its own."""
    return [line.removeprefix("docker: ").removeprefix(DAEMON).removesuffix(".") for line in stderr.splitlines()]


def test_running_with_and_without_input(installation: Installation) -> None:
    bob = installation.bob
    assert bob.docker("run", "--rm", *IN_PAYMENTS, IMAGE, "echo", "hi").stdout == "hi\n"
    assert bob.docker("run", "--rm", "-i", *IN_PAYMENTS, IMAGE, "cat", stdin=b"hi\n").stdout == "hi\n"
    assert bob.docker("run", "--rm", "-t", *IN_PAYMENTS, IMAGE, "echo", "hi").stdout == "hi\r\n"
    assert bob.docker("run", "--rm", *IN_PAYMENTS, IMAGE, "sh", "-c", "exit 7", check=False).returncode == 7
    assert bob.docker("run", "--rm", IMAGE, "echo", "in the private collection").stdout


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        (("--privileged",), "Privileged"),
        (("-v", "/:/host"), "Host Bind Mounts"),
        (("--mount", "type=bind,src=/,dst=/host"), "Host Bind Mounts"),
        (("--network", "host"), "Host Networking Mode"),
        (("--pid", "host"), "PID Mode"),
        (("--cap-add", "SYS_ADMIN"), "Additional Kernel Capabilities"),
        (("--device", "/dev/null"), "Devices"),
        (("--security-opt", "seccomp=unconfined"), "Security Options"),
    ],
)
def test_dangers_need_their_option(installation: Installation, options: tuple[str, ...], missing: str) -> None:
    refused = installation.bob.docker("run", "--rm", *IN_PAYMENTS, *options, IMAGE, "true", check=False)
    assert f"Container Create with {missing} is missing on {PAYMENTS}" in refused.stderr


def test_exec_is_refused_and_works_once_it_is_granted(installation: Installation, container: str) -> None:
    bob = installation.bob
    refused = bob.docker("exec", container, "echo", "hi", check=False)
    assert f"bob may not do this: Container Exec is missing on {PAYMENTS}" in refused.stderr
    assert "No such container" in installation.eve.docker("exec", container, "echo", "hi", check=False).stderr
    with installation.granted("Full Control"):
        assert bob.docker("exec", container, "echo", "hi").stdout == "hi\n"
        assert bob.docker("exec", "-t", container, "echo", "hi").stdout == "hi\r\n"
        assert bob.docker("exec", "-i", container, "cat", stdin=b"in\n").stdout == "in\n"
        assert bob.docker("exec", container, "sh", "-c", "exit 7", check=False).returncode == 7
    assert bob.docker("exec", container, "true", check=False).returncode != 0


def test_losing_the_right_ends_a_running_command_within_a_second(installation: Installation, container: str) -> None:
    with installation.granted("Full Control"):
        running = installation.bob.popen("exec", container, "sh", "-c", "while :; do echo x; sleep 0.1; done")
        process = running.__enter__()
        assert process.stdout is not None
        assert process.stdout.readline() == "x\n"
        began = time.monotonic()
        # leaving the block takes the grant away, and waits a second
    assert process.wait(timeout=5) is not None
    assert time.monotonic() - began < 3
    running.__exit__(None, None, None)


def test_logs_attach_and_lists_of_containers(installation: Installation, container: str, swarm: Engine) -> None:
    bob = installation.bob
    with bob.popen("logs", "-f", container) as logs:
        assert logs.stdout is not None
        assert logs.stdout.readline() == "tick\n"
    with bob.popen("attach", "--sig-proxy=false", container) as attached:
        assert attached.stdout is not None
        assert attached.stdout.readline() == "tick\n"
    assert bob.docker("ps", "-n", "1", "--format", "{{.Names}}").stdout == f"{container}\n"
    other = swarm.docker("run", "-d", "--name", f"{container}-other", *TICKING).stdout.strip()
    assert bob.docker("ps", "-n", "1", "--format", "{{.Names}}").stdout == f"{container}\n"
    hidden = bob.docker("ps", "--filter", f"since={other}", check=False)
    missing = bob.docker("ps", "--filter", "since=qdnosuch", check=False)
    assert hidden.stderr.replace(other, "X") == missing.stderr.replace("qdnosuch", "X") != ""
    taken = bob.docker("run", "--name", f"{container}-other", *IN_PAYMENTS, IMAGE, "true", check=False)
    assert "is already in use" in taken.stderr
    assert other not in taken.stderr


def test_life_of_a_container(installation: Installation, container: str) -> None:
    bob = installation.bob
    for command in (("stop", "-t", "0"), ("start",), ("pause",), ("unpause",), ("restart", "-t", "0"), ("kill",), ("wait",)):
        bob.docker(*command, container)
    bob.docker("rename", container, f"{container}-renamed")
    assert bob.docker("inspect", f"{container}-renamed", "--format", "{{.Name}}").stdout == f"/{container}-renamed\n"
    bob.docker("rm", "-f", f"{container}-renamed")
    assert bob.docker("inspect", container, check=False).returncode == 1


def test_a_name_that_is_the_beginning_of_an_id_hides_nothing(installation: Installation, container: str, swarm: Engine) -> None:
    """On the engine the name wins; for Bob only his own container exists."""
    own_id = installation.bob.docker("inspect", container, "--format", "{{.Id}}").stdout.strip()
    swarm.docker("create", "--name", own_id[:10], IMAGE, "true")
    try:
        assert installation.bob.docker("inspect", own_id[:10], "--format", "{{.Id}}").stdout.strip() == own_id
    finally:
        swarm.docker("rm", own_id[:10])


def test_named_volumes_are_made_in_the_collection_and_closed_to_others(installation: Installation, unique: str) -> None:
    bob, eve = installation.bob, installation.eve
    bob.docker("run", "--rm", *IN_PAYMENTS, "-v", f"{unique}:/data", IMAGE, "touch", "/data/x")
    assert bob.docker("run", "--rm", *IN_PAYMENTS, "-v", f"{unique}:/data", IMAGE, "ls", "/data").stdout == "x\n"
    assert bob.docker("volume", "ls", "-q").stdout.split() == [unique]
    assert not eve.docker("volume", "ls", "-q").stdout
    refused = eve.docker("run", "--rm", "-v", f"{unique}:/data", IMAGE, "ls", "/data", check=False)
    assert "Volume Create/Attach is missing" in refused.stderr
    bob.docker("volume", "rm", unique)


def test_a_volume_that_a_service_is_still_to_make_is_closed_to_others(installation: Installation, unique: str) -> None:
    """Else who names it first would have what others put into it."""
    bob, eve, volume = installation.bob, installation.eve, f"{unique}-data"
    create = ("service", "create", "-d", "--replicas", "0", "--mount")
    bob.docker(*create, f"type=volume,source={volume},target=/data", "--name", unique, *IN_PAYMENTS, *TICKING)
    try:
        for command in (
            ("run", "--rm", "-v", f"{volume}:/data", IMAGE, "true"),
            (*create, f"type=volume,source={volume},target=/data", "--name", f"{unique}-eve", *TICKING),
        ):
            refused = eve.docker(*command, check=False)
            assert f"eve may not use the volume {volume}: Volume Create/Attach is missing where it is" in refused.stderr
        told = installation.root.docker("run", "--rm", "-v", f"{volume}:/data", IMAGE, "true", check=False)
        assert f"the service {unique} in /Shared/payments is to make the volume {volume}: take another name" in told.stderr
        assert not installation.root.docker("volume", "ls", "-q", "--filter", f"name={volume}").stdout
        assert not eve.docker("volume", "ls", "-q").stdout
        assert f"{unique}-eve" not in installation.root.docker("service", "ls", "--format", "{{.Name}}").stdout
        bob.docker("run", "--rm", *IN_PAYMENTS, "-v", f"{volume}:/data", IMAGE, "true")
        bob.docker("service", "update", "-d", "--label-add", "a=b", unique)
    finally:
        bob.docker("service", "rm", unique)
        bob.docker("volume", "rm", volume, check=False)


def test_rolling_back_keeps_to_the_permitted_nodes(installation: Installation, service: str, swarm: Engine) -> None:
    """An administrator took the constraint away and set it again: rolling back must not lose it."""
    constraint = json.loads(swarm.docker("service", "inspect", service).stdout)[0]["Spec"]["TaskTemplate"]["Placement"]
    (text,) = constraint["Constraints"]
    swarm.docker("service", "update", "-d", "--constraint-rm", text, service)
    swarm.docker("service", "update", "-d", "--constraint-add", text, service)
    installation.bob.docker("service", "rollback", "-d", service)
    spec = json.loads(swarm.docker("service", "inspect", service).stdout)[0]["Spec"]
    assert spec["TaskTemplate"]["Placement"]["Constraints"] == [text]
    installation.bob.docker("service", "update", "-d", "--constraint-rm", text, service)
    spec = json.loads(swarm.docker("service", "inspect", service).stdout)[0]["Spec"]
    assert spec["TaskTemplate"]["Placement"]["Constraints"] == [text]


def test_a_service_on_the_host_network_needs_the_option(installation: Installation, unique: str, swarm: Engine) -> None:
    command = ("service", "create", "-d", "--name", unique, *IN_PAYMENTS, "--network", "host", IMAGE, *TICKING[1:])
    refused = installation.bob.docker(*command, check=False)
    sentence = "bob may not do this: Service Create with Host Networking Mode is missing on /Shared/payments"
    assert sentence in sentences(refused.stderr)
    with installation.granted("Full Control"):
        installation.bob.docker(*command)
    attached = json.loads(swarm.docker("service", "inspect", unique).stdout)[0]["Spec"]["TaskTemplate"]["Networks"]
    (network,) = json.loads(swarm.docker("network", "inspect", attached[0]["Target"]).stdout)
    assert network["Name"] == "host"
    installation.bob.docker("service", "rm", unique)


def test_what_has_no_row_yet_is_for_administrators(installation: Installation, unique: str) -> None:
    refused = installation.bob.docker("network", "create", unique, check=False)
    assert "POST /networks/create is not supported yet" in refused.stderr
    (entry,) = [each for each in installation.audit() if each["operation"] == "Network Create"]
    assert (entry["actor"], entry["outcome"]) == ("bob", "refused")
    installation.root.docker("network", "create", unique)
    eventually(lambda: unique in installation.root.docker("network", "ls").stdout)
    assert unique not in installation.bob.docker("network", "ls").stdout
    hidden = installation.bob.docker("run", "--rm", *IN_PAYMENTS, "--network", unique, IMAGE, "true", check=False)
    assert f"network {unique} not found" in hidden.stderr


def test_everything_that_changed_something_is_recorded(installation: Installation, unique: str) -> None:
    bob, eve = installation.bob, installation.eve
    bob.docker("run", "-d", "--name", unique, *IN_PAYMENTS, *TICKING)
    bob.docker("exec", unique, "true", check=False)
    eve.docker("rm", "-f", unique, check=False)
    bob.docker("run", "--name", unique, *IN_PAYMENTS, IMAGE, "true", check=False)
    bob.docker("rm", "-f", unique)
    entries = [each for each in installation.audit() if each["target_name"] == unique]
    seen = [(each["actor"], each["operation"], each["outcome"]) for each in reversed(entries)]
    assert ("bob", "Container Create", "allowed") in seen
    assert ("bob", "Container Start", "allowed") in seen
    assert ("bob", "Container Exec", "refused") in seen
    assert ("eve", "Container Remove", "refused") in seen
    assert ("bob", "Container Create", "failed") in seen
    assert ("bob", "Container Remove", "allowed") in seen
    created = next(each for each in entries if each["operation"] == "Container Create")
    assert created["address"]
    assert created["collection"] == PAYMENTS
    assert created["reason"]


def test_deleting_the_bundle_stops_it_within_a_second(installation: Installation, container: str) -> None:
    product, rest = installation.product, installation.bob_rest
    bundle = product.bundle(rest, "short-lived", product.data_dir.parent / "short-lived")
    with bundle.popen("logs", "-f", container) as logs:
        assert logs.stdout is not None
        assert logs.stdout.readline() == "tick\n"
        rest.delete(f"/bundles/{bundle.id}/")
        logs.communicate(timeout=2)
    refused = bundle.docker("ps", check=False)
    assert refused.returncode == 1
    assert "revoked" in refused.stderr
