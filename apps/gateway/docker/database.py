"""Our database from the event loop: in a few threads, never in the loop itself."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, OperationalError, close_old_connections

from apps.core.errors import QuarterdeckError, StorageFull

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="database")  # starts no thread before its first use


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls it in a thread with a database connection of its own.

    Once begun it runs to its end, also when the caller is cancelled.

    Raises:
        StorageFull: the database has no space left.
        QuarterdeckError: the database does not answer; and whatever the function raises.
    """
    call = functools.partial(_in_thread, functools.partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_executor, call)


def _in_thread(function: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return function()
    except DatabaseError as error:
        logger.exception("the database refused")
        if isinstance(error, OperationalError) and ("disk is full" in str(error) or "No space left" in str(error)):
            raise StorageFull("our database has no space left; nothing was changed") from error
        raise QuarterdeckError("our database does not answer; nothing was changed") from error
    finally:
        close_old_connections()
