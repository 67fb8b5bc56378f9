"""How web, streams and worker reach engines: through the gateway's internal socket, in the name of an actor.

gateway       whole requests and answers, blocking
channel       open-ended answers and hijacked connections, asynchronous
projection    the projector's objects, blocking
unix_http     HTTP over a Unix socket, for the blocking ones
"""
