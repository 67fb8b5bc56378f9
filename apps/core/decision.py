"""The answer to "may they?", and why. Pure value; `core.authorization` asks for it, `core.errors.Refused` carries it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer and why.

    Args:
        allowed: the answer.
        operation: for instance "Container Exec".
        resource: the collection's path, "/" for the system.
        missing: what would have been needed: the operation, or "Service Create with Host Bind Mounts".
        because: the grants that allow it ("team acme/payments has Restricted Control on /Shared/payments"),
            or "bob is an administrator".
    """

    allowed: bool
    operation: str
    resource: str
    missing: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    subject: str = ""

    @property
    def sentence(self) -> str:
        """One sentence for the person who was refused, or who asks why it was allowed."""
        if self.allowed:
            return "; ".join(self.because) or "allowed"
        what = " and ".join(self.missing) or self.operation
        return f"{self.subject or 'you'} may not do this: {what} is missing on {self.resource}"
