"""`manage.py serve`: the whole product on one machine, as processes of one family.

Theory of operation. The supervisor is a small program without Django. It takes the data directory and the port for
itself (`installation`), finds the Docker engine (`engine`), brings the database up to date in a process that ends
(`manage.py prepare`), starts the processes of `processes`, and says "ready" once the product answers through its own
port. From then on it only waits: for a process that ends, which it starts again (`child`), and for a signal to stop.

Nothing outlives it:
- each child is told by the kernel when the supervisor dies, even by SIGKILL (`setpriv --pdeathsig`), and ends its own;
- each child leads a session of its own; when it dies, what is left of its session is killed before it starts again;
- the supervisor is the "subreaper" of its family, so that orphans come to it and not to init (`family`);
- the private engine is the first process of a process namespace, whose end the kernel makes the end of all in it.
"""
