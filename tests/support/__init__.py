"""Real servers as context managers: redis, postgresql, dockerd in swarm mode, Chromium, and the whole product.

Each module starts one kind of server in a directory of its own, on Unix sockets or loopback, and ends it with
everything it started. `tests/conftest.py` makes fixtures of them. A missing program raises `Missing`, which skips a
test on a user's machine and fails it in CI.
"""
