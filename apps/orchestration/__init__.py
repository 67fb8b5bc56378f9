"""Attached clusters, the semantic rules of workloads, and what a person sees of services, tasks, nodes and containers.

Reaches engines only through the gateway's internal socket, so rights are enforced in one place.
"""
