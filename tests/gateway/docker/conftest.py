"""What the tests of the Docker gateway share: the installation of `tests.support.installation`, by its old names."""

from __future__ import annotations

from tests.support.installation import IN_PAYMENTS, LABEL, PASSWORD, PAYMENTS, Installation, eventually

__all__ = ["IN_PAYMENTS", "LABEL", "PASSWORD", "PAYMENTS", "Installation", "eventually"]
