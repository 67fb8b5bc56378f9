"""What can be wrong with the log itself."""

from __future__ import annotations


class ChainBroken(Exception):
    """The chain was tampered with, or an older database was restored: nothing is sealed until somebody has looked.

    The message says what is wrong.
    """


class SpoolFull(Exception):
    """The entries that wait on disk have reached their limit, or the disk takes no more."""
