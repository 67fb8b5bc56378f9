"""`GET /services` with 50 services: mTLS, authorised and filtered, on one keep-alive connection, beside the engine's socket."""

from __future__ import annotations

import http.client
import statistics
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.scene import LABEL, Scene, get, scene, through_gateway, to_engine
from tests.support.engine import IMAGE

SERVICES = 50
REQUESTS = 400
BOUND = 1.5
PATH = "/v1.41/services"


def run() -> None:
    """Prints medians and their ratio; fails above 1.5."""
    with scene() as here:
        _create_services(here)
        engine = to_engine(here)
        bundles = {"bob, who may see all 50": here.bob, "an administrator": here.admin}
        ratios = [_compare(name, through_gateway(here, bundle), engine) for name, bundle in bundles.items()]
        assert ratios[0] <= BOUND, f"the filtered list takes {ratios[0]:.2f} times the engine's own, more than {BOUND}"


def _create_services(here: Scene) -> None:
    def create(number: int) -> None:
        options = ["--detach", "--replicas", "0", "--label", LABEL, "--no-resolve-image", "--name", f"bench{number}"]
        here.engine.docker("service", "create", *options, IMAGE, "true")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(create, range(SERVICES)))


def _compare(name: str, caller: http.client.HTTPConnection, engine: http.client.HTTPConnection) -> float:
    """Requests to both take turns, so that whatever else the machine does hits both."""
    ours, theirs = [], []
    for _ in range(REQUESTS):
        ours.append(get(caller, PATH)[0])
        theirs.append(get(engine, PATH)[0])
    our_median, their_median = statistics.median(ours), statistics.median(theirs)
    ratio = our_median / their_median
    print(f"   {name:26} {our_median * 1e3:7.2f} ms   engine {their_median * 1e3:7.2f} ms   ratio {ratio:5.2f}")
    return ratio
