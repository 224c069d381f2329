"""Whole tables: the way for a report or a proof to read from end to end what everybody else reads by its keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from core.db import execute, transaction

# What keeps the other statements to their indexes would make one that reads everything crawl.
WAYS: Final = (
    "enable_seqscan = on",
    "enable_hashjoin = on",
    "enable_mergejoin = on",
    "plan_cache_mode = auto",
)
# So long one statement of a report may take; its caller has to say so, or waits for less.
SECONDS_MAX: Final = 60


@asynccontextmanager
async def reading() -> AsyncIterator[None]:
    """A transaction for one large report, over one snapshot of the database.

    What a report puts together has no statistics: two long lists are hashed, and never held one against the other.
    """
    async with transaction(isolation="repeatable_read"):
        for setting in (*WAYS, "enable_nestloop = off", "work_mem = '64MB'", f"statement_timeout = '{SECONDS_MAX}s'"):
            await execute(f"SET LOCAL {setting}")
        yield
