"""Expiries: money that was not spent in time is gone, and its agent is told."""

from core.db import transaction
from referrals import journal
from referrals.journal import Entry, JournalKind
from wallets import expiries
from wallets.expiries import Expired


async def expire_due(limit: int = 500) -> int:
    """Take away what was not spent in time, in one transaction; returns how many lots."""
    async with transaction() as now:
        expired = await expiries.expire_due(now=now, limit=limit)
        await journal.write([_told(lot) for lot in expired], at=now)
    return len(expired)


async def expire_all_due() -> int:
    """Take away everything that is due, a batch a transaction."""
    total = 0
    while batch := await expire_due():
        total += batch
    return total


def _told(lot: Expired) -> Entry:
    facts = {
        "accrual_id": lot.lot_id,
        "amount_minor": lot.amount_minor,
        "asset": lot.asset,
        "repaid_minor": lot.repaid_minor,
    }
    return Entry(agent_id=lot.agent_id, kind=JournalKind.expired, facts=facts)
