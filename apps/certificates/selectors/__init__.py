"""Reading certificates: what TLS needs, whom a client certificate stands for, and a person's bundles."""

from apps.certificates.selectors.authorities import ca_pem, client_authority_pem, server_credentials
from apps.certificates.selectors.bundles import bundle_visible_to, bundles_visible_to
from apps.certificates.selectors.clients import client_by_key, verify_client

__all__ = [
    "bundle_visible_to",
    "bundles_visible_to",
    "ca_pem",
    "client_authority_pem",
    "client_by_key",
    "server_credentials",
    "verify_client",
]
