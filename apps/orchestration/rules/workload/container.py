"""Bodies of `POST /containers/create`, `POST /containers/{id}/exec` and `POST /exec/{id}/start`."""

from __future__ import annotations

from typing import Any

from apps.access.rules.operations import Option
from apps.access.types import ObjectKind
from apps.orchestration.rules import labels
from apps.orchestration.rules.workload import dangers
from apps.orchestration.rules.workload.body import Body
from apps.orchestration.rules.workload.review import IMAGE, Place, Reference

_CONTAINER = "container:"
_THROTTLED_DEVICES = (
    "BlkioDeviceReadBps",
    "BlkioDeviceReadIOps",
    "BlkioDeviceWriteBps",
    "BlkioDeviceWriteIOps",
    "BlkioWeightDevice",
)


class Container(Body):
    def collect(self) -> None:
        self.problems += labels.problems(self.spec.get("Labels"), "Labels", may_name_collection=True)
        if image := self.spec.get("Image"):
            self.refer(Reference(IMAGE, image, "Image View", ("Image",)))
        host = self.spec.get("HostConfig") or {}
        self._privileges(host)
        self._namespaces(host)
        self._resources(host)
        self._storage(host)
        self._networks(host)
        self._ports(host.get("PortBindings") or {})
        log = host.get("LogConfig") or {}
        self.log_driver(log.get("Type"), log.get("Config"))

    def _privileges(self, host: dict[str, Any]) -> None:
        self.need(Option.PRIVILEGED, host.get("Privileged"))
        self.need(
            Option.ADDITIONAL_KERNEL_CAPABILITIES,
            dangers.adds_capabilities(host.get("CapAdd")) or dangers.adds_capabilities(host.get("Capabilities")),
        )
        self.need(Option.SECURITY_OPTIONS, not all(map(dangers.keeps_new_privileges_off, host.get("SecurityOpt") or [])))
        # Absent or null masks what the engine masks by default; any list, the empty one too, replaces that.
        self.need(Option.SECURITY_OPTIONS, host.get("MaskedPaths") is not None or host.get("ReadonlyPaths") is not None)
        self.need(Option.DEVICES, host.get("Devices") or host.get("DeviceCgroupRules"))
        self.need(Option.DEVICES, host.get("DeviceRequests"))
        # The engine looks these paths up on the host, and says which of them do not exist.
        self.need(Option.DEVICES, any(host.get(name) for name in _THROTTLED_DEVICES))
        self.need(Option.SYSCTLS, host.get("Sysctls"))
        self.need(Option.SECURITY_OPTIONS, host.get("GroupAdd"))
        # Annotations are arguments of the runtime.
        self.need(Option.RUNTIME, host.get("Runtime") or host.get("Annotations") or dangers.is_isolated(host.get("Isolation")))

    def _namespaces(self, host: dict[str, Any]) -> None:
        self._shared_namespace(host, "PidMode", Option.PID_MODE, frozenset({""}))
        self._shared_namespace(host, "IpcMode", Option.IPC_MODE, frozenset({"", "none", "private", "shareable"}))
        self._shared_namespace(host, "Cgroup", Option.CGROUP_PARENT, frozenset({""}))
        self.need(Option.USER_NAMESPACE_MODE, host.get("UsernsMode"))
        self.need(Option.UTS_MODE, host.get("UTSMode"))
        self.need(Option.CGROUP_PARENT, (host.get("CgroupnsMode") or "") not in ("", "private"))
        self.need(Option.CGROUP_PARENT, host.get("CgroupParent"))

    def _shared_namespace(self, host: dict[str, Any], name: str, option: Option, own: frozenset[str]) -> None:
        mode = host.get(name) or ""
        if mode.startswith(_CONTAINER):
            self._namespace_of(mode, name, "Container Exec")
        else:
            self.need(option, mode not in own)

    def _namespace_of(self, mode: str, name: str, operation: str) -> None:
        """To share another container's processes or memory is as much as to run a command in it."""
        self.need(Option.CONTAINER_NAMESPACES, True)
        ref = mode.removeprefix(_CONTAINER)
        self.refer(Reference(ObjectKind.CONTAINER, ref, operation, ("HostConfig", name), prefix=_CONTAINER))

    def _resources(self, host: dict[str, Any]) -> None:
        self.need(Option.ULIMITS, host.get("Ulimits"))
        self.need(Option.ULIMITS, (host.get("OomScoreAdj") or 0) < 0 or host.get("OomKillDisable"))
        self.need(Option.ULIMITS, host.get("CpuRealtimePeriod") or host.get("CpuRealtimeRuntime"))
        self.need(Option.ULIMITS, host.get("StorageOpt") or host.get("DiskQuota"))

    def _storage(self, host: dict[str, Any]) -> None:
        driver = host.get("VolumeDriver") or ""
        self.options.update(dict.fromkeys(dangers.review_volume_options(driver, {})))
        for index, bind in enumerate(host.get("Binds") or []):
            self._bind(bind, ("HostConfig", "Binds", index))
        self.mounts(host.get("Mounts"), ("HostConfig", "Mounts"))
        for index, source in enumerate(host.get("VolumesFrom") or []):
            self._volumes_from(source, ("HostConfig", "VolumesFrom", index))

    def _bind(self, bind: str, place: Place) -> None:
        """`/path` alone is an anonymous volume, `name:/path[:mode]` a named one, everything else a path of the host."""
        source, colon, rest = bind.partition(":")
        if colon and rest.count(":") <= 1:
            self.volume(source, place, suffix=colon + rest)
        else:
            self.need(Option.HOST_BIND_MOUNTS, bool(colon) or not bind.startswith("/"))

    def _volumes_from(self, source: str, place: Place) -> None:
        """Another container's volumes are its files: reading or writing them is what `docker cp` would need."""
        self.need(Option.VOLUMES_FROM, True)
        ref, colon, mode = source.partition(":")
        operation = "Container Filesystem Read" if "ro" in mode.split(",") else "Container Filesystem Write"
        self.refer(Reference(ObjectKind.CONTAINER, ref, operation, place, suffix=colon + mode))

    def _networks(self, host: dict[str, Any]) -> None:
        mode = host.get("NetworkMode") or ""
        if mode.startswith(_CONTAINER):
            self._namespace_of(mode, "NetworkMode", "Container Connect")
        else:
            self.network(mode, ("HostConfig", "NetworkMode"))
        self._links(host.get("Links"), ("HostConfig", "Links"))
        endpoints = (self.spec.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
        for name, endpoint in endpoints.items():
            place = ("NetworkingConfig", "EndpointsConfig", name)
            self._endpoint(endpoint or {}, place)
            self.named_network(name, place, is_key=True)

    def _endpoint(self, endpoint: dict[str, Any], place: Place) -> None:
        """Of the name and the `NetworkID` of an endpoint the engine takes the id, so both must be the caller's to join."""
        self.endpoint_options(endpoint.get("DriverOpts"))
        self.network(endpoint.get("NetworkID") or "", (*place, "NetworkID"))
        self._links(endpoint.get("Links"), (*place, "Links"))

    def _ports(self, bindings: dict[str, list[dict[str, Any] | None] | None]) -> None:
        for container_port, published in bindings.items():
            for index, binding in enumerate(published or []):
                first, last = dangers.port_range((binding or {}).get("HostPort") or "")
                self.publish(first, last, ("HostConfig", "PortBindings", container_port, index, "HostPort"))

    def _links(self, links: list[str] | None, place: Place) -> None:
        for index, link in enumerate(links or []):
            ref, colon, alias = link.partition(":")
            self.refer(
                Reference(
                    ObjectKind.CONTAINER,
                    ref,
                    "Container Connect",
                    (*place, index),
                    suffix=colon + alias if colon else f":{ref}",
                )
            )


class Exec(Body):
    def collect(self) -> None:
        self.need(Option.PRIVILEGED, self.spec.get("Privileged"))
        self.spec.pop("Container", None)  # docker-py repeats the container of the path; the engine ignores it
