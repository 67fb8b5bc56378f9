from __future__ import annotations

from apps.core.errors import NotSignedIn


class BadCertificate(NotSignedIn):
    """A client certificate that signs nobody in. Args: reason: "expired", "revoked or unknown", …"""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"this client certificate signs nobody in: it is {reason}")


NOT_OURS = "not issued by this installation"
UNKNOWN = "revoked or unknown"
EXPIRED = "expired"
INACTIVE = "of an account that is not active"
