"""Issuing X.509 certificates and packing client bundles. Pure: no database, no files."""
