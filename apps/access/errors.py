"""Errors of the access model beside those of `core.errors`."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.core.errors import Conflict


class RoleChanged(Conflict):
    """Two administrators edit the same role: the second is told what it has become and what they asked for.

    Args:
        current: the role as it is now, with the number of its version, who made it and when.
        submitted: what the refused change would have made of it.
    """

    code: ClassVar[str] = "role-changed"
    title: ClassVar[str] = "The role was changed by somebody else meanwhile"

    def __init__(self, detail: str, *, current: dict[str, Any], submitted: dict[str, Any]) -> None:
        super().__init__(detail)
        self.current, self.submitted = current, submitted

    def extra(self) -> dict[str, Any]:
        return {"current": self.current, "submitted": self.submitted}
