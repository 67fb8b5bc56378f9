"""`GET /_ping` through the gateway with mTLS, beside the engine's own socket; client, gateway and engine share the cores.

Also what the gateway's processes weigh together (PSS), and what one request costs them.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks.load import Load, Target, measure
from tests.support.engine import engine
from tests.support.product import Product, children_of, product

CONNECTIONS = 32
SECONDS = 3.0
ROUNDS = 3
BOUND_REQUESTS_PER_SECOND = 15_000
BOUND_MEGABYTES = 120


def run() -> None:
    """Prints requests a second and latencies as ratios to the engine's; fails below 15,000 or above 120 MB."""
    with engine() as real, product(real.url) as installation, tempfile.TemporaryDirectory() as name:
        bundle = installation.bundle(installation.rest("admin", installation.admin_password), "bench", Path(name))
        direct = Target(real.url, "/_ping")
        through = Target(installation.url, "/_ping", bundle.directory)
        at_rest = _megabytes(installation)
        _row("1 connection", _median(direct, 1), _median(through, 1))
        before = _processor_seconds(installation)
        loads = [(measure(direct, connections=CONNECTIONS, seconds=SECONDS), _loaded(through)) for _ in range(ROUNDS)]
        used = _processor_seconds(installation) - before
        own = _middle([pair[0] for pair in loads])
        ours = _middle([pair[1] for pair in loads])
        _row(f"{CONNECTIONS} connections", own, ours)
        requests = sum(pair[1].requests_per_second for pair in loads) * SECONDS
        print(f"   {'processor time of the gateway per request':44} {1e6 * used / requests:8.1f} µs")
        print(f"   {'memory of the gateway at rest, then under load':44} {at_rest:8.1f} MB {_megabytes(installation):8.1f} MB")
    assert ours.requests_per_second >= BOUND_REQUESTS_PER_SECOND, f"{ours.requests_per_second:,.0f} requests/s are too few"
    assert at_rest <= BOUND_MEGABYTES, f"the gateway takes {at_rest:.0f} MB at rest"


def _loaded(target: Target) -> Load:
    return measure(target, connections=CONNECTIONS, seconds=SECONDS)


def _median(target: Target, connections: int) -> Load:
    return _middle([measure(target, connections=connections, seconds=SECONDS) for _ in range(ROUNDS)])


def _middle(loads: list[Load]) -> Load:
    median = statistics.median_low([load.requests_per_second for load in loads])
    return next(load for load in loads if load.requests_per_second == median)


def _row(name: str, own: Load, ours: Load) -> None:
    ratio = ours.requests_per_second / own.requests_per_second
    print(f"   {name:16} engine {_text(own)}   gateway {_text(ours)}   ratio {ratio:.2f}")


def _text(load: Load) -> str:
    times = f"p50 {load.p50_milliseconds:.2f}, p99 {load.p99_milliseconds:.1f} ms"
    return f"{load.requests_per_second:8,.0f}/s ({times})"


def _processes(installation: Product) -> list[int]:
    master = installation.process_of("gateway").pid
    return [master, *children_of(master)]


def _megabytes(installation: Product) -> float:
    """Proportional set size of the master, the workers and the projector."""
    total = 0
    for process in _processes(installation):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _processor_seconds(installation: Product) -> float:
    total = 0
    for process in _processes(installation):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")
