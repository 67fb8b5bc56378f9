"""The body that would make a container which is there already, out of what the engine says of it.

The engine fills in what a create left open; what it fills in asks for no danger option, and is left out again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MASKED = frozenset(
    {"/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list"}
    | {"/sys/firmware"}
)
_READ_ONLY = frozenset({"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"})
"""What every engine hides by default; later ones add to it, which takes nothing away. Source: moby `oci/defaults.go`."""


def body_of(inspected: Mapping[str, Any], info: Mapping[str, Any]) -> dict[str, Any]:
    """Args: inspected: the engine's answer for the container; info: what the engine says of itself.

    Labels are left out: who may move it has nothing to do with what its image says.
    """
    host = dict(inspected.get("HostConfig") or {})
    if host.get("Runtime") == info.get("DefaultRuntime"):
        host.pop("Runtime", None)
    if host.get("CgroupnsMode") == ("private" if info.get("CgroupVersion") == "2" else "host"):
        host.pop("CgroupnsMode")
    if frozenset(host.get("MaskedPaths") or ()) >= _MASKED:
        host.pop("MaskedPaths")
    if frozenset(host.get("ReadonlyPaths") or ()) >= _READ_ONLY:
        host.pop("ReadonlyPaths")
    config = {key: value for key, value in (inspected.get("Config") or {}).items() if key != "Labels"}
    return {**config, "HostConfig": host}
