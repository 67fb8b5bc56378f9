"""What of the engine's own description is shown to people who are not administrators. Pure functions on decoded JSON."""

from __future__ import annotations

from typing import Any, NamedTuple

from apps.gateway.docker.versions import OLDEST, Version, clamp, parse

Json = dict[str, Any]


class Counts(NamedTuple):
    """What the caller may see of an engine, counted.

    Args:
        sees_node: whether the engine's own node is among the nodes.
    """

    running: int
    paused: int
    stopped: int
    images: int
    nodes: int
    managers: int
    sees_node: bool


_SHOWN_IN_INFO = frozenset(
    {
        "Architecture",
        "BridgeNfIp6tables",
        "BridgeNfIptables",
        "CPUSet",
        "CPUShares",
        "CgroupDriver",
        "CgroupVersion",
        "CpuCfsPeriod",
        "CpuCfsQuota",
        "Debug",
        "DefaultRuntime",
        "Driver",
        "ExperimentalBuild",
        "ID",
        "IPv4Forwarding",
        "IndexServerAddress",
        "Isolation",
        "KernelMemory",
        "KernelMemoryTCP",
        "KernelVersion",
        "LiveRestoreEnabled",
        "LoggingDriver",
        "MemTotal",
        "MemoryLimit",
        "NCPU",
        "Name",
        "OSType",
        "OSVersion",
        "OomKillDisable",
        "OperatingSystem",
        "PidsLimit",
        "Plugins",
        "ProductLicense",
        "ServerVersion",
        "SwapLimit",
        "SystemTime",
    }
)
"""A list of what is shown, so that what a newer engine adds is not."""

_NOT_COUNTED = -1
"""What the engine says where it did not count."""

_EMPTIED_IN_INFO: Json = {
    "DockerRootDir": "",
    "RegistryConfig": {"IndexConfigs": {}, "InsecureRegistryCIDRs": [], "Mirrors": []},
    "Runtimes": {},
}


def info(engine: Json, counts: Counts) -> Json:
    """`GET /info`: enough for clients to work, with counts of what the caller sees and nothing of the host."""
    shown = {key: value for key, value in engine.items() if key in _SHOWN_IN_INFO}
    shown |= {key: value for key, value in _EMPTIED_IN_INFO.items() if key in engine}
    shown |= {
        "Containers": counts.running + counts.paused + counts.stopped,
        "ContainersRunning": counts.running,
        "ContainersPaused": counts.paused,
        "ContainersStopped": counts.stopped,
        "Images": counts.images,
    }
    if isinstance(engine.get("Swarm"), dict):
        shown["Swarm"] = _swarm(engine["Swarm"], counts)
    return shown


def _swarm(swarm: Json, counts: Counts) -> Json:
    shown: Json = {key: swarm[key] for key in ("LocalNodeState", "ControlAvailable", "Error") if key in swarm}
    shown |= {"NodeID": swarm.get("NodeID", "") if counts.sees_node else "", "NodeAddr": "", "RemoteManagers": None}
    if swarm.get("Cluster"):
        # Clients print the id without asking whether there is a cluster.
        shown |= {"Cluster": {"ID": swarm["Cluster"].get("ID", ""), "Spec": {}}}
        shown |= {"Nodes": counts.nodes, "Managers": counts.managers}
    return shown


def version(engine: Json, product_version: str) -> Json:
    """`GET /version`: the engine's answer, the API versions clamped to what we know, and we among the components."""
    newest = clamp(parse(engine["ApiVersion"]))
    oldest = max(_parse_or(engine.get("MinAPIVersion", ""), OLDEST), OLDEST)
    spoken = {"ApiVersion": str(newest), "MinAPIVersion": str(oldest)}
    components = [_component(each, spoken) for each in engine.get("Components") or []]
    components.append({"Name": "Quarterdeck", "Version": product_version, "Details": {"ApiVersion": str(newest)}})
    return {**engine, **spoken, "Components": components}


def _component(component: Json, spoken: Json) -> Json:
    """Clients print the versions of the component "Engine" rather than those above."""
    details = component.get("Details") or {}
    return {**component, "Details": details | {key: spoken[key] for key in spoken if key in details}}


def _parse_or(text: str, default: Version) -> Version:
    try:
        return parse(text)
    except ValueError:
        return default


def reduced_node(node: Json) -> Json:
    """A node for who may not view it but runs something there, or may: the docker CLI needs its name and state."""
    description, status, spec = (node.get(key) or {} for key in ("Description", "Status", "Spec"))
    shown: Json = {
        "ID": node["ID"],
        "Version": node.get("Version"),
        "Spec": {"Role": spec.get("Role"), "Availability": spec.get("Availability")},
        "Description": {"Hostname": description.get("Hostname")},
        "Status": {"State": status.get("State")},
    }
    if manager := node.get("ManagerStatus"):
        shown["ManagerStatus"] = {key: manager.get(key) for key in ("Leader", "Reachability")}
    return shown


def network(inspected: Json, visible_container_ids: frozenset[str]) -> Json:
    """An inspected network without the containers, services and peers of others."""
    shown = {key: value for key, value in inspected.items() if key not in ("Peers", "Services")}
    containers = inspected.get("Containers")
    if isinstance(containers, dict):
        shown["Containers"] = {key: value for key, value in containers.items() if key in visible_container_ids}
    return shown


def image(described: Json, visible_container_ids: frozenset[str]) -> Json:
    """An image of a list or an inspect, without how many containers use it and, by platform, which ones of others do."""
    shown = {**described, "Containers": _NOT_COUNTED} if "Containers" in described else dict(described)
    if isinstance(described.get("Manifests"), list):
        shown["Manifests"] = [_manifest(each, visible_container_ids) for each in described["Manifests"]]
    return shown


def _manifest(manifest: Json, visible_container_ids: frozenset[str]) -> Json:
    data = manifest.get("ImageData") or {}
    if not data.get("Containers"):
        return manifest
    visible = [each for each in data["Containers"] if each in visible_container_ids]
    return {**manifest, "ImageData": {**data, "Containers": visible}}
