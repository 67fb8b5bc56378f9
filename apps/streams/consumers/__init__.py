"""The websockets. Each is an ASGI application of its own that Channels' router finds by path.

They are not Channels consumers: those handle one message at a time, hop to a thread for each, and keep a subscription in
Redis per websocket, which a terminal's bytes feel and nothing here needs.
"""
