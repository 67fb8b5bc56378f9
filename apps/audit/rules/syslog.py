"""An entry as a syslog message: RFC 5424, framed by octet counting (RFC 6587, 3.4.1; RFC 5425, 4.3)."""

from __future__ import annotations

import json
import re
from typing import Any

FACILITY = 13  # log audit
SEVERITIES = {"allowed": 6, "refused": 4, "failed": 3}  # informational, warning, error
STRUCTURED_DATA_ID = "audit@32473"  # 32473: the enterprise number that RFC 5612 gives to documentation
MAX_BYTES = 8192
"""What RFC 5425 says a receiver should take."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NOT_PRINTABLE = re.compile(r"[^\x21-\x7e]")
_PARAMETERS = {
    "id": "id",
    "sequence": "sequence",
    "hash": "hash",
    "actor": "actor_name",
    "actorKind": "actor_kind",
    "actorId": "actor_id",
    "address": "address",
    "operation": "operation",
    "targetKind": "target_kind",
    "targetId": "target_id",
    "targetName": "target_name",
    "collection": "collection",
    "cluster": "cluster",
    "outcome": "outcome",
    "requestId": "request_id",
}


def frame(fields: dict[str, Any], *, hostname: str) -> bytes:
    """One message with its length before it. Where it is too long, its details and then its reason are left out.

    Args:
        fields: see `models.content_of`, and `hash`.
    """
    reason = fields["reason"]
    message = _message(fields, hostname, with_detail=True, reason=reason)
    if len(message) > MAX_BYTES:
        message = _message(fields, hostname, with_detail=False, reason=reason)
    if len(message) > MAX_BYTES:
        message = _message(fields, hostname, with_detail=False, reason="")
    return str(len(message)).encode() + b" " + message


def _message(fields: dict[str, Any], hostname: str, *, with_detail: bool, reason: str) -> bytes:
    priority = FACILITY * 8 + SEVERITIES[fields["outcome"]]
    header = f"<{priority}>1 {fields['time']} {_name(hostname, 255)} quarterdeck - {_name(fields['operation'], 32)}"
    # The byte order mark says that the text is UTF-8 (RFC 5424, 6.4).
    return f"{header} {_structured(fields, with_detail=with_detail)} \ufeff{_sentence(fields, reason)}".encode()


def _name(text: str, length: int) -> str:
    return _NOT_PRINTABLE.sub("", text)[:length] or "-"


def _structured(fields: dict[str, Any], *, with_detail: bool) -> str:
    values = {name: str(fields[field]) for name, field in _PARAMETERS.items() if fields.get(field)}
    if with_detail and fields["detail"]:
        values["detail"] = json.dumps(fields["detail"], ensure_ascii=False, separators=(",", ":"))
    return f"[{STRUCTURED_DATA_ID} " + " ".join(f'{name}="{_value(text)}"' for name, text in values.items()) + "]"


def _value(text: str) -> str:
    """RFC 5424, 6.3.3: a quotation mark, a backslash and a closing bracket are escaped."""
    return re.sub(r'(["\\\]])', r"\\\1", _plain(text))


def _sentence(fields: dict[str, Any], reason: str) -> str:
    target = " ".join(part for part in (fields["target_kind"], fields["target_name"] or fields["target_id"]) if part)
    place = f" in {fields['collection']}" if fields["collection"] else ""
    because = f": {reason}" if reason else ""
    return _plain(f"{fields['outcome']}: {fields['actor_name']} {fields['operation']} on {target}{place}{because}")


def _plain(text: str) -> str:
    """Receivers that split messages at line ends, or print them to a terminal, must not be led astray by a name."""
    return _CONTROL.sub(" ", text)
