"""The pace of refusals: answers that have to look alike leave at the ticks of one clock, whatever work led to them."""

import asyncio
import time
from typing import Final

from codes.claims import NotAccepted
from codes.readings import CheckFailed

# Longer than any such answer takes on a machine that is not overloaded, too short for anybody to notice.
TICK_SECONDS: Final = 0.025
# Whoever could tell these apart by the clock would know which of his guesses is a code.
ALIKE: Final = (NotAccepted, CheckFailed)


async def next_tick(began: float) -> None:
    """Wait until whole ticks have passed since a request began, by `time.perf_counter`."""
    await asyncio.sleep(-(time.perf_counter() - began) % TICK_SECONDS)
