"""The access model over REST: `/operations/`, `/roles/`, `/collections/`, `/grants/` and `/access/explain`."""
