from __future__ import annotations

import enum


class Source(enum.StrEnum):
    LOCAL = "local"
    LDAP = "ldap"
    OIDC = "oidc"
    SAML = "saml"
    SCIM = "scim"


EVERYONE = "everyone"
"""The built-in organisation: every active user belongs to it, without membership rows (ADR 0006)."""
