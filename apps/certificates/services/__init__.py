"""Making authorities, the server certificate and client bundles; taking bundles away."""

from apps.certificates.services.authorities import ensure_authorities, ensure_server_certificate
from apps.certificates.services.bundles import create_bundle, delete_bundle, record_use

__all__ = ["create_bundle", "delete_bundle", "ensure_authorities", "ensure_server_certificate", "record_use"]
