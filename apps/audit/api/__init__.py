"""The audit log over REST, and the recording of what REST refuses."""
