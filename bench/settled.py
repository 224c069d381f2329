"""Waiting until the workers have settled everything."""

import asyncio
import time

from core.db import fetch_value

_LOOK_SECONDS = 0.005
_SECONDS_MAX = 120


async def settled() -> float:
    """The moment at which no activity waits any more, by the clock that measures."""
    until = time.perf_counter() + _SECONDS_MAX
    while await fetch_value("SELECT EXISTS (SELECT FROM activity_queue WHERE parked_at IS NULL)"):
        if time.perf_counter() > until:
            raise RuntimeError("the workers do not come to an end")
        await asyncio.sleep(_LOOK_SECONDS)
    return time.perf_counter()
