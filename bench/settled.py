"""Waiting for what other processes do, with the moment at which it was done."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from core.db import fetch_value

_LOOK_SECONDS = 0.005
_SECONDS_MAX = 120


async def settled() -> float:
    """The moment at which no activity waits for the workers any more."""
    return await until(_nothing_waits)


async def until(condition: Callable[[], Awaitable[bool]]) -> float:
    """The moment at which a condition holds, by the clock that measures."""
    latest = time.perf_counter() + _SECONDS_MAX
    while not await condition():
        if time.perf_counter() > latest:
            raise RuntimeError(f"still not done after {_SECONDS_MAX} s")
        await asyncio.sleep(_LOOK_SECONDS)
    return time.perf_counter()


async def _nothing_waits() -> bool:
    return not await fetch_value("SELECT EXISTS (SELECT FROM activity_queue WHERE parked_at IS NULL)")
