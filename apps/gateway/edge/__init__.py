"""The protocol layer of the one port: TLS, strict HTTP/1.1, who is calling, and the way by path.

It knows no Docker and no rights. It reads each request strictly, gives it to a handler as an `Exchange`, and moves bytes
between the client and an upstream with bounded buffers. Who uses it: `gateway.docker` (handlers), `gateway.worker`
(wiring). From the bottom up:

    http1       sans-I/O: request and response heads, paths, queries, chunked bodies; refuses what two readers may read
                differently
    tls         TLS on memory BIOs over a plain transport, with a right half-close
    upstream    connections to engines and to our own processes
    exchange    what a handler sees: Request, Peer, Exchange
    live        what is running for whom, asked again when rights change
    splice      the movers: streamed answers, streamed bodies, tunnels
    connection  one client connection: the state machine that owns all of the above
    router      the way by path, and `proxy` to web and streams
    server      listeners, limits on connections, and an orderly end
"""
