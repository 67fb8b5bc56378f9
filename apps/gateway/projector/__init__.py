"""Follows every attached cluster, and keeps a projection of its objects.

    process      the child process: one follower per cluster, one server
    follower     lists, then events, then a comparison every 30 s; reconnects by itself
    engine       what is asked of an engine, and how its events read
    projection   the objects in memory, with a version
    storage      leases, states and placements in our database
    node_labels  the labels on nodes that hold workloads where they may run
    server       the projection over PROJECTOR_SOCKET, for our own processes

A lease in the cluster's row lets one projector follow it, also where several units run. Everything kept here can be made
anew from the engine and the database: the process may die at any moment.
"""

from apps.gateway.projector.process import run

__all__ = ["run"]
