"""Settings an administrator edits at run time, and the revision counters by which processes notice changes.

Owns no secret of another app. Every app above may read settings through `configuration.selectors`.
"""
