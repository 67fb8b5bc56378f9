"""The one tree of errors that reach a caller, rendered at the edge in each protocol's own shape.

    QuarterdeckError            500 internal
    ├── InvalidInput            400 invalid-input        names each field and what is wrong with it
    ├── NotSignedIn             401 not-signed-in
    ├── Refused                 403 refused              carries the decision: operation, collection, what is missing
    ├── NotFound                404 not-found            also for what the caller may not view
    ├── MethodNotAllowed        405 method-not-allowed
    ├── NotAcceptable           406 not-acceptable
    ├── Conflict                409 conflict
    │   └── NeedsConfirmation   409 needs-confirmation   lists what would be stopped, and carries what confirms it
    ├── PreconditionFailed      412 precondition-failed
    ├── TooLarge                413 too-large
    ├── UnsupportedMediaType    415 unsupported-media-type
    ├── Throttled               429 throttled
    ├── NotSupported            501 not-supported
    ├── EngineUnavailable       502 engine-unavailable   names the cluster
    ├── Unavailable             503 unavailable          a part of ours is restarting
    └── StorageFull             507 storage-full

REST renders them as RFC 9457 problem+json (`core.problems`), the Docker gateway as `{"message": …}`. The sentence in
`detail` is written for the person who reads it in a terminal: what was wrong, with what, and where possible what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from apps.core.decision import Decision


class QuarterdeckError(Exception):
    """An error with a sentence for the caller. Subclasses only declare `status`, `code` and `title`."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str = "") -> None:
        self.detail = detail or self.title
        super().__init__(self.detail)

    def extra(self) -> dict[str, Any]:
        """Members beside the standard ones of a problem response."""
        return {}


class InvalidInput(QuarterdeckError):
    """Args: errors: field name (dotted path into the body) to a list of sentences."""

    status = 400
    code = "invalid-input"
    title = "Invalid input"

    def __init__(self, detail: str = "", *, errors: Mapping[str, list[str]] | None = None) -> None:
        self.errors = dict(errors or {})
        if not detail and self.errors:
            detail = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in self.errors.items())
        super().__init__(detail)

    @classmethod
    def field(cls, name: str, problem: str) -> InvalidInput:
        return cls(errors={name: [problem]})

    def extra(self) -> dict[str, Any]:
        return {"errors": self.errors} if self.errors else {}


class NotSignedIn(QuarterdeckError):
    status = 401
    code = "not-signed-in"
    title = "Not signed in"


class Refused(QuarterdeckError):
    """Args: is_recorded: the audit log has it already: another of our processes refused, and this one passes it on."""

    status = 403
    code = "refused"
    title = "Refused"

    def __init__(self, detail: str = "", *, decision: Decision | None = None, is_recorded: bool = False) -> None:
        self.decision = decision
        self.is_recorded = is_recorded
        super().__init__(detail or (decision.sentence if decision else ""))

    def extra(self) -> dict[str, Any]:
        if self.decision is None:
            return {}
        return {
            "operation": self.decision.operation,
            "collection": self.decision.resource,
            "missing": list(self.decision.missing),
        }


class NotFound(QuarterdeckError):
    status = 404
    code = "not-found"
    title = "Not found"


class MethodNotAllowed(QuarterdeckError):
    status = 405
    code = "method-not-allowed"
    title = "Method not allowed"


class NotAcceptable(QuarterdeckError):
    status = 406
    code = "not-acceptable"
    title = "Not available in that format"


class Conflict(QuarterdeckError):
    """Args: field: the one of the request that names what is there already."""

    status = 409
    code = "conflict"
    title = "Conflict"

    def __init__(self, detail: str = "", *, field: str = "") -> None:
        self.field = field
        super().__init__(detail)

    def extra(self) -> dict[str, Any]:
        return {"errors": {self.field: [self.detail]}} if self.field else {}


class NeedsConfirmation(Conflict):
    """It would stop what runs, and is done when it is asked for again with the confirmation.

    Args:
        confirm: confirms exactly what is listed; of another list it is another.
        evicts: the tasks that would lose their node, each {"task", "node"}, as far as the caller may see them.
        hidden: how many more there are.
    """

    code = "needs-confirmation"
    title = "Running work would be stopped"

    def __init__(self, detail: str, *, confirm: str, evicts: Sequence[Mapping[str, str]], hidden: int = 0) -> None:
        self.confirm, self.evicts, self.hidden = confirm, list(evicts), hidden
        super().__init__(detail)

    def extra(self) -> dict[str, Any]:
        return {"confirm": self.confirm, "evicts": self.evicts, "hidden": self.hidden}


class PreconditionFailed(QuarterdeckError):
    status = 412
    code = "precondition-failed"
    title = "Changed by somebody else meanwhile"


class TooLarge(QuarterdeckError):
    status = 413
    code = "too-large"
    title = "Too large"


class UnsupportedMediaType(QuarterdeckError):
    status = 415
    code = "unsupported-media-type"
    title = "Unsupported media type"


class Throttled(QuarterdeckError):
    """Args: retry_after_seconds: goes into the Retry-After header."""

    status = 429
    code = "throttled"
    title = "Too many attempts"

    def __init__(self, detail: str = "", *, retry_after_seconds: int = 1) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(detail)


class NotSupported(QuarterdeckError):
    status = 501
    code = "not-supported"
    title = "Not supported yet"


class EngineUnavailable(QuarterdeckError):
    status = 502
    code = "engine-unavailable"
    title = "The engine does not answer"


class Unavailable(QuarterdeckError):
    status = 503
    code = "unavailable"
    title = "Not available right now"


class StorageFull(QuarterdeckError):
    status = 507
    code = "storage-full"
    title = "No space left on our storage"
