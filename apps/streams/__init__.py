"""Websockets of the console: logs, terminals, events. Reaches engines through the gateway's internal socket."""
