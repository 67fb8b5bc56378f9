"""Which values are dangerous: the facts about the engine behind the reviews, each a function of a value alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from apps.access.rules.operations import Option

VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_LOCAL_LOG_DRIVERS = frozenset({"", "json-file", "local", "none"})
_LOCAL_LOG_OPTIONS = frozenset(
    [
        "cache-compress",
        "cache-disabled",
        "cache-max-file",
        "cache-max-size",
        "compress",
        "env",
        "env-regex",
        "labels",
        "labels-regex",
        "max-buffer-size",
        "max-file",
        "max-size",
        "mode",
        "tag",
    ]
)
_REMOTE_OR_EMPTY_FILESYSTEMS = frozenset({"tmpfs", "nfs", "nfs3", "nfs4", "cifs", "smb3"})
_DEFAULT_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "NET_RAW",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)


def mounts_the_host(driver_options: dict[str, str]) -> bool:
    """Whether a volume of the local driver with these options is a directory or device of the host.

    The driver hands `type`, `o` and `device` to mount(2): `o=bind` makes `device` a host path whatever the type, and
    every other filesystem than an empty or a remote one reads devices or directories of the host.
    """
    options = {key.casefold(): value for key, value in driver_options.items()}
    if not options.keys() & {"type", "o", "device"}:
        return False
    flags = {flag.strip().casefold() for flag in options.get("o", "").split(",")}
    return bool(flags & {"bind", "rbind"}) or options.get("type", "").strip().casefold() not in _REMOTE_OR_EMPTY_FILESYSTEMS


def adds_capabilities(names: Iterable[str] | None) -> bool:
    """Whether one of these is not in the set every container has unless it is dropped."""
    return any(name.strip().upper().removeprefix("CAP_") not in _DEFAULT_CAPABILITIES for name in names or ())


def review_network(network: Mapping[str, object]) -> tuple[str, ...]:
    """The danger options that a network of this description needs."""
    return (Option.ATTACHABLE.value,) if network.get("Attachable") else ()


def review_volume_options(driver: str, options: dict[str, str]) -> tuple[str, ...]:
    """The danger options of "Volume Create/Attach" for a volume with this driver and these driver options."""
    return (Option.LOCAL_DRIVER_OPTIONS.value,) if options or driver not in ("", "local") else ()


_OPEN_NETWORKS = frozenset({"", "default", "bridge", "none"})
_CLOSED_NETWORKS = frozenset({"ingress", "docker_gwbridge"})


def network_problem(name: str) -> str | None:
    """Why nothing of a caller's may join this network by name; asked again once a reference is resolved to a name."""
    return f"the network {name} belongs to the engine" if name in _CLOSED_NETWORKS else None


def network_options(name: str) -> tuple[str, ...]:
    """The danger options of joining a predefined network; asked again once a reference is resolved to a name."""
    return (Option.HOST_NETWORKING_MODE.value,) if name == "host" else ()


def port_range(text: str) -> tuple[int, int]:
    """First and last of "8080" or "8000-8010"; (0, 0) for what the engine chooses or refuses itself."""
    first, dash, last = text.partition("-")
    try:
        return int(first), int(last if dash else first)
    except ValueError:
        return 0, 0


def is_predefined_network(name: str) -> bool:
    """Whether the network has no collection: it needs no right, an option, or is closed."""
    return name in _OPEN_NETWORKS or name in _CLOSED_NETWORKS or name == "host"


def keeps_new_privileges_off(option: str) -> bool:
    return option in ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true")


def is_isolated(isolation: str | None) -> bool:
    return (isolation or "").casefold() not in ("", "default")


def logs_elsewhere(driver: str | None, options: Mapping[str, str] | None) -> bool:
    """Whether logs may leave the engine. Without a driver the engine's own default takes the options, whichever it is."""
    return (driver or "") not in _LOCAL_LOG_DRIVERS or not (options or {}).keys() <= _LOCAL_LOG_OPTIONS
