"""Releases: pending money becomes available on its date, and its agent is told."""

from core.db import transaction
from referrals import accruals, journal
from wallets.credits import release_due as release_lots


async def release_due(limit: int = 500) -> int:
    """Release what has waited long enough, in one transaction; returns how many lots."""
    async with transaction() as now:
        released = await release_lots(now=now, limit=limit)
        await journal.write([accruals.told_released(lot) for lot in released], at=now)
    return len(released)


async def release_all_due() -> int:
    """Release everything that is due, a batch a transaction."""
    total = 0
    while batch := await release_due():
        total += batch
    return total
