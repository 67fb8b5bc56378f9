from __future__ import annotations


class CannotStart(Exception):
    """The product cannot start here. The message is for the person at the terminal: what is wrong, and what to do."""
