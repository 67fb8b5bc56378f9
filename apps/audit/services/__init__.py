"""Writing the audit log."""

from apps.audit.services.checking import check_some
from apps.audit.services.exporting import export_entries
from apps.audit.services.forwarding import Forwarder
from apps.audit.services.indexing import rebuild_index
from apps.audit.services.recording import draft, record, settle, write
from apps.audit.services.retention import retain
from apps.audit.services.sealing import begin_anew, seal
from apps.audit.services.spooling import drain, spool_directory, writer

__all__ = [
    "Forwarder",
    "begin_anew",
    "check_some",
    "draft",
    "drain",
    "export_entries",
    "rebuild_index",
    "record",
    "retain",
    "seal",
    "settle",
    "spool_directory",
    "write",
    "writer",
]
