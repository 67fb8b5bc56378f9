"""What websockets are made of: tickets, the watch over who may hold one, the feed of changes, logs and terminals."""
