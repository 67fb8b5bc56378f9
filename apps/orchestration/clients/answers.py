"""The gateway's refusals as our own errors: its sentence is passed on, its status kept."""

from __future__ import annotations

import json
from typing import Any

from apps.core import errors
from apps.core.decision import Decision

_BY_STATUS: dict[int, type[errors.QuarterdeckError]] = {
    401: errors.NotSignedIn,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    409: errors.Conflict,
    413: errors.TooLarge,
    429: errors.Throttled,
    501: errors.NotSupported,
    502: errors.EngineUnavailable,
    503: errors.EngineUnavailable,
    504: errors.EngineUnavailable,
    507: errors.StorageFull,
}


def error_of(status: int, body: bytes) -> errors.QuarterdeckError:
    """The error for an answer of 400 or more."""
    document = _document(body)
    message = str(document.get("message") or document.get("detail") or "")
    if document.get("code") == errors.NeedsConfirmation.code:
        found = {name: document[name] for name in ("confirm", "evicts", "hidden")}
        return errors.NeedsConfirmation(message, **found)
    if status == 403:
        # The gateway has recorded it: whoever passes it on must not record it again.
        return errors.Refused(message, decision=_decision(document), is_recorded=True)
    if status == 400:
        return errors.InvalidInput(message, errors=document.get("errors"))
    return _BY_STATUS.get(status, errors.QuarterdeckError)(message)


def _decision(document: dict[str, Any]) -> Decision | None:
    """What a refusal of our own calls tells beside its sentence; the engine's dialect has only that."""
    if "operation" not in document:
        return None
    return Decision(False, document["operation"], document["collection"], tuple(document["missing"]))


def _document(body: bytes) -> dict[str, Any]:
    """`{"message"}` in the engine's dialect, a problem document from our own calls."""
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
