"""The suite. `tests/<app>` mirrors `apps/<app>`; `tests/support` starts real servers; `tests/settings.py` is where it runs."""
