"""`docker pull` from a real registry: to the nodes on which one may run something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import or_skip
from tests.gateway.docker.conftest import PASSWORD, Installation, eventually
from tests.support.engine import Engine
from tests.support.product import Bundle
from tests.support.registry import QUICK, registry

pytestmark = [pytest.mark.engine, pytest.mark.product]


@pytest.fixture
def image(swarm: Engine) -> Iterator[str]:
    """An image in a registry, and not on the engine."""
    with or_skip(registry(swarm)) as address:
        yield f"{address}/{QUICK}:1.0"
        swarm.docker("rmi", f"{address}/{QUICK}:1.0", check=False)


@pytest.fixture
def carol(installation: Installation, unique: str) -> Bundle:
    """Who holds nothing but what everybody holds: Scheduler on /Shared."""
    installation.admin.post("/users/", {"username": unique, "password": PASSWORD})
    for grant in installation.admin.get("/grants/", subject=f"user:{unique}")["results"]:
        installation.admin.delete(f"/grants/{grant['id']}/")
    rest = installation.product.rest(unique, PASSWORD)
    return installation.product.bundle(rest, "cli", installation.product.data_dir.parent / unique)


def is_there(swarm: Engine, image: str) -> bool:
    return bool(swarm.docker("images", "-q", image).stdout)


def test_an_image_is_pulled_by_who_may_pull_in_any_collection(
    installation: Installation, swarm: Engine, carol: Bundle, unique: str, image: str
) -> None:
    with installation.granted("Restricted Control", "/Shared/other", f"user:{unique}"):
        assert "Downloaded newer image" in carol.docker("pull", image).stdout
    assert is_there(swarm, image)
    entries = installation.admin.get("/audit/", actor=unique, operation="Image Create", outcome="allowed")["results"]
    assert [entry["target_name"] for entry in entries] == [image]


def test_without_the_operation_nothing_is_pulled(installation: Installation, swarm: Engine, carol: Bundle, image: str) -> None:
    refused = carol.docker("pull", image, check=False)
    assert "Image Create is missing on every collection" in refused.stderr
    assert not is_there(swarm, image)


def test_nothing_is_pulled_to_a_node_on_which_one_may_run_nothing(
    installation: Installation, swarm: Engine, unique: str, carol: Bundle, image: str
) -> None:
    """Without the grant to everybody, carol holds Node Schedule nowhere."""
    admin = installation.admin
    (everybody,) = admin.get("/grants/", subject="organization:everyone")["results"]
    with installation.granted("Restricted Control", "/Shared/other", f"user:{unique}"):
        admin.delete(f"/grants/{everybody['id']}/")
        try:
            eventually(lambda: "Node Schedule is missing on" in carol.docker("pull", image, check=False).stderr)
            assert not is_there(swarm, image)
        finally:
            given = {name: everybody[name] for name in ("subject", "role", "resource")}
            admin.post("/grants/", given)
