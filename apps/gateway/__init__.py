"""The one port: TLS, strict HTTP/1.1, who is calling, and the way by path; and the Docker Engine API behind it.

`edge` is the protocol layer, `docker` the Engine API with rights, `projector` follows each cluster. Only this app
holds connections to engines.
"""
