"""What we read of the engine's objects: who they are and where they belong; all other bytes are kept as they are.

An element of a list is decoded only as far as it is looked at (msgspec.Raw), which is several times faster than decoding
it and writing it again, and keeps fields and number formats that we do not know.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from apps.access.types import ACCESS_LABEL, NONCE_LABEL, STACK_LABEL, ObjectKind

SERVICE_ID_LABEL = "com.docker.swarm.service.id"
"""On a task's container, set by the engine: the container is in its service's collection."""

PREDEFINED_NETWORKS = frozenset({"bridge", "none", "host", "ingress", "docker_gwbridge"})
"""They belong to the engine: in no collection, visible to everyone."""


class Kind(enum.StrEnum):
    """Kinds of objects that the engine lists. Tasks are their service's, and images belong to nodes."""

    CONTAINER = "container"
    SERVICE = "service"
    TASK = "task"
    NODE = "node"
    NETWORK = "network"
    VOLUME = "volume"
    SECRET = "secret"  # noqa: S105 - a kind, not a secret
    CONFIG = "config"

    @property
    def placed_as(self) -> ObjectKind:
        """The kind under which its placement is kept."""
        return _PLACED_AS[self]


_PLACED_AS = {kind: ObjectKind.SERVICE if kind is Kind.TASK else ObjectKind(kind.value) for kind in Kind}


class EngineObject(msgspec.Struct, frozen=True, gc=False):
    """One object of an engine. A msgspec structure, because thousands of them are made for one list.

    Args:
        id: full; the name of a volume.
        service_id: of a task and of a task's container, "" otherwise.
        node_id: where a task runs, "" while it is nowhere.
        role: of a node, "manager" or "worker".
        stack: the name of the stack that it is part of, "" otherwise.
        raw: the engine's own JSON.
    """

    kind: Kind
    id: str
    name: str
    raw: bytes
    label: str = ""
    nonce: str = ""
    service_id: str = ""
    node_id: str = ""
    role: str = ""
    stack: str = ""

    @property
    def placed_as(self) -> tuple[ObjectKind, str]:
        """Kind and id of the placement that says where it is: a task's is its service's."""
        if self.kind is Kind.TASK:
            return ObjectKind.SERVICE, self.service_id
        return self.kind.placed_as, self.id

    @property
    def is_predefined(self) -> bool:
        return self.kind is Kind.NETWORK and self.name in PREDEFINED_NETWORKS


_Labels = dict[str, str] | None


class _Container(msgspec.Struct):
    Id: str
    Names: list[str] | None = None
    Labels: _Labels = None


class _Config(msgspec.Struct):
    Labels: _Labels = None


class _InspectedContainer(msgspec.Struct):
    Id: str
    Name: str = ""
    Config: _Config | None = None


class _Spec(msgspec.Struct):
    Name: str = ""
    Labels: _Labels = None
    Role: str = ""


class _WithSpec(msgspec.Struct):
    ID: str
    Spec: _Spec


class _Bare(msgspec.Struct, gc=False):
    ID: str


class _Description(msgspec.Struct):
    Hostname: str = ""


class _Node(msgspec.Struct):
    ID: str
    Spec: _Spec
    Description: _Description | None = None


class _Task(msgspec.Struct):
    ID: str
    ServiceID: str = ""
    NodeID: str = ""


class _Network(msgspec.Struct):
    Id: str
    Name: str = ""
    Labels: _Labels = None


class _Volume(msgspec.Struct):
    Name: str
    Labels: _Labels = None


class _Volumes(msgspec.Struct):
    Volumes: list[msgspec.Raw] | None = None


def _container(raw: bytes) -> EngineObject:
    item = _decode_container(raw)
    # With links a container has several names; its own has one slash.
    name = min(item.Names or [""], key=lambda each: each.count("/")).lstrip("/")
    return _labelled(Kind.CONTAINER, item.Id, name, raw, item.Labels)


def _inspected_container(raw: bytes) -> EngineObject:
    item = _decode_inspected_container(raw)
    labels = item.Config.Labels if item.Config else None
    return _labelled(Kind.CONTAINER, item.Id, item.Name.lstrip("/"), raw, labels)


def _labelled(kind: Kind, id_: str, name: str, raw: bytes, labels: _Labels, role: str = "") -> EngineObject:
    labels = labels or {}
    service_id = labels.get(SERVICE_ID_LABEL, "") if kind is Kind.CONTAINER else ""
    stack = labels.get(STACK_LABEL, "")
    label, nonce = labels.get(ACCESS_LABEL, ""), labels.get(NONCE_LABEL, "")
    return EngineObject(kind, id_, name, raw, label, nonce, service_id=service_id, role=role, stack=stack)


def _with_spec(kind: Kind) -> Callable[[bytes], EngineObject]:
    def read(raw: bytes) -> EngineObject:
        item = _decode_with_spec(raw)
        return _labelled(kind, item.ID, item.Spec.Name, raw, item.Spec.Labels)

    return read


def _node(raw: bytes) -> EngineObject:
    item = _decode_node(raw)
    name = item.Description.Hostname if item.Description else ""
    return _labelled(Kind.NODE, item.ID, name, raw, item.Spec.Labels, item.Spec.Role)


def _task(raw: bytes) -> EngineObject:
    item = _decode_task(raw)
    return EngineObject(Kind.TASK, item.ID, "", raw, service_id=item.ServiceID, node_id=item.NodeID)


def _network(raw: bytes) -> EngineObject:
    item = _decode_network(raw)
    return _labelled(Kind.NETWORK, item.Id, item.Name, raw, item.Labels)


def _volume(raw: bytes) -> EngineObject:
    item = _decode_volume(raw)
    return _labelled(Kind.VOLUME, item.Name, item.Name, raw, item.Labels)


_decode_container = msgspec.json.Decoder(_Container).decode
_decode_inspected_container = msgspec.json.Decoder(_InspectedContainer).decode
_decode_with_spec = msgspec.json.Decoder(_WithSpec).decode
_decode_node = msgspec.json.Decoder(_Node).decode
_decode_task = msgspec.json.Decoder(_Task).decode
_decode_network = msgspec.json.Decoder(_Network).decode
_decode_volume = msgspec.json.Decoder(_Volume).decode
_decode_volumes = msgspec.json.Decoder(_Volumes).decode
_decode_bare_array = msgspec.json.Decoder(list[_Bare] | None).decode
_decode_array = msgspec.json.Decoder(list[msgspec.Raw] | None).decode


@dataclass(frozen=True, slots=True)
class Facts:
    """What the engine's API says about a kind.

    Args:
        listing: the path of its list.
        inspect: the path of one, with `{}` for the reference.
        view: the operation that makes it visible.
        missing: the engine's own words for one that does not exist.
    """

    listing: str
    inspect: str
    view: str
    missing: str
    read_listed: Callable[[bytes], EngineObject]
    read_inspected: Callable[[bytes], EngineObject]

    def path_of(self, reference: str) -> str:
        return self.inspect.format(reference)


FACTS: dict[Kind, Facts] = {
    Kind.CONTAINER: Facts(
        "/containers/json", "/containers/{}/json", "Container View", "No such container: {}", _container, _inspected_container
    ),
    Kind.SERVICE: Facts(
        "/services",
        "/services/{}",
        "Service View",
        "service {} not found",
        _with_spec(Kind.SERVICE),
        _with_spec(Kind.SERVICE),
    ),
    Kind.TASK: Facts("/tasks", "/tasks/{}", "Service View Tasks", "task {} not found", _task, _task),
    Kind.NODE: Facts("/nodes", "/nodes/{}", "Node View", "node {} not found", _node, _node),
    Kind.NETWORK: Facts("/networks", "/networks/{}", "Network View", "network {} not found", _network, _network),
    Kind.VOLUME: Facts("/volumes", "/volumes/{}", "Volume View", "get {}: no such volume", _volume, _volume),
    Kind.SECRET: Facts(
        "/secrets", "/secrets/{}", "Secret View", "secret {} not found", _with_spec(Kind.SECRET), _with_spec(Kind.SECRET)
    ),
    Kind.CONFIG: Facts(
        "/configs", "/configs/{}", "Config View", "config {} not found", _with_spec(Kind.CONFIG), _with_spec(Kind.CONFIG)
    ),
}


PLACED_BY_ID = frozenset({Kind.SERVICE, Kind.SECRET, Kind.CONFIG})
"""Their id suffices to say where one of them is."""


def read_list(kind: Kind, body: bytes) -> list[EngineObject]:
    """The objects of the engine's list.

    Raises:
        msgspec.MsgspecError: it is not that list.
    """
    raws = _decode_volumes(body).Volumes if kind is Kind.VOLUME else _decode_array(body)
    read = FACTS[kind].read_listed
    return [read(bytes(raw)) for raw in raws or ()]


def read_ids(body: bytes) -> list[str]:
    """The ids of the engine's list of a kind that is placed by id, in its order; half the work of `read_list`.

    Raises:
        msgspec.MsgspecError: it is not such a list.
    """
    return [each.ID for each in _decode_bare_array(body) or ()]


def pick(body: bytes, picked: Sequence[bool]) -> bytes:
    """The engine's list with the picked elements only.

    Args:
        picked: one for each element.
    """
    return b"[" + b",".join(itertools.compress(map(bytes, _decode_array(body) or ()), picked)) + b"]"


def write_list(kind: Kind, objects: Sequence[EngineObject]) -> bytes:
    """The engine's list of these objects."""
    array = b"[" + b",".join([each.raw for each in objects]) + b"]"
    return b'{"Volumes":' + array + b',"Warnings":null}' if kind is Kind.VOLUME else array


def read_inspected(kind: Kind, body: bytes) -> EngineObject:
    """Raises msgspec.MsgspecError."""
    return FACTS[kind].read_inspected(body)


class _Mount(msgspec.Struct):
    Type: str = ""
    Source: str | None = None


class _ContainerSpec(msgspec.Struct):
    Mounts: list[_Mount] | None = None


class _TaskTemplate(msgspec.Struct):
    ContainerSpec: _ContainerSpec | None = None


class _ServiceSpec(msgspec.Struct):
    TaskTemplate: _TaskTemplate


class _Service(msgspec.Struct):
    Spec: _ServiceSpec


_read_service = msgspec.json.Decoder(_Service).decode


def volumes_of_service(raw: bytes) -> set[str]:
    """The names of the volumes that its tasks mount, of the engine's own JSON."""
    spec = _read_service(raw).Spec.TaskTemplate.ContainerSpec
    mounts = (spec.Mounts if spec else None) or ()
    return {each.Source for each in mounts if each.Type == "volume" and each.Source}
