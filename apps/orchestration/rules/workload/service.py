"""Specs of services: `POST /services/create`, `…/update`, and what the engine returns as `Spec` and `PreviousSpec`."""

from __future__ import annotations

from typing import Any

from apps.access.rules.operations import Option
from apps.access.types import ObjectKind
from apps.orchestration.rules import labels, scheduling
from apps.orchestration.rules.workload import dangers
from apps.orchestration.rules.workload.body import Body
from apps.orchestration.rules.workload.review import IMAGE, Place, Reference, path_text


class Service(Body):
    def collect(self) -> None:
        self.problems += labels.problems(self.spec.get("Labels"), "Labels", may_name_collection=True)
        template = self.spec.get("TaskTemplate") or {}
        if template.get("Runtime") not in (None, "", "container") or template.get("PluginSpec"):
            self.problems.append("TaskTemplate.Runtime: only services of containers are supported")
        if template.get("NetworkAttachmentSpec"):
            self.problems.append("TaskTemplate.NetworkAttachmentSpec: is set by the engine alone")
        self._networks(self.spec.get("Networks"), ("Networks",))
        self._networks(template.get("Networks"), ("TaskTemplate", "Networks"))
        self._ports((self.spec.get("EndpointSpec") or {}).get("Ports") or [])
        self._constraints((template.get("Placement") or {}).get("Constraints") or [])
        log = template.get("LogDriver") or {}
        self.log_driver(log.get("Name"), log.get("Options"))
        self._container(template.get("ContainerSpec") or {})

    def _networks(self, networks: list[dict[str, Any] | None] | None, place: Place) -> None:
        for index, attachment in enumerate(networks or []):
            self.endpoint_options((attachment or {}).get("DriverOpts"))
            self.named_network((attachment or {}).get("Target") or "", (*place, index, "Target"))

    def _ports(self, ports: list[dict[str, Any] | None]) -> None:
        for index, port in enumerate(ports):
            published = (port or {}).get("PublishedPort") or 0
            self.publish(published, published, ("EndpointSpec", "Ports", index, "PublishedPort"))

    def _constraints(self, constraints: list[str]) -> None:
        for index, text in enumerate(constraints):
            if problem := scheduling.constraint_problem(text):
                self.problems.append(f"{path_text(('TaskTemplate', 'Placement', 'Constraints', index))}: {problem}")

    def _container(self, container: dict[str, Any]) -> None:
        place = ("TaskTemplate", "ContainerSpec")
        self.problems += labels.problems(container.get("Labels"), path_text((*place, "Labels")), may_name_collection=False)
        if image := container.get("Image"):
            self.refer(Reference(IMAGE, image, "Image View", (*place, "Image")))
        self.mounts(container.get("Mounts"), (*place, "Mounts"))
        self._used(container.get("Secrets"), ObjectKind.SECRET, "Secret", (*place, "Secrets"))
        self._used(container.get("Configs"), ObjectKind.CONFIG, "Config", (*place, "Configs"))
        self.need(Option.ADDITIONAL_KERNEL_CAPABILITIES, dangers.adds_capabilities(container.get("CapabilityAdd")))
        self.need(Option.SYSCTLS, container.get("Sysctls"))
        self.need(Option.ULIMITS, container.get("Ulimits"))
        self.need(Option.SECURITY_OPTIONS, container.get("Groups"))
        self.need(Option.ULIMITS, (container.get("OomScoreAdj") or 0) < 0)
        self.need(Option.RUNTIME, dangers.is_isolated(container.get("Isolation")))
        self._privileges(container.get("Privileges") or {}, (*place, "Privileges"))

    def _used(self, uses: list[dict[str, Any] | None] | None, kind: ObjectKind, word: str, place: Place) -> None:
        """The engine looks the id up and compares the name with it, so the id is what counts."""
        for index, use in enumerate(uses or []):
            field_name = f"{word}ID"
            if not (use or {}).get(field_name):
                self.problems.append(f"{path_text((*place, index, field_name))}: is required")
            else:
                self.refer(Reference(kind, (use or {})[field_name], f"{word} Use", (*place, index, field_name)))

    def _privileges(self, privileges: dict[str, Any], place: Place) -> None:
        credential = privileges.get("CredentialSpec") or {}
        self.need(Option.CREDENTIAL_SPEC, any(credential.values()))
        if config := credential.get("Config"):
            self.refer(Reference(ObjectKind.CONFIG, config, "Config Use", (*place, "CredentialSpec", "Config")))
        self.need(Option.SECURITY_OPTIONS, any((privileges.get("SELinuxContext") or {}).values()))
        seccomp, apparmor = privileges.get("Seccomp") or {}, privileges.get("AppArmor") or {}
        is_default = all((profile.get("Mode") or "") in ("", "default") for profile in (seccomp, apparmor))
        self.need(Option.SECURITY_OPTIONS, not is_default or seccomp.get("Profile"))
