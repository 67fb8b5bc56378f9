"""The append-only record of who did what, from where, on what, allowed or refused, and why.

Owns the entries and their hash chain. Does not decide anything. Every app above records through `audit.services`.
"""
