from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass


class Outcome(enum.StrEnum):
    ALLOWED = "allowed"  # permitted, and done (or sent to the engine)
    REFUSED = "refused"  # not permitted; nothing happened
    FAILED = "failed"  # permitted, but it did not work; a second entry of the same request id


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries are wanted: those that fit every filter given, "" and None meaning any.

    Args:
        actor: the actor's name or id.
        target: the target's id, or the beginning of a word of its name.
        collection: its path; what is below it fits too.
        search: words that all stand in the entry; the last one may be the beginning of a word.
        since, until: from this time on, and before this one.
    """

    actor: str = ""
    operation: str = ""
    outcome: str = ""
    target: str = ""
    target_kind: str = ""
    target_id: str = ""
    target_name: str = ""
    collection: str = ""
    cluster: str = ""
    address: str = ""
    request_id: str = ""
    search: str = ""
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain. Args: hash: of the entry with that number; of no entry where the number is 0."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class SyslogReceiver:
    """Where the log is forwarded to.

    Args:
        is_tls: RFC 5425; otherwise plain TCP, readable by everybody on the way.
        ca_pem: what signed the receiver's certificate; "" means the machine's own authorities.
        client_pem, client_key_pem: our certificate and its key, where the receiver asks for one; otherwise "".
    """

    host: str
    port: int
    is_tls: bool = True
    ca_pem: str = ""
    client_pem: str = ""
    client_key_pem: str = ""

    @property
    def destination(self) -> str:
        return f"{'tls' if self.is_tls else 'tcp'}://{self.host}:{self.port}"
