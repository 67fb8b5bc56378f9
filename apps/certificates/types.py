from __future__ import annotations

import datetime
import enum
import uuid
from dataclasses import dataclass


class Purpose(enum.StrEnum):
    SERVER = "server"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """Whom a client certificate stands for.

    Args:
        expires_at: when the certificate ends; to be looked at again on every request of a connection that lives long.
    """

    user_id: uuid.UUID
    bundle_id: uuid.UUID
    expires_at: datetime.datetime
    certificate_pem: str
