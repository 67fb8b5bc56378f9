"""Who is acting: one small value that is passed down from every edge of the system.

`None` is never an actor. Work that nobody asked for is `Actor.system("node labels")`, which is recorded under that name
and holds every right. A request without credentials is `Actor.anonymous(...)`, which holds none.
"""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass
from typing import Any, Self


class ActorKind(enum.StrEnum):
    USER = "user"
    SERVICE_ACCOUNT = "service-account"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """The acting person or process.

    Args:
        kind: what `id` names.
        id: the account's id; None for the system and for anonymous callers.
        name: the account's name, or what the system is doing ("node labels").
        is_administrator: the flag of the account; always true for the system.
        address: the IP address the request came from, "" for the system.
        request_id: joins the audit rows and log lines of one request.
        credential: what signed in, for instance "session:<id>", "bundle:<id>"; "" for the system.
    """

    kind: ActorKind
    id: uuid.UUID | None
    name: str
    is_administrator: bool = False
    address: str = ""
    request_id: str = ""
    credential: str = ""

    @classmethod
    def system(cls, doing: str, *, request_id: str = "") -> Self:
        return cls(ActorKind.SYSTEM, None, doing, is_administrator=True, request_id=request_id or new_request_id())

    @classmethod
    def anonymous(cls, *, address: str = "", request_id: str = "") -> Self:
        return cls(ActorKind.ANONYMOUS, None, "anonymous", address=address, request_id=request_id)

    @property
    def is_signed_in(self) -> bool:
        return self.kind is not ActorKind.ANONYMOUS

    def to_payload(self) -> dict[str, Any]:
        """The actor as JSON values, for `core.signing` between our own processes."""
        return {
            "kind": self.kind.value,
            "id": str(self.id) if self.id else None,
            "name": self.name,
            "admin": self.is_administrator,
            "address": self.address,
            "request_id": self.request_id,
            "credential": self.credential,
        }

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Raises KeyError or ValueError on a payload that `to_payload` did not write."""
        return cls(
            kind=ActorKind(payload["kind"]),
            id=uuid.UUID(payload["id"]) if payload["id"] else None,
            name=payload["name"],
            is_administrator=payload["admin"] is True,
            address=payload["address"],
            request_id=payload["request_id"],
            credential=payload["credential"],
        )


def account_kind(name: str) -> ActorKind:
    """What an account of this name is: service accounts alone have a slash in theirs ("acme/ci")."""
    return ActorKind.SERVICE_ACCOUNT if "/" in name else ActorKind.USER


def new_request_id() -> str:
    return uuid.uuid4().hex
