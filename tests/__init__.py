"""The suite. `tests/<app>` mirrors `apps/<app>`; `tests/support` starts the real servers; `tests/settings.py` is where it runs."""
