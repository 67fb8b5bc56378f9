"""The disk and the network: the note of the chain's end, the spool, the syslog receiver."""
