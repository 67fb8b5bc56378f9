"""The Docker Engine API with rights.

    versions     which API version a request speaks
    routes       one row per call: operation, target, treatment; default deny
    handler      the way of one request: version, row, cluster, treatment
    targets      names, prefixes and ids to one object and its collection
    reading      ping, version, info, lists, inspects
    acting       calls on one object: start, stop, logs, attach, remove, …
    creating     containers and services: reviewed, labelled, constrained, placed
    updating     services, nodes, secrets and configs: the same again, and moved where their label says so
    moving       what a label asks for, who may, and our placement before the engine's label
    relocating   our own call: every kind to the collection that is named
    workloads    the checks of a spec in its collection; `nodes`: those that may run it, and what a move would stop
    executing    commands inside containers
    events       what the engine tells, without what the caller may not view; `engine_events`: how it reads
    holds        objects on which streams stand, looked up again when objects are moved
    last_words   why a stream ends, in the stream's own protocol
    passing      what has no row yet, for administrators

The client's bytes are never forwarded: a request is parsed, authorised on the object it names, and written anew with the
object's full id. What the caller may not view is answered in the words the engine has for what does not exist.
"""
