"""One installation on a real engine with the people of a first day in it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.product import Bundle, Product, Rest, product

PASSWORD = "correct horse battery"
PAYMENTS = "/Shared/payments"
LABEL = "com.docker.ucp.access.label"
IN_PAYMENTS = ("--label", f"{LABEL}={PAYMENTS}")


@dataclass(frozen=True)
class Installation:
    """Bob's team has Restricted Control on /Shared/payments; Eve has nothing there; the administrator has a bundle, too."""

    product: Product
    admin: Rest
    root: Bundle
    bob: Bundle
    eve: Bundle
    bob_rest: Rest

    @contextlib.contextmanager
    def granted(self, role: str, collection: str = PAYMENTS, subject: str = "user:bob") -> Iterator[None]:
        """A grant for the length of the block, in force before and gone after it everywhere."""
        grant = self.admin.post("/grants/", {"subject": subject, "role": role, "resource": f"collection:{collection}"})
        time.sleep(1)
        try:
            yield
        finally:
            self.admin.delete(f"/grants/{grant['id']}/")
            time.sleep(1)

    def audit(self) -> list[dict[str, object]]:
        """The newest entries first."""
        found: list[dict[str, object]] = self.admin.get("/audit/", limit="100")["results"]
        return found


@contextlib.contextmanager
def installation(engine_url: str, directory: Path) -> Iterator[Installation]:
    """Starts one. Args: directory: for the bundles. Raises as `product`."""
    with product(engine_url) as running:
        admin = running.rest("admin", running.admin_password)
        admin.post("/organizations/", {"name": "acme"})
        admin.post("/organizations/acme/teams/", {"name": "payments"})
        for name in ("bob", "eve"):
            admin.post("/users/", {"username": name, "password": PASSWORD})
        admin.put("/organizations/acme/teams/payments/members/bob", {})
        for path in (PAYMENTS, "/Shared/other"):
            admin.post("/collections/", {"path": path})
        grant = {"subject": "team:acme/payments", "role": "Restricted Control", "resource": f"collection:{PAYMENTS}"}
        admin.post("/grants/", grant)

        def bundle(rest: Rest, name: str) -> Bundle:
            return running.bundle(rest, "cli", directory / name)

        bob = running.rest("bob", PASSWORD)
        eve = bundle(running.rest("eve", PASSWORD), "eve")
        made = Installation(running, admin, bundle(admin, "admin"), bundle(bob, "bob"), eve, bob)
        eventually(lambda: _is_placed(made.bob))
        yield made


def _is_placed(bundle: Bundle) -> bool:
    """Whether the engine's node is in a collection; an engine outside swarm mode has none to place."""
    listed = bundle.docker("node", "ls", "-q", check=False)
    return bool(listed.stdout) or "not a swarm manager" in listed.stderr


def eventually(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
