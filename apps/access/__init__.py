"""Roles, collections, grants and placements, and the one decision: may ACTOR do OPERATION on TARGET?

Owns the access model of docs/access.md. Registers itself as the decider of `core.authorization`. Knows nothing of
engines: what an object is and where it came from is `orchestration`.
"""
