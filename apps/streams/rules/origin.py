"""Whether a page of ours opened the websocket: browsers send cookies with any site's websockets, and the Origin with them."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_ours(origin: str, host: str) -> bool:
    """Whether `Origin` is https:// and the very `Host` that was asked, port included."""
    parts = urlsplit(origin)
    return parts.scheme == "https" and bool(host) and parts.netloc.lower() == host.lower()
