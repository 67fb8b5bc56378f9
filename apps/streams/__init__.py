"""Websockets of the console: logs, terminals, events. Reaches engines through the gateway's internal socket.

Each websocket is one coroutine (`consumers`): it finds out who asks, asks the gateway, and only then accepts; from then on
it moves bytes with bounded buffers until one side ends, or until the right to hold it ends. Owns no models. `web` serves
its one REST resource, the tickets.
"""
