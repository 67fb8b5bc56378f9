"""Long answers: 200 MB of `docker logs` and 400 MB of `docker save`, through the gateway and from the engine's socket."""

from __future__ import annotations

import io
import os
import statistics
import tarfile

from tests.benchmarks.scene import LABEL, Scene, get, scene, through_gateway, to_engine
from tests.support.engine import IMAGE, busybox_root
from tests.support.product import Bundle

LOG_BYTES = 200 * 1000 * 1000
IMAGE_BYTES = 400 * 1000 * 1000
ROUNDS = 3
LOGS_BOUND, SAVE_BOUND = 0.9, 0.65
BIG_IMAGE = "bench/big:1"
_LINE = "x" * 99


def run() -> None:
    """Prints MB/s and ratios; fails below 0.9 (logs) and 0.65 (save) of the engine's own rate."""
    with scene() as here:
        container_id = _make_logs(here)
        logs = _compare(here, "docker logs, 200 MB", f"/v1.41/containers/{container_id}/logs?stdout=1", here.bob)
        _make_image(here)
        save = _compare(here, "docker save, 400 MB", f"/v1.41/images/{BIG_IMAGE}/get", here.admin)
        assert logs >= LOGS_BOUND, f"logs run at {logs:.2f} of the engine's own rate, less than {LOGS_BOUND}"
        assert save >= SAVE_BOUND, f"save runs at {save:.2f} of the engine's own rate, less than {SAVE_BOUND}"


def _make_logs(here: Scene) -> str:
    lines = LOG_BYTES // (len(_LINE) + 1)
    command = ["sh", "-c", f"yes {_LINE} | head -n {lines}"]
    container_id = here.engine.docker("create", "--label", LABEL, IMAGE, *command).stdout.strip()
    here.engine.docker("start", container_id)
    assert here.engine.docker("wait", container_id).stdout.strip() == "0"
    return container_id


def _make_image(here: Scene) -> None:
    """With a file that does not compress."""
    root = io.BytesIO(busybox_root())
    with tarfile.open(fileobj=root, mode="a") as archive:
        entry = tarfile.TarInfo("big")
        entry.size = IMAGE_BYTES
        archive.addfile(entry, io.BytesIO(os.urandom(IMAGE_BYTES)))
    here.engine.docker("import", "-", BIG_IMAGE, stdin=root.getvalue())


def _compare(here: Scene, name: str, path: str, bundle: Bundle) -> float:
    """Rounds take turns; the first of each warms the engine's page cache and is not counted."""
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(ROUNDS + 1):
        for rates, connection in ((theirs, to_engine(here)), (ours, through_gateway(here, bundle))):
            seconds, size = get(connection, path)
            connection.close()
            if number:
                rates.append(size / seconds / 1e6)
    our_rate, their_rate = statistics.median(ours), statistics.median(theirs)
    print(f"   {name:26} {our_rate:7.0f} MB/s   engine {their_rate:7.0f} MB/s   ratio {our_rate / their_rate:5.2f}")
    return our_rate / their_rate
