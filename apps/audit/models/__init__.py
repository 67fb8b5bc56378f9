"""The audit log's rows, and the index by which they are found."""

from apps.audit.models.entries import SETTLE_SECONDS, ChainHead, ChainStart, Check, Entry, Forwarding, content_of, entry_of

__all__ = ["SETTLE_SECONDS", "ChainHead", "ChainStart", "Check", "Entry", "Forwarding", "content_of", "entry_of"]
