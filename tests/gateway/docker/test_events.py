"""`docker events`: what happens to the objects one may view, and nothing of others; with the stock docker CLI."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.docker.conftest import IN_PAYMENTS, LABEL, Installation, eventually
from tests.support.engine import IMAGE, Engine
from tests.support.product import Bundle

pytestmark = [pytest.mark.engine, pytest.mark.product]

ELSEWHERE = ("--label", f"{LABEL}=/Shared/other")
QUIET = (IMAGE, "sleep", "1000")


class Listening:
    """Args: output: where the CLI writes one JSON object a line."""

    def __init__(self, output: Path) -> None:
        self._output = output

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._output.read_text().splitlines()]

    def told(self) -> list[tuple[str, str, str]]:
        """Type, action and name."""
        return [(each["Type"], each["Action"], each["Actor"]["Attributes"].get("name", "")) for each in self.events()]

    def until(self, *wanted: tuple[str, str, str]) -> list[tuple[str, str, str]]:
        """Waits until all of these were told."""
        eventually(lambda: set(wanted) <= set(self.told()))
        return self.told()


@contextlib.contextmanager
def listening(bundle: Bundle, *options: str) -> Iterator[Listening]:
    with tempfile.NamedTemporaryFile(prefix="qd-events-") as output:
        command = ["docker", "events", "--format", "{{json .}}", *options]
        with subprocess.Popen(command, env=bundle.environment, stdout=output.fileno()) as process:
            time.sleep(1)  # the engine sends nothing by which to know that it listens
            try:
                yield Listening(Path(output.name))
            finally:
                process.kill()


def lives_and_dies(bundle: Bundle, name: str, *label: str) -> None:
    """A container with a volume and a network, from its creation to its end."""
    bundle.docker("run", "-d", "--name", name, *label, "-v", f"{name}-data:/data", *QUIET)
    bundle.docker("rm", "-f", name)
    bundle.docker("volume", "rm", f"{name}-data")


def test_what_happens_to_ones_own_containers_volumes_and_services_is_told_from_creation_to_removal(
    installation: Installation, unique: str
) -> None:
    with listening(installation.bob) as bobs:
        lives_and_dies(installation.bob, unique, *IN_PAYMENTS)
        installation.bob.docker("service", "create", "-d", "--name", f"{unique}-service", *IN_PAYMENTS, *QUIET)
        installation.bob.docker("service", "rm", f"{unique}-service")
        bobs.until(
            ("container", "create", unique),
            ("network", "connect", "bridge"),
            ("volume", "mount", ""),
            ("container", "start", unique),
            ("container", "destroy", unique),
            ("volume", "destroy", ""),
            ("service", "create", f"{unique}-service"),
            ("service", "remove", f"{unique}-service"),
        )
        mine = [each for each in bobs.told() if each[2] == unique]
    assert [action for _, action, _ in mine] == ["create", "start", "kill", "die", "destroy"]


def test_nothing_of_others_is_told_not_even_by_name(installation: Installation, swarm: Engine, unique: str) -> None:
    root, secret = installation.root, f"{unique}-secret"
    with listening(installation.bob) as bobs, listening(installation.eve) as eves, listening(root) as roots:
        lives_and_dies(root, unique, *ELSEWHERE)
        root.docker("service", "create", "-d", "--name", f"{unique}-service", *ELSEWHERE, *QUIET)
        eventually(lambda: f"{unique}-service" in swarm.docker("ps").stdout)
        root.docker("service", "rm", f"{unique}-service")
        swarm.docker("network", "create", f"{unique}-network")
        swarm.docker("secret", "create", secret, "-", stdin=b"x")
        swarm.docker("run", "--rm", "--name", f"{unique}-past", IMAGE, "true")
        roots.until(("secret", "create", secret), ("container", "destroy", f"{unique}-past"))
        installation.bob.docker("run", "--rm", "--name", f"{unique}-mine", *IN_PAYMENTS, IMAGE, "true")
        bobs.until(("container", "destroy", f"{unique}-mine"))
        time.sleep(1)
        others = [line for line in map(json.dumps, bobs.events()) if unique in line.replace(f"{unique}-mine", "")]
        assert others == []
        own_ids = {each["Actor"]["ID"] for each in bobs.events() if each["Type"] == "container"}
        connected = {each["Actor"]["Attributes"].get("container") for each in bobs.events() if each["Type"] == "network"}
        assert connected == own_ids, "the bridge is everybody's, the containers on it are not"
        assert unique not in json.dumps(eves.events())
        assert {each["Type"] for each in roots.events()} >= {"container", "network", "volume", "service", "secret"}


def test_a_tasks_container_is_told_to_who_views_its_service(installation: Installation, unique: str) -> None:
    installation.bob.docker("service", "create", "-d", "--name", unique, *IN_PAYMENTS, *QUIET)
    with listening(installation.bob) as bobs, listening(installation.eve) as eves:
        installation.bob.docker("service", "scale", "-d", f"{unique}=2")
        eventually(lambda: any(name.startswith(f"{unique}.") for _, action, name in bobs.told() if action == "start"))
        assert unique not in json.dumps(eves.events())


def test_objects_made_past_us_are_told_where_their_label_puts_them(
    installation: Installation, swarm: Engine, unique: str
) -> None:
    with listening(installation.bob) as bobs:
        swarm.docker("run", "-d", "--name", unique, *IN_PAYMENTS, *QUIET)
        swarm.docker("network", "create", "--label", f"{LABEL}=/Shared/payments", f"{unique}-network")
        bobs.until(("container", "create", unique), ("container", "start", unique), ("network", "create", f"{unique}-network"))
        swarm.docker("rm", "-f", unique)
        bobs.until(("container", "destroy", unique))


def test_a_command_is_told_to_who_may_run_commands(installation: Installation, unique: str) -> None:
    installation.bob.docker("run", "-d", "--name", unique, *IN_PAYMENTS, *QUIET)
    with listening(installation.bob) as bobs:
        installation.root.docker("exec", unique, "echo", "hidden-word")
        with installation.granted("Full Control"):
            installation.root.docker("exec", unique, "echo", "shown-word")
            eventually(lambda: "shown-word" in json.dumps(bobs.events()))
        assert "hidden-word" not in json.dumps(bobs.events())


def test_images_are_told_to_who_views_images_anywhere(installation: Installation, swarm: Engine, unique: str) -> None:
    installation.admin.post("/users/", {"username": unique, "password": "correct horse battery"})
    person = installation.product.rest(unique, "correct horse battery")
    bundle = installation.product.bundle(person, "cli", installation.product.data_dir.parent / unique)
    for grant in installation.admin.get("/grants/", subject=f"user:{unique}")["results"]:
        installation.admin.delete(f"/grants/{grant['id']}/")
    with listening(installation.bob, "--filter", "type=image") as bobs, listening(bundle) as strangers:
        swarm.docker("tag", IMAGE, f"{unique}:1")
        swarm.docker("rmi", f"{unique}:1")
        bobs.until(("image", "tag", f"{unique}:1"))
        assert strangers.events() == []


def test_the_engines_own_events_are_for_administrators(installation: Installation, swarm: Engine) -> None:
    with listening(installation.bob) as bobs, listening(installation.root) as roots:
        swarm.docker("builder", "prune", "-f")
        swarm.docker("container", "prune", "-f")
        eventually(lambda: ("container", "prune", "") in roots.told())
        assert "prune" not in json.dumps(bobs.events())


def test_a_node_is_told_to_who_may_run_something_there(installation: Installation, swarm: Engine) -> None:
    node = swarm.docker("node", "ls", "-q").stdout.strip()
    with listening(installation.bob, "--filter", "type=node") as bobs:
        swarm.docker("node", "update", "--availability", "pause", node)
        swarm.docker("node", "update", "--availability", "active", node)
        eventually(lambda: len(bobs.events()) >= 2)
        assert {each["Actor"]["ID"] for each in bobs.events()} == {node}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--filter", "event=start"), {"start"}),
        (("--filter", "type=container", "--filter", "event=create", "--filter", "event=die"), {"create", "die"}),
        (("--filter", "container=NAME"), {"create", "start", "kill", "die", "destroy"}),
        (("--filter", "label=team=payments"), {"create", "start", "kill", "die", "destroy"}),
        (("--filter", "label=team=other"), set()),
        (("--filter", f"image={IMAGE}", "--filter", "type=container"), {"create", "start", "kill", "die", "destroy"}),
        (("--filter", "type=volume"), set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_filters_of_the_cli_work(installation: Installation, unique: str, options: tuple[str, ...], expected: set[str]) -> None:
    options = tuple(option.replace("NAME", unique) for option in options)
    with listening(installation.bob, *options) as bobs:
        installation.bob.docker("run", "-d", "--name", unique, "--label", "team=payments", *IN_PAYMENTS, *QUIET)
        installation.bob.docker("rm", "-f", unique)
        eventually(lambda: {action for _, action, name in bobs.told() if name == unique} == expected)
        time.sleep(0.5)
        assert {action for _, action, _ in bobs.told() if action != "connect"} - {"disconnect"} == expected


def test_since_and_until_tell_the_past_with_what_is_gone_by_now(installation: Installation, unique: str) -> None:
    bob, began = installation.bob, str(int(time.time()))
    lives_and_dies(bob, unique, *IN_PAYMENTS)
    time.sleep(1.5)
    ended = str(int(time.time()))
    bob.docker("run", "--rm", "--name", f"{unique}-later", *IN_PAYMENTS, IMAGE, "true")
    past = ("events", "--since", began, "--until", ended, "--format", "{{.Action}} {{.Actor.Attributes.name}}")
    assert f"create {unique}\n" in bob.docker(*past).stdout
    assert f"destroy {unique}\n" in bob.docker(*past).stdout
    assert f"{unique}-later" not in bob.docker(*past).stdout
    assert unique not in installation.eve.docker(*past).stdout


def test_an_event_is_told_by_where_the_object_is_at_that_time(installation: Installation, unique: str) -> None:
    admin, root = installation.admin, installation.root
    path = f"/Shared/payments/{unique}"
    collection_id = admin.post("/collections/", {"path": path})["id"]
    root.docker("run", "-d", "--name", unique, "--label", f"{LABEL}={path}", *QUIET)
    with listening(installation.bob, "--filter", "type=container") as bobs:
        root.docker("pause", unique)
        bobs.until(("container", "pause", unique))
        admin.delete(f"/collections/{collection_id}/?move_to=/Shared/other")
        time.sleep(1)
        root.docker("unpause", unique)
        root.docker("rm", "-f", unique)
        time.sleep(1)
        assert {action for _, action, _ in bobs.told()} == {"pause"}
