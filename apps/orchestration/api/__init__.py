"""`/clusters/` and `/swarm/…`: attached clusters, and what the caller may see and do of what runs on them."""
