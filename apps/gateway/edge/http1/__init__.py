"""HTTP/1.1 (RFC 9110, RFC 9112) without I/O, as strict as a gateway must be.

What two readers could read differently is refused: every request that leaves the gateway was understood completely and is
written anew. `request` and `target` read what clients send, `response` what upstreams answer, `body` frames both.
Bytes go in, values come out; nothing here knows a socket or waits.
"""
