"""Pure logic of streams: the engine's framing, lines of logs, changes that wait, and whose page a browser shows."""
