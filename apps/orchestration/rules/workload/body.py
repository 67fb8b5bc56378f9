"""What containers and services have in common: mounts, volumes, networks, log drivers."""

from __future__ import annotations

from typing import Any

from apps.access.rules.operations import Option
from apps.access.types import ObjectKind
from apps.orchestration.rules import labels
from apps.orchestration.rules.workload import dangers
from apps.orchestration.rules.workload.review import IMAGE, Place, Published, Reference, path_text


class Body:
    """Collects what one body asks for. Subclasses walk their kind of body in `collect`."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.options: dict[str, None] = {}  # an ordered set
        self.references: list[Reference] = []
        self.ports: list[Published] = []
        self.problems: list[str] = []

    def collect(self) -> None:
        """Nothing more to look at."""

    def need(self, option: Option, is_needed: object) -> None:
        if is_needed:
            self.options[option.value] = None

    def refer(self, reference: Reference) -> None:
        self.references.append(reference)

    def network(self, name: str, place: Place, *, is_key: bool = False) -> None:
        self.options.update(dict.fromkeys(dangers.network_options(name)))
        if problem := dangers.network_problem(name):
            self.problems.append(f"{path_text(place)}: {problem}")
        elif not dangers.is_predefined_network(name):
            self.refer(Reference(ObjectKind.NETWORK, name, "Network Connect", place, is_key=is_key))

    def named_network(self, name: str, place: Place, *, is_key: bool = False) -> None:
        """Where the engine looks for a network even without a name, and says how many there are."""
        if name:
            self.network(name, place, is_key=is_key)
        else:
            self.problems.append(f"{path_text(place)}: a network needs a name or an id")

    def publish(self, first: int, last: int, place: Place) -> None:
        """Ports of the node from the first to the last; 0 leaves the choice to the engine."""
        if last > 0:
            self.ports.append(Published(first, last, place))

    def endpoint_options(self, driver_options: dict[str, str] | None) -> None:
        self.need(Option.SYSCTLS, any("sysctl" in key.casefold() for key in driver_options or {}))

    def log_driver(self, name: str | None, options: dict[str, str] | None) -> None:
        self.need(Option.LOG_DRIVER, dangers.logs_elsewhere(name, options))

    def mounts(self, mounts: list[dict[str, Any] | None] | None, place: Place) -> None:
        for index, mount in enumerate(mounts or []):
            if mount is None:
                self.problems.append(f"{path_text((*place, index))}: must be an object")
            else:
                self._mount(mount, (*place, index))

    def _mount(self, mount: dict[str, Any], place: Place) -> None:
        source = mount.get("Source") or ""
        match mount.get("Type"):
            case "bind" | "npipe":
                self.need(Option.HOST_BIND_MOUNTS, True)
            case "volume":
                self._volume_mount(mount, source, place)
            case "tmpfs":
                pass
            case "image":
                self.refer(Reference(IMAGE, source, "Image View", (*place, "Source")))
            case other:
                self.problems.append(f"{path_text(place)}.Type: mounts of type {other or '(none)'} are not supported")

    def _volume_mount(self, mount: dict[str, Any], source: str, place: Place) -> None:
        volume_options = mount.get("VolumeOptions") or {}
        self.problems += labels.problems(
            volume_options.get("Labels"), path_text((*place, "VolumeOptions", "Labels")), may_name_collection=True
        )
        driver = volume_options.get("DriverConfig") or {}
        options = driver.get("Options") or {}
        self.need(Option.HOST_BIND_MOUNTS, dangers.mounts_the_host(options))
        needed = dangers.review_volume_options(driver.get("Name") or "", options)
        if source:
            self.volume(source, (*place, "Source"), options=needed)
        else:
            self.options.update(dict.fromkeys(needed))

    def volume(self, name: str, place: Place, *, suffix: str = "", options: tuple[str, ...] = ()) -> None:
        """A volume by name; what is no name is a path of the host, or may become one on the way to the engine."""
        if dangers.VOLUME_NAME.fullmatch(name):
            self.refer(Reference(ObjectKind.VOLUME, name, "Volume Create/Attach", place, suffix=suffix, options=options))
        else:
            self.need(Option.HOST_BIND_MOUNTS, True)
