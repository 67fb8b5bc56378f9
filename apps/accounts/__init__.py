"""Users, organisations with their teams, members and service accounts, passwords and sessions.

Owns who somebody is, not what they may do (`access`). Tells higher apps of changes through `core.lifecycle`.
"""
