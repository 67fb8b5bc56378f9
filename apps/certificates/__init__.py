"""Our certificate authorities, the server certificate, and client bundles.

Owns keys: those of the authorities and of the server are sealed at rest, those of clients are handed out once and not kept.
"""
