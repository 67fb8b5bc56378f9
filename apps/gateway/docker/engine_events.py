"""How the engine's events read (Engine API, "SystemEvents"): one JSON object a line."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import msgspec

from apps.gateway.docker.objects import SERVICE_ID_LABEL


class _Actor(msgspec.Struct):
    ID: str = ""
    Attributes: dict[str, str] | None = None


class Event(msgspec.Struct):
    """One event.

    Args:
        Type: "container", "service", …
        Action: "start", "exec_create: sh -c …", …
        time_nanoseconds: since 1970, by the engine's clock.
    """

    Type: str = ""
    Action: str = ""
    Actor: _Actor = msgspec.field(default_factory=_Actor)
    time_nanoseconds: int = msgspec.field(default=0, name="timeNano")

    @property
    def id(self) -> str:
        """Of what it is about; "" where it is about many."""
        return self.Actor.ID

    @property
    def attributes(self) -> Mapping[str, str]:
        return self.Actor.Attributes or {}

    @property
    def service_id(self) -> str:
        """Of a task's container; "" otherwise."""
        return self.attributes.get(SERVICE_ID_LABEL, "") if self.Type == "container" else ""

    @property
    def container_id(self) -> str:
        """The container that a network's or volume's event names beside what it is about; "" without."""
        return self.attributes.get("container", "") if self.Type in ("network", "volume") else ""

    @property
    def is_about_a_command(self) -> bool:
        """It shows a command that somebody ran in the container."""
        return self.Action.startswith("exec_")

    @property
    def moment(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.time_nanoseconds / 1_000_000_000, datetime.UTC)


_decode = msgspec.json.Decoder(Event).decode


def read(line: bytes) -> Event | None:
    """None where it is not an event."""
    try:
        return _decode(line)
    except msgspec.MsgspecError:
        return None
