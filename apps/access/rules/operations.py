"""The catalogue: every operation there is, and the options that gate what is dangerous about it. Closed; code, not data.

An operation is named `Group Operation`. A role holds operations, each with the options it allows; a request that needs
an option (a host bind mount, say) needs it on top of the operation. Every operation and every option of an operation has
one bit, so that what somebody holds on a collection is one integer.

The Swarm groups are those of UCP, with the dangers its catalogue forgot gated the same way (docs/access.md). What nothing
asks for yet stands in `WAITS_FOR` with the part of the product that will: a role may hold it already, and it gives nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from apps.access.types import REGISTRY_PREFIX, ROOT_PATH


class Option(enum.StrEnum):
    """What makes an operation dangerous. The value is the name in roles, sentences and the REST API."""

    ADDITIONAL_KERNEL_CAPABILITIES = "Additional Kernel Capabilities"
    ATTACHABLE = "Attachable"
    CGROUP_PARENT = "Cgroup Parent"
    CONTAINER_NAMESPACES = "Container Namespaces"
    CREDENTIAL_SPEC = "Credential Spec"
    DEVICES = "Devices"
    FORCE_REMOVE = "Force Remove"
    HOST_BIND_MOUNTS = "Host Bind Mounts"
    HOST_NETWORKING_MODE = "Host Networking Mode"
    IPC_MODE = "IPC Mode"
    LOCAL_DRIVER_OPTIONS = "Local Driver Options"
    LOG_DRIVER = "Log Driver"
    PID_MODE = "PID Mode"
    PRIVILEGED = "Privileged"
    RUNTIME = "Runtime"
    SECURITY_OPTIONS = "Security Options"
    SYSCTLS = "Sysctls"
    ULIMITS = "Ulimits"
    USER_NAMESPACE_MODE = "User Namespace Mode"
    UTS_MODE = "UTS Mode"
    VOLUMES_FROM = "Volumes From"


OPTION_DESCRIPTIONS: Mapping[Option, str] = MappingProxyType(
    {
        Option.ADDITIONAL_KERNEL_CAPABILITIES: "Add Linux capabilities beyond the engine's default set.",
        Option.ATTACHABLE: "Make a swarm network that plain containers may join.",
        Option.CGROUP_PARENT: "Choose the parent cgroup, or share the host's cgroup namespace.",
        Option.CONTAINER_NAMESPACES: "Share the network, process, IPC or other namespace of another container.",
        Option.CREDENTIAL_SPEC: "Run with a Windows credential specification.",
        Option.DEVICES: "Use devices of the host, by path, by cgroup rule or by device request (GPUs).",
        Option.FORCE_REMOVE: "Remove images that stopped containers or several names still use.",
        Option.HOST_BIND_MOUNTS: "Mount files and directories of the host.",
        Option.HOST_NETWORKING_MODE: "Use the host's own network.",
        Option.IPC_MODE: "Share the host's inter-process communication.",
        Option.LOCAL_DRIVER_OPTIONS: "Give options to a volume driver, which can mount any file system of the host.",
        Option.LOG_DRIVER: "Send logs through another log driver, with which the engine can reach any address or socket.",
        Option.PID_MODE: "See and signal the host's processes.",
        Option.PRIVILEGED: "Run with every right on the host.",
        Option.RUNTIME: "Choose another container runtime or isolation.",
        Option.SECURITY_OPTIONS: "Change seccomp, AppArmor or SELinux confinement, or allow gaining privileges.",
        Option.SYSCTLS: "Set kernel parameters.",
        Option.ULIMITS: "Raise resource limits above the engine's, or change how the kernel treats it out of memory.",
        Option.USER_NAMESPACE_MODE: "Leave the engine's user namespace.",
        Option.UTS_MODE: "Share the host's host name.",
        Option.VOLUMES_FROM: "Mount all volumes of another container.",
    }
)


@dataclass(frozen=True, slots=True)
class Operation:
    """Args: group: "Service"; name: "Service Create"; options: those that can be needed on top of it."""

    group: str
    name: str
    description: str
    options: tuple[Option, ...] = ()


SYSTEM_GROUP = "System"

_CONTAINER_DANGERS = (
    Option.ADDITIONAL_KERNEL_CAPABILITIES,
    Option.CGROUP_PARENT,
    Option.CONTAINER_NAMESPACES,
    Option.DEVICES,
    Option.HOST_BIND_MOUNTS,
    Option.HOST_NETWORKING_MODE,
    Option.IPC_MODE,
    Option.LOCAL_DRIVER_OPTIONS,
    Option.LOG_DRIVER,
    Option.PID_MODE,
    Option.PRIVILEGED,
    Option.RUNTIME,
    Option.SECURITY_OPTIONS,
    Option.SYSCTLS,
    Option.ULIMITS,
    Option.USER_NAMESPACE_MODE,
    Option.UTS_MODE,
    Option.VOLUMES_FROM,
)
_SERVICE_DANGERS = (
    Option.ADDITIONAL_KERNEL_CAPABILITIES,
    Option.CREDENTIAL_SPEC,
    Option.HOST_BIND_MOUNTS,
    Option.HOST_NETWORKING_MODE,
    Option.LOCAL_DRIVER_OPTIONS,
    Option.LOG_DRIVER,
    Option.RUNTIME,
    Option.SECURITY_OPTIONS,
    Option.SYSCTLS,
    Option.ULIMITS,
)
_BUILD_DANGERS = (
    Option.CGROUP_PARENT,
    Option.CONTAINER_NAMESPACES,
    Option.HOST_NETWORKING_MODE,
    Option.SECURITY_OPTIONS,
    Option.ULIMITS,
)

_CATALOGUE = (
    Operation("Config", "Config Create", "Create configs."),
    Operation("Config", "Config Delete", "Remove configs."),
    Operation("Config", "Config Update", "Change the labels of configs."),
    Operation("Config", "Config Use", "Give configs to services."),
    Operation("Config", "Config View", "List and read configs."),
    Operation("Container", "Container Attach", "Attach to the input and output of a container's main process."),
    Operation("Container", "Container Changes", "List the files a container changed."),
    Operation("Container", "Container Connect", "Connect containers to networks."),
    Operation("Container", "Container Create", "Create containers.", _CONTAINER_DANGERS),
    Operation("Container", "Container Disconnect", "Disconnect containers from networks."),
    Operation("Container", "Container Exec", "Run commands and terminals in containers.", (Option.PRIVILEGED,)),
    Operation("Container", "Container Export", "Export a container's file system as an archive."),
    Operation("Container", "Container Filesystem Read", "Copy files out of containers."),
    Operation("Container", "Container Filesystem Write", "Copy files into containers."),
    Operation("Container", "Container Kill", "Send signals to containers."),
    Operation("Container", "Container Logs", "Read the logs of containers."),
    Operation("Container", "Container Pause", "Pause containers."),
    Operation("Container", "Container Remove", "Remove containers."),
    Operation("Container", "Container Rename", "Rename containers."),
    Operation("Container", "Container Resize", "Tell containers the size of their terminal."),
    Operation("Container", "Container Restart", "Restart containers."),
    Operation("Container", "Container Start", "Start containers."),
    Operation("Container", "Container Stats", "Watch the resources containers use."),
    Operation("Container", "Container Stop", "Stop containers."),
    Operation("Container", "Container Top", "List the processes of containers."),
    Operation("Container", "Container Unpause", "Let paused containers go on."),
    Operation("Container", "Container Update", "Change the resource limits and restart policy of containers."),
    Operation("Container", "Container View", "List and inspect containers."),
    Operation("Container", "Container Wait", "Wait until containers stop."),
    Operation("Image", "Image Build", "Build images.", _BUILD_DANGERS),
    Operation("Image", "Image Commit", "Make images of containers."),
    Operation("Image", "Image Create", "Pull images."),
    Operation("Image", "Image Export", "Save images as archives."),
    Operation("Image", "Image History", "Read the history of images."),
    Operation("Image", "Image Load", "Load and import images from archives."),
    Operation("Image", "Image Prune", "Remove unused images."),
    Operation("Image", "Image Push", "Push images to registries."),
    Operation("Image", "Image Remove", "Remove images.", (Option.FORCE_REMOVE,)),
    Operation("Image", "Image Search", "Search registries for images."),
    Operation("Image", "Image Tag", "Name images."),
    Operation("Image", "Image View", "List and inspect images."),
    Operation("Network", "Network Connect", "Connect containers and services to networks."),
    Operation("Network", "Network Create", "Create networks.", (Option.ATTACHABLE,)),
    Operation("Network", "Network Disconnect", "Disconnect containers from networks."),
    Operation("Network", "Network Remove", "Remove networks."),
    Operation("Network", "Network View", "List and inspect networks."),
    Operation("Node", "Node Schedule", "Run containers and services on nodes."),
    Operation("Node", "Node Update", "Change the role, availability and labels of nodes."),
    Operation("Node", "Node View", "List and inspect nodes."),
    Operation("Repository", "Repository Delete Tag", "Remove tags from repositories."),
    Operation("Repository", "Repository Manage", "Make, change and remove repositories."),
    Operation("Repository", "Repository Pull", "Pull images from repositories."),
    Operation("Repository", "Repository Push", "Push images to repositories."),
    Operation("Repository", "Repository Scan", "Have images searched for known vulnerabilities."),
    Operation("Repository", "Repository Sign", "Sign images."),
    Operation("Repository", "Repository View", "List repositories, their tags and what was found in them."),
    Operation("Secret", "Secret Create", "Create secrets."),
    Operation("Secret", "Secret Delete", "Remove secrets."),
    Operation("Secret", "Secret Update", "Change the labels of secrets."),
    Operation("Secret", "Secret Use", "Give secrets to services."),
    Operation("Secret", "Secret View", "List and inspect secrets, without their content."),
    Operation("Service", "Service Create", "Create services.", _SERVICE_DANGERS),
    Operation("Service", "Service Delete", "Remove services."),
    Operation("Service", "Service Logs", "Read the logs of services and tasks."),
    Operation("Service", "Service Update", "Change, scale and roll back services.", _SERVICE_DANGERS),
    Operation("Service", "Service View", "List and inspect services."),
    Operation("Service", "Service View Tasks", "List and inspect the tasks of services."),
    Operation("Volume", "Volume Create/Attach", "Create volumes, and mount them.", (Option.LOCAL_DRIVER_OPTIONS,)),
    Operation("Volume", "Volume Remove", "Remove volumes."),
    Operation("Volume", "Volume View", "List and inspect volumes."),
    Operation(SYSTEM_GROUP, "Access View", "Read all roles, collections and grants, and ask who may do what."),
    Operation(SYSTEM_GROUP, "Account View", "Read all users, organisations and teams."),
    Operation(SYSTEM_GROUP, "Audit View", "Read and export the audit log."),
    Operation(SYSTEM_GROUP, "Job View", "Read all background jobs and their logs."),
    Operation(SYSTEM_GROUP, "Metrics View", "Read the metrics."),
    Operation(SYSTEM_GROUP, "Settings View", "Read the settings, without secrets."),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType({operation.name: operation for operation in _CATALOGUE})
"""Name → operation, ordered by group and name."""

_GATEWAY, _REGISTRY = "the rest of the Docker gateway", "the registry"

WAITS_FOR: Mapping[str, str] = MappingProxyType(
    {
        "Container Disconnect": _GATEWAY,
        "Container Update": _GATEWAY,
        "Image Build": _GATEWAY,
        "Image Commit": _GATEWAY,
        "Image Export": _GATEWAY,
        "Image Load": _GATEWAY,
        "Image Prune": _GATEWAY,
        "Image Push": _GATEWAY,
        "Image Remove": _GATEWAY,
        "Image Search": _GATEWAY,
        "Image Tag": _GATEWAY,
        "Metrics View": "the metrics",
        "Network Disconnect": _GATEWAY,
        "Repository Delete Tag": _REGISTRY,
        "Repository Manage": _REGISTRY,
        "Repository Pull": _REGISTRY,
        "Repository Push": _REGISTRY,
        "Repository Scan": _REGISTRY,
        "Repository Sign": _REGISTRY,
        "Repository View": _REGISTRY,
    }
)
"""Operation → the part of the product that will ask for it. The test of the catalogue fails where one is asked for and
still stands here, and where one is asked for nowhere and does not."""

Operations = Mapping[str, Iterable[str]]
"""What a role holds: operation → the options it allows, for instance `{"Service Create": ["Host Bind Mounts"]}`."""


def _number() -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    operation_bits: dict[str, int] = {}
    option_bits: dict[tuple[str, str], int] = {}
    for operation in _CATALOGUE:
        operation_bits[operation.name] = 1 << (len(operation_bits) + len(option_bits))
        for option in operation.options:
            option_bits[operation.name, option.value] = 1 << (len(operation_bits) + len(option_bits))
    return operation_bits, option_bits


OPERATION_BITS, _OPTION_BITS = _number()
ALL_MASK = sum(OPERATION_BITS.values()) + sum(_OPTION_BITS.values())
SYSTEM_MASK = sum(OPERATION_BITS[operation.name] for operation in _CATALOGUE if operation.group == SYSTEM_GROUP)
"""The bits that count on `/` only."""

REPOSITORY_MASK = sum(OPERATION_BITS[operation.name] for operation in _CATALOGUE if operation.group == "Repository")
_COLLECTION_MASK = ALL_MASK & ~SYSTEM_MASK & ~REPOSITORY_MASK


def counted_mask(path: str) -> int:
    """The bits that mean something at a place: of the system on `/` only, of repositories in the registry and on `/`,
    which is above it, and all others in collections.

    Args:
        path: "/Shared", "registry:acme/*".
    """
    if path == ROOT_PATH:
        return ALL_MASK
    return REPOSITORY_MASK if path.startswith(REGISTRY_PREFIX) else _COLLECTION_MASK


def mask_of(operations: Operations) -> int:
    """The bits of what a role holds. What the catalogue does not know gives nothing."""
    mask = 0
    for name, options in operations.items():
        mask |= OPERATION_BITS.get(name, 0)
        for option in options:
            mask |= _OPTION_BITS.get((name, option), 0)
    return mask


def needed_mask(operation: str, options: Iterable[str] = ()) -> int | None:
    """The bits that a request needs; None where the catalogue does not know the operation or one of its options."""
    mask = OPERATION_BITS.get(operation)
    for option in options:
        bit = _OPTION_BITS.get((operation, option))
        if mask is None or bit is None:
            return None
        mask |= bit
    return mask


def missing_names(held_mask: int, operation: str, options: Iterable[str] = ()) -> tuple[str, ...]:
    """What a request needs and `held_mask` lacks, in words: "Service Create", or "Service Create with Host Bind Mounts"."""
    lacking = tuple(
        f"{operation} with {option}" for option in options if not held_mask & _OPTION_BITS.get((operation, option), 0)
    )
    return lacking or (operation,)


def names_of(mask: int) -> tuple[str, ...]:
    """The bits in words, in the catalogue's order: "Service Create", "Service Create with Host Bind Mounts"."""
    names = []
    for operation in _CATALOGUE:
        if mask & OPERATION_BITS[operation.name]:
            names.append(operation.name)
        names += [
            f"{operation.name} with {option}" for option in operation.options if mask & _OPTION_BITS[operation.name, option]
        ]
    return tuple(names)


def unknown_names(operations: Operations) -> dict[str, str]:
    """What the catalogue does not know in a role's operations: the operation → what is wrong with it, as a sentence."""
    problems: dict[str, str] = {}
    for name, options in operations.items():
        operation = OPERATIONS.get(name)
        if operation is None:
            problems[name] = "there is no such operation"
            continue
        unknown = sorted(set(options) - {option.value for option in operation.options})
        if unknown:
            problems[name] = f"has no option {unknown[0][:64]!r}"
    return problems


def canonical(operations: Operations) -> dict[str, list[str]]:
    """The one spelling of what a role holds: in the catalogue's order, each option once. Of names that are known."""
    return {
        name: [option.value for option in operation.options if option.value in operations[name]]
        for name, operation in OPERATIONS.items()
        if name in operations
    }
